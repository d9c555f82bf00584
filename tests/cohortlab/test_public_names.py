"""What a user imports from `cohortlab`: all there, loaded when it is used, and all that the pages show."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import cohortlab
from building.suite import move_of
from cohortlab import Lab, MissingTrait, Server
from mock_segment import create_app
from tests.repository import ROOT
from tests.typing import public_api

PAGES = [
    ROOT / "README.md",
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted(each for each in (ROOT / "examples").rglob("*") if each.is_file()),
]
ROOMS = "|".join(name for name in move_of(ROOT).modules if "." not in name)


def test_every_name_can_be_imported_and_is_listed():
    """By `from cohortlab import *` as well, and `dir()` knows all before any is loaded."""
    names: dict[str, object] = {}
    exec("from cohortlab import *", names)

    assert {"AmplitudeClient", "Engine", "Lab", "SegmentClient", "contract", "read_scenario"} <= names.keys()
    assert set(cohortlab.__all__) == names.keys() - {"__builtins__"} <= set(dir(cohortlab))
    assert names["segment_app"] is create_app


def test_a_name_that_is_not_there_is_no_other_error():
    """Whoever looks for a name gets what Python says."""
    with pytest.raises(AttributeError, match="module 'cohortlab' has no attribute 'Labb'"):
        _ = cohortlab.Labb  # type: ignore[attr-defined]


def test_importing_it_loads_nothing():
    """Nor does asking for contracts load a fake or the engine."""
    program = (
        "import sys, cohortlab; before = set(sys.modules); from cohortlab import contract; "
        "print(sum('cohortlab' in name for name in before), {'flask', 'requests', 'duckdb'} & set(sys.modules))"
    )

    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert told.stdout == "2 set()\n"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_pages_and_examples_import_from_cohortlab_alone(page: Path):
    """The rooms have other paths in what is installed, and are nobody's business."""
    text = page.read_text(encoding="utf-8")

    assert not re.findall(rf"^ *(?:from|import) (?:(?:{ROOMS})\b|cohortlab\.).*$", text, re.MULTILINE)
    shown = re.findall(r"^ *from cohortlab import (?:\(([^)]*)\)|(.*))$", text, re.MULTILINE)
    assert set(re.findall(r"\w+", " ".join(map(" ".join, shown)))) <= set(cohortlab.__all__)


def test_what_type_checkers_read_runs(tmp_path: Path):
    """The file of public names is no fiction: each of its functions does what it says."""
    with Lab() as lab:
        public_api.a_lab_in_a_test(lab)
        with pytest.raises(MissingTrait):
            lab.segment.profile("u2").must_have(public_api.KEY)
    with Lab(served=True) as lab:
        lab.amplitude.create_cohort("Power Users", cohort_id="abcd1234", members=["u1"])
        report = public_api.the_engine(lab.segment_url, lab.amplitude_url, lab.write_key, tmp_path)
        assert lab.segment.profile("u1").traits == {public_api.KEY: True}
        assert not isinstance(report, str)
        assert report.is_complete
    with Server(create_app()) as server:
        assert public_api.the_engine(server.url, server.url, "key", tmp_path / "other") != ""
    assert public_api.fakes_for_any_client() == {"profiles": 0, "verdicts": 0}
    event = f'{{"type":"identify","userId":"u1","traits":{{"{public_api.KEY}":true}},"messageId":"m1"}}'
    assert public_api.contracts_of_payloads(event) == []
    assert getattr(public_api.scenarios(), "passed", False)
    assert "no such" in str(public_api.scenarios(tmp_path / "none.yaml")).lower()
