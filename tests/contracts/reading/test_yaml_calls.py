"""Recordings of calls in YAML: bodies are payloads, each at its line; whatever YAML can do, it is read safely."""

from __future__ import annotations

import base64
import gzip
import io
import json
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from cohortlab.cli import run
from contracts.check import contract
from contracts.errors import BadInput
from contracts.examining import Examination, Finding, Trouble
from contracts.reading import form_of, load_yaml, read_yaml_calls

BODY = json.dumps({"userId": 42, "event": "Bought", "type": "track"})
PACKED = base64.b64encode(gzip.compress(BODY.encode())).decode()

VCRPY = f"""\
interactions:
- request:
    body: null
    headers: &shared
      Accept: ['*/*']
    method: GET
    uri: https://shop.example/
  response: {{status: {{code: 200}}, headers: *shared, body: {{string: 'steps: 1'}}}}
- request:
    body: '{BODY}'
    headers: *shared
    method: POST
    uri: https://api.segment.io/v1/track
  response: {{status: {{code: 200}}, headers: {{}}, body: {{string: ''}}}}
version: 1
"""
VCR = f"""\
---
http_interactions:
- request:
    method: post
    uri: https://api.segment.io/v1/track
    body:
      encoding: ASCII-8BIT
      string: !binary |-
        {PACKED}
    headers: !ruby/hash-with-ivars:Net
      Accept:
      - "*/*"
  response:
    status: {{code: 200, message: OK}}
  recorded_at: 2026-01-09T10:00:00Z
recorded_with: VCR 6.2.0
"""
INSOMNIA = f"""\
type: collection.insomnia.rest/5.0
name: calls
meta: {{created: 1736000000000}}
collection:
  - name: a folder
    children:
      - name: in it
        url: "{{{{ _.base }}}}/v1/track"
        method: POST
        body:
          mimeType: application/json
          text: |-
            {BODY}
  - {{name: other, url: 'https://shop.example', method: GET}}
"""
OLDER = f"""\
_type: export
__export_format: 4
resources:
  - _type: request
    url: https://api.segment.io/v1/track
    method: POST
    body: {{mimeType: application/json, text: '{BODY}'}}
"""
FORMS = {
    "vcrpy": (VCRPY, 10, "/interactions/1/request/body/userId"),
    "vcr": (VCR, 8, "/http_interactions/0/request/body/string/userId"),
    "insomnia": (INSOMNIA, 12, "/collection/0/children/0/body/text/userId"),
    "insomnia, the version before": (OLDER, 7, "/resources/0/body/text/userId"),
}


def examine(text: str) -> list[Finding | Trouble]:
    examination = Examination(contract("event"))
    return list(examination.payloads(read_yaml_calls(io.BytesIO(text.encode())), "calls.yaml"))


@pytest.mark.parametrize("form", FORMS)
def test_bodies_are_judged_at_their_lines(form: str) -> None:
    """Nobody has to take them out by hand."""
    text, line, pointer = FORMS[form]

    (found,) = examine(text)

    assert isinstance(found, Finding)
    assert (found.code, found.line, found.pointer) == ("D204", line, pointer)
    known = form_of(text.encode(), whole=True, databases={})
    assert known is not None
    assert known.name == "yaml"


@pytest.mark.parametrize("form", FORMS)
def test_commands_know_them_by_their_content(form: str, tmp_path: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """Check reads one, in a folder too and whatever its name; others name check."""
    (tmp_path / "recorded.txt").write_text(FORMS[form][0], encoding="utf-8")

    assert run(["check", "--contract", "event", str(tmp_path)]) == 1
    assert "1 payload in 1 file: 1 error" in capsys.readouterr().out
    for command in (["run"], ["replay"], ["trace", "u", "t"], ["check", "--contract", "export"]):
        assert run([*command, str(tmp_path / "recorded.txt")]) == 2
        assert "a recording of calls in YAML" in capsys.readouterr().err


def test_a_body_that_is_broken_hides_no_other() -> None:
    """One that says it is packed and is not, one that is no JSON, one written as YAML."""
    text = """\
interactions:
- request: {method: POST, uri: https://api.segment.io/v1/track, body: !!binary H4sIAAAA}
- request: {method: POST, uri: https://api.segment.io/v1/track, body: '{"userId": '}
- request: {method: POST, uri: https://api.segment.io/v1/track, body: {json: {userId: 7, event: x}}}
"""
    found = [(each.code, each.line) for each in examine(text) if isinstance(each, Finding)]

    assert [line for _, line in found] == [2, 3, 4]
    assert found[-1][0] == "D204"


@pytest.mark.parametrize(
    "text",
    [
        "interactions:\n- &a [*a]\n",
        "interactions: &a\n- request: *a\n",
        "interactions:\n"
        + "".join(f"- &x{n} [{', '.join([f'*x{n - 1}'] * 9)}]\n" if n else "- &x0 [1]\n" for n in range(12)),
        "interactions:\n- " + "[" * 3000,
        "interactions:\n- {<<: *nobody}\n",
        "interactions:\n- !!python/object/apply:os.system ['exit 1']\n",
        "interactions: [a, b\n",
        "interactions:\n- \x00\n",
        "http_interactions: []\n",
    ],
)
def test_what_is_no_recording_is_refused_in_words(text: str) -> None:
    """Within itself, larger than it seems, too deep, cut, with tags that would run something, empty."""
    with pytest.raises(BadInput):
        list(read_yaml_calls(io.BytesIO(text.encode())))


def test_no_tag_makes_anything() -> None:
    """Text stays text, also a date; a merge key copies nothing."""
    read = load_yaml(b"a: !!python/name:os.system x\nb: 2026-01-09\nc: {<<: {d: 1}, e: !any [1]}\n")

    assert read == {"a": "x", "b": "2026-01-09", "c": {"<<": {"d": 1}, "e": [1]}}
    assert {type(each).__mro__[1] for each in (read["a"], read["b"])} == {str}


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=12,
)


@given(VALUES)
def test_any_request_ends_in_findings_or_words(value: Any) -> None:
    """Whatever stands where a request is expected."""
    for name in ("interactions", "http_interactions", "collection"):
        document = {"type": "collection.insomnia.rest/5.0", name: [{"request": value, "children": value}, value]}
        try:
            examine(yaml.safe_dump(document, allow_unicode=True))
        except BadInput as refused:
            assert str(refused)  # noqa: PT017 - either is right
