"""docs/segment-fake.md and segment-facts.md say what the code does: their tables are the code's, their examples run."""

from __future__ import annotations

import re
from typing import Any

import pytest
import requests

from cohortlab.fidelity import sections as sections_of
from docs import citations
from mock_core import Server
from mock_core.control.reference import every_fake_curl, reference, refreshed
from mock_segment import SegmentFake, SegmentSettings
from tests.repository import ROOT

DOCS = ROOT / "docs"
PAGE = DOCS / "segment-fake.md"


def test_every_table_of_the_page_is_current():
    """Routes, settings, faults, operations and views, as written from the code's own tables."""
    page = PAGE.read_text(encoding="utf-8")
    tables = {**reference(SegmentFake, SegmentSettings()), "every-fake-curl": every_fake_curl(SegmentFake)}

    assert set(re.findall(r"<!-- table: ([a-z-]+) -->", page)) == set(tables)
    assert page == refreshed(page, tables), "run: make docs"


def test_the_way_back_from_facts_to_code_is_current():
    """Every citation of the sources is on the page, and nothing else."""
    assert (DOCS / "segment-facts.md").read_text(encoding="utf-8") == citations.page(DOCS.parent), "run: make docs"


@pytest.mark.parametrize(
    ("text", "is_ours", "sections"),
    [
        ("(segment facts 1.6 [obs] P 54)", False, {"1.6"}),
        ("facts 1.1, conflict 19: silent 200", True, {"1.1", "7 19"}),
        ("facts 1.3 [obs] it cannot tell; 1.8 [doc] unknown_source", True, {"1.3", "1.8"}),
        ("facts 1.10 [doc] they are merged; 8: how is unknown", True, {"1.10", "8"}),
        ("segment facts 1.11, 6 (20, 21)", False, {"1.11", "6 20", "6 21"}),
        ("Facts: (facts 1.10 to 1.12)", True, {"1.10", "1.11", "1.12"}),
        ("segment facts 0.5 [sdk]", False, {"0 5"}),
        ("segment facts 1.6 [doc][obs], 6 (8, 9)", False, {"1.6", "6 8", "6 9"}),
        ("amplitude facts 1.2 [doc]", False, set()),
        ("facts 1.2 of the other vendor", False, set()),
        ("a conflict 4 times over", False, set()),
    ],
)
def test_citations_are_read_in_every_way_they_are_written(text: str, is_ours: bool, sections: set[str]):
    """In full, by vendor, with items, conflicts and what is unknown."""
    assert sections_of(text, is_ours=is_ours) == sections


def test_the_example_of_the_page_runs(server: Server):
    """The Python example, word for word but for the port."""
    (example,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    names: dict[str, Any] = {}

    exec(example.replace("http://127.0.0.1:4802", server.url), names)

    assert names["lab"].count("verdicts") == 2


@pytest.mark.parametrize("fault", sorted(SegmentFake.fault_kinds))
def test_every_fault_is_named_and_explains_itself(fault: str):
    """On the page, and in the first line of its own docstring."""
    assert f"`{fault}`" in PAGE.read_text(encoding="utf-8")
    assert (SegmentFake.fault_kinds[fault].__doc__ or "").splitlines()[0].endswith(".")


def test_the_page_shows_what_curl_shows(server: Server):
    """The first example: 200 at the edge, discarded behind it."""
    body = '{"writeKey":"wk","event":"Signed Up"}'
    reply = requests.post(f"{server.url}/v1/track", data=body, timeout=10)
    verdicts = requests.get(f"{server.url}/__lab/verdicts", timeout=10).text

    assert reply.text == '{"success": true}'
    assert verdicts.startswith('{"verdicts":[{"position":1048576,')
    assert '"verdict":"discarded","code":"no_user_anon_id",' in verdicts
