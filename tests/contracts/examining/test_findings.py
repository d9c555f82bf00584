"""Findings: a violation in a file has the line, the column and the text that a person needs."""

from __future__ import annotations

import io
import json

from hypothesis import given
from hypothesis import strategies as st

from contracts.check import contract
from contracts.examining import Examination, Finding
from contracts.examining.examination import events_of
from contracts.explain import pointer, resolve
from contracts.policy import policy
from contracts.reading import locate, read
from contracts.rule import Severity

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


def findings(data: bytes, name: str = "cohort-identify", **choices: object) -> list[Finding]:
    """Examine a file."""
    examination = Examination(contract(name, policy=policy(**choices)))  # type: ignore[arg-type]
    return list(examination.payloads(read(io.BytesIO(data)), "calls.ndjson"))


def test_a_finding_in_ndjson_has_its_line_and_the_member() -> None:
    """The column is where the member starts, and the excerpt marks it."""
    good = b'{"type":"identify","userId":"user-001","traits":{"Power Users (abc123)":true}}\n'
    bad = good.replace(b"true", b'"true"')

    found, consequence = findings(good + bad)

    assert consequence.code == "W602"
    assert (found.code, found.line, found.column) == ("C409", 2, 50)
    assert found.pointer == "/traits/Power Users (abc123)"
    assert found.excerpt.text[found.excerpt.start : found.excerpt.end] == '"Power Users (abc123)":"true"'


def test_a_finding_in_a_pretty_array_has_its_own_line() -> None:
    """The pointer is the place in the file's document, the line that of the member."""
    events = [
        {"type": "identify", "userId": user, "traits": {"Power Users (abc123)": True}} for user in ("user-001", 7)
    ]
    text = json.dumps(events, indent=1).encode()

    (found,) = findings(text)

    assert (found.code, found.pointer) == ("D204", "/1/userId")
    assert text.decode().split("\n")[found.line - 1].strip() == '"userId": 7,'


def test_a_finding_in_a_batch_points_into_the_envelope() -> None:
    """Items of an envelope are judged by the contract that was asked for."""
    (found,) = findings(b'{"batch":[{"type":"identify","userId":"user-001","traits":{"Power Users (abc123)":1}}]}')

    assert (found.code, found.pointer) == ("C409", "/batch/0/traits/Power Users (abc123)")


def test_the_policy_decides_what_is_found_and_how_bad_it_is() -> None:
    """Ignored rules are not judged, and severities are the team's."""
    data = b'{"type":"identify","userId":7,"traits":{"Power Users (abc123)":1}}'

    assert [found.code for found in findings(data)] == ["D204", "C409"]
    assert [found.code for found in findings(data, ignore=["C4"])] == ["D204"]
    assert [found.code for found in findings(data, select=["membership-is-boolean"])] == ["C409"]
    assert [found.severity for found in findings(data, severity={"D": "note"})] == [Severity.NOTE, Severity.ERROR]


def test_a_long_line_is_shown_around_the_place() -> None:
    """The excerpt stays short and still marks the member."""
    data = b'{"type":"identify","userId":7,"notes":"' + b"x" * 5_000 + b'","traits":{"Power Users (abc123)":1}}'

    first, second = findings(data)

    for found in (first, second):
        assert len(found.excerpt.text) <= 210
    assert second.excerpt.text[second.excerpt.start : second.excerpt.end] == '"Power Users (abc123)":1'


def test_a_fingerprint_survives_lines_that_are_added_above() -> None:
    """A baseline must not break when a file grows."""
    line = b'{"type":"identify","userId":7,"traits":{"Power Users (abc123)":true}}\n'
    good = line.replace(b"7", b'"user-001"')

    (before,), (after,) = findings(line), findings(good + good + line)

    assert before.line != after.line
    assert before.fingerprint() == after.fingerprint()


def test_an_envelope_lends_its_context_to_its_events() -> None:
    """The Go and Java SDKs name their library on the envelope only; what the item says wins."""
    envelope = {"context": {"library": {"name": "go"}, "ip": "1"}, "batch": [{"type": "track", "context": {"ip": "2"}}]}

    ((prefix, event),) = events_of(envelope)

    assert prefix == "/batch/0"
    assert event["context"] == {"library": {"name": "go"}, "ip": "2"}


@given(document=JSON, data=st.data())
def test_locate_finds_what_a_pointer_names(document: object, data: st.DataObject) -> None:
    """The span of a pointer in the text parses to the value that the pointer resolves to."""
    text = json.dumps(document, ensure_ascii=data.draw(st.booleans()), indent=data.draw(st.sampled_from([None, 1])))
    path: list[str | int] = []
    value = document
    while isinstance(value, dict | list) and value and data.draw(st.booleans()):
        keys = list(value) if isinstance(value, dict) else list(range(len(value)))
        path.append(data.draw(st.sampled_from(keys)))
        value = value[path[-1]]  # type: ignore[call-overload]

    span = locate(text, pointer(path))

    member = text[span.start : span.end]
    is_named = bool(path) and isinstance(path[-1], str)
    assert resolve(document, pointer(path)) == value
    assert (json.loads("{" + member + "}")[path[-1]] if is_named else json.loads(member)) == value  # type: ignore[index]


def test_findings_of_one_line_are_in_the_order_of_their_columns() -> None:
    """Whatever rule, family or reader they come from."""
    line = b'{"type":"identify","userId":7,"anonymousId":"","timestamp":"x","traits":{"a":1,"a":"true"},"messageId":1}'

    for data in (line + b"\n", b"[" + line + b"]", b'{"batch":[' + line + b"]}"):
        places = [(found.line, found.column) for found in findings(data, "event")]
        assert len(places) > 4
        assert places == sorted(places)


def test_every_broken_item_of_a_long_batch_is_placed() -> None:
    """The last of 2,500 has its place like the first."""
    item = {"type": "identify", "userId": "user-001", "messageId": "m", "traits": {"Power Users (abc123)": "true"}}
    text = json.dumps({"batch": [item] * 2_500})

    found = [each for each in findings(text.encode()) if each.code == "C409"]

    assert [each.pointer for each in found] == [f"/batch/{at}/traits/Power Users (abc123)" for at in range(2_500)]
    assert all(text[each.column - 1 :].startswith('"Power Users (abc123)"') for each in found)
    assert all('"Power Users (abc123)": "true"' in each.excerpt.text for each in found)


def test_a_number_is_told_as_it_is_written() -> None:
    """A reader makes a double of an integer beyond 2^64; the text still has all its digits."""
    text = b'{"type":"identify","userId":36893488147419103233,"traits":{"n":-73786976294838206464}}'
    examination = Examination(contract("identify"))

    found = list(examination.payloads(read(io.BytesIO(text)), "calls.ndjson"))

    assert ("D204", "the number 36893488147419103233") in [(one.code, one.violation.found) for one in found]
    assert ("H348", "the number -73786976294838206464") in [(one.code, one.violation.found) for one in found]
