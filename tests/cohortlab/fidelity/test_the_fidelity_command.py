"""`cohortlab fidelity`: found by words, by fake, guesses alone, as JSON."""

from __future__ import annotations

import json

from cohortlab import cli


def _json(capsys, *arguments: str) -> list[dict]:
    assert cli.run(["fidelity", *arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_words_find_what_has_all_of_them(capsys):
    """In any case, wherever they stand."""
    found = _json(capsys, "MONTHLY", "requests")

    assert "monthly_requests" in {each["name"] for each in found}
    assert {"fake", "kind", "facts", "confidence", "settings", "places"} <= found[0].keys()


def test_guesses_of_one_fake_are_its_own_and_inferred(capsys):
    """What both fakes share is either's."""
    found = _json(capsys, "--guesses", "--fake", "amplitude")

    assert {each["confidence"] for each in found} == {"inferred"}
    assert {each["fake"] for each in found} == {"amplitude", "both fakes"}


def test_a_person_reads_what_it_rests_on_and_what_changes_it(capsys):
    """And what is not there is said to be not there."""
    assert cli.run(["fidelity", "not_ready_status"]) == 0
    told = capsys.readouterr().out
    assert cli.run(["fidelity", "nosuchthing"]) == 0

    assert "inferred      amplitude, setting: not_ready_status" in told
    assert "rests on amplitude 1.2 E, amplitude 7 10; changed by the setting itself" in told
    assert capsys.readouterr().out == "Nothing has 'nosuchthing' in it.\n"
