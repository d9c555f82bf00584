"""Generated people have ids of every shape that real ones have, or plain ones where ids are not the matter."""

from __future__ import annotations

import re
from pathlib import Path

from scenarios import Bench, read_scenario, run_scenario, shipped, subject_maker

CROWD = """\
scenario: X
ids: plain
cohorts: {p: {name: P, people: 40}, q: {name: Q, people: 3}}
steps:
  - leave: {cohort: p, people: 5}
  - enter: {cohort: p, people: 5}
  - sync: p
"""


def members(file: Path) -> dict[str, list[str | None]]:
    found: dict[str, list[str | None]] = {}

    def look(bench: Bench) -> None:
        found.update({short: bench.members(bench.cohort_id(short)) for short in bench.scenario.cohorts})

    assert run_scenario(read_scenario(file), subject_maker(), at_end=look).passed
    return found


def test_plain_ids_are_letters_digits_and_dashes(tmp_path: Path):
    """Nobody is anonymous, nobody comes back under the id of somebody who left, and each run has the same people."""
    file = tmp_path / "x.cohort.yaml"
    file.write_text(CROWD, encoding="utf-8")

    first = members(file)

    assert all(re.fullmatch(r"user-\d{5}-[0-9a-f]{12}", str(each)) for each in first["p"])
    assert len(set(first["p"])) == 40
    assert {str(each)[:10] for each in first["p"]} >= {"user-00041", "user-00045"}
    assert len(first["q"]) == 3
    assert members(file) == first


def test_scenarios_of_the_library_that_are_not_about_ids_have_plain_ones():
    """A program that cuts ids fails where ids are the matter, and nowhere else for that reason."""
    crowds = [each for each in map(read_scenario, shipped()) if any(plan.people for plan in each.cohorts.values())]

    assert {each.name for each in crowds if each.ids == "mixed"} == {"a-cohort-that-moves-by-itself"}
