from __future__ import annotations

from pathlib import Path

import pytest

from scenarios import Lab, Scenario, Subject, read_scenario, run_scenario, shipped, subject_maker


@pytest.mark.parametrize("name", ["a-leave", "throttled", "anonymous-members"])
def test_a_scenario_and_its_seed_give_the_same_journal(name: str):
    """Every entry of both fakes, to the byte, run after run."""
    (path,) = [path for path in shipped() if path.name == f"{name}.cohort.yaml"]

    assert journals(path) == journals(path)


def journals(path: Path) -> list[tuple[object, ...]]:
    """Run a scenario and return every entry of both journals."""
    found: list[tuple[object, ...]] = []

    def remembering(lab: Lab, scenario: Scenario) -> Subject:
        close = lab.close

        def keep_and_close() -> None:
            for fake in (lab.amplitude, lab.segment):
                found.extend((e.at, e.kind, e.data, e.body) for e in fake.workspace.journal.walk())
            close()

        lab.close = keep_and_close  # type: ignore[method-assign]
        return subject_maker()(lab, scenario)

    run_scenario(read_scenario(path), remembering)
    assert found
    return found
