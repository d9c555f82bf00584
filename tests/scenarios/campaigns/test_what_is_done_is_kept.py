"""The folder of a campaign: nothing in it is done twice, whatever ended the process that wrote it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios import read_scenario, run_scenario, shipped, subject_maker
from scenarios.campaigns import FolderUnusable, Kept, OtherCode, Plain, alone, campaign
from scenarios.mutants import all_mutants, make_small
from scenarios.running import OUTCOMES

PLAIN = Plain(())


class Counting:
    """Squares numbers, and counts how often it was asked for each."""

    def __init__(self, stops_at: int = -1) -> None:
        self.asked: list[int] = []
        self._stops_at = stops_at

    def __call__(self, numbers: Sequence[int]) -> list[int]:
        if self._stops_at in numbers:
            raise KeyboardInterrupt
        self.asked += numbers
        return [number * number for number in numbers]


@given(stops_at=st.integers(0, 29), lost=st.integers(0, 25))
def test_going_on_does_nothing_twice(tmp_path_factory: pytest.TempPathFactory, stops_at: int, lost: int):
    """Half a line at the end is a piece that was not done."""
    folder = tmp_path_factory.mktemp("campaign")
    first, second = Counting(stops_at), Counting()
    with pytest.raises(KeyboardInterrupt), Kept.begun(folder, "count", {"to": 30}, PLAIN) as kept:
        list(campaign(first, range(30), alone(), kept))
    whole = (folder / "done.jsonl").read_bytes()
    (folder / "done.jsonl").write_bytes(whole[: len(whole) - lost])
    left = whole[: len(whole) - lost].count(b"\n")

    with Kept.resumed(folder, "count", PLAIN) as kept:
        found = list(campaign(second, range(30), alone(), kept))

    assert kept.asked == {"to": 30}
    assert found == [number * number for number in range(30)]
    assert second.asked == list(range(left, 30))
    with Kept.resumed(folder, "count", PLAIN) as kept:
        assert list(campaign(Counting(0), range(30), alone(), kept)) == found


def test_gaps_are_filled(tmp_path: Path):
    """Pieces are kept as they come, so some in the middle may be there and others not."""
    with Kept.begun(tmp_path, "count", {}, PLAIN) as kept:
        kept.add(7, [49, 64])
        kept.add(2, [4, 9, 16])
    work = Counting()

    with Kept.resumed(tmp_path, "count", PLAIN) as kept:
        found = list(campaign(work, range(12), alone(), kept))

    assert found == [number * number for number in range(12)]
    assert work.asked == [0, 1, 5, 6, 9, 10, 11]


def test_a_folder_is_refused_in_words(tmp_path: Path):
    """No campaign's, another command's, another code's, damaged, in use, or one that is there already."""
    with pytest.raises(FolderUnusable, match="no campaign's folder"):
        Kept.resumed(tmp_path, "count", PLAIN)
    with Kept.begun(tmp_path, "count", {}, PLAIN):
        with pytest.raises(FolderUnusable, match="another process is at"), Kept.resumed(tmp_path, "count", PLAIN):
            pass
        with pytest.raises(FolderUnusable, match="resume it with that"):
            Kept.resumed(tmp_path, "run", PLAIN)
        with pytest.raises(FolderUnusable, match="holds a campaign"):
            Kept.begun(tmp_path, "count", {}, PLAIN)
    (tmp_path / "done.jsonl").write_text('["Popen",1]\n', encoding="utf-8")
    with pytest.raises(FolderUnusable, match="a line that no campaign wrote"), Kept.resumed(tmp_path, "count", PLAIN):
        pass
    told = json.loads((tmp_path / "campaign.json").read_text(encoding="utf-8"))
    (tmp_path / "campaign.json").write_text(json.dumps({**told, "code": "another"}), encoding="utf-8")
    with pytest.raises(OtherCode, match="begun with another"):
        Kept.resumed(tmp_path, "count", PLAIN)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text(), inner),
)


@given(JSON)
def test_a_value_comes_back_as_it_was(value: Any):
    """Lists, tuples and mappings are told apart."""
    assert PLAIN.value(PLAIN.text(value)) == value


@pytest.mark.parametrize(
    "name", ["a-leave", "an-outage", "a-vendor-refuses-a-leave", "a-word-first-makes-a-text-column"]
)
def test_an_outcome_comes_back_as_it_was(name: str):
    """With its timeline and all, so that every report can be made of it; its scenario stands in its file."""
    (path,) = (path for path in shipped() if path.name == f"{name}.cohort.yaml")
    scenario = read_scenario(path)
    for make_subject in (subject_maker(), make_small(all_mutants()[0])):
        outcome = run_scenario(scenario, make_subject)

        assert replace(OUTCOMES.value(OUTCOMES.text(outcome)), scenario=scenario) == outcome
    assert name != "a-leave" or outcome.findings
