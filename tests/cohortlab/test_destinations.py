"""`cohortlab destinations`: the table for one's own trait, without Node."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cohortlab.cli import run


def test_one_name_shows_the_request(capsys: pytest.CaptureFixture[str]) -> None:
    """Heap gets the text of a boolean (destination facts 1)."""
    assert run(["destinations", "heap", "--trait", "VIP (x1)", "--value", "false"]) == 0

    out = capsys.readouterr().out
    assert 'arrives as properties["VIP (x1)"], false as the text "false"' in out
    assert '"properties":{"VIP (x1)":"false"}' in out


def test_all_that_act_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    """A line for each, and how many let the trait through."""
    assert run(["destinations"]) == 0

    out = capsys.readouterr().out
    assert sum("(on by preset)" in line for line in out.splitlines()) == 70
    assert "128 of 216 destinations; the trait arrives by itself in 52." in out


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--renames"], {"fullstory"}),
        (["--needs", "topic"], {"kafka"}),
        (["braze", "hubspot", "kafka", "--loses"], {"hubspot", "kafka"}),
        (["braze", "Actions Amplitude"], {"braze", "amplitude"}),
    ],
)
def test_what_is_asked_for_is_shown(capsys: pytest.CaptureFixture[str], options: list[str], expected: set[str]) -> None:
    """Filters leave the others out."""
    assert run(["destinations", *options, "--json"]) == 0

    assert {each["slug"] for each in json.loads(capsys.readouterr().out)} == expected


def test_json_has_the_request_or_says_that_it_is_unknown(capsys: pytest.CaptureFixture[str]) -> None:
    """A list as a value was never measured."""
    run(["destinations", "braze", "--json"])
    (known,) = json.loads(capsys.readouterr().out)
    run(["destinations", "braze", "--json", "--value", "[1]"])
    (unknown,) = json.loads(capsys.readouterr().out)

    assert json.loads(known["request"]["body"])["attributes"][0]["Power Users (7abc12de)"] is True
    assert (unknown["request"], unknown["unmeasured"]) == (None, "what becomes of a list was not measured")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["braz"], "did you mean 'braze'?"),
        (["--trait", ""], "a trait has a name"),
        (["--live"], "--live asks the code of destinations that are named"),
        (["braze", "--live"], "is not installed in"),
    ],
)
def test_a_wrong_call_is_told(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, options: list[str], told: str
) -> None:
    """Status 2, and a sentence."""
    monkeypatch.setenv("COHORTLAB_DESTINATIONS", str(tmp_path))
    (tmp_path / "node").write_text("#!/bin/sh\necho v20.0.0\n", encoding="utf-8")
    (tmp_path / "node").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin")

    assert run(["destinations", *options]) == 2
    assert told in capsys.readouterr().err
