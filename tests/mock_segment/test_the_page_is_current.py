"""docs/segment-fake.md says what the code does: its tables are those of the code, its example runs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import requests

from mock_core import Server
from mock_core.reference import reference, refreshed
from mock_segment import SegmentFake, SegmentSettings

PAGE = Path(__file__).parents[2] / "docs" / "segment-fake.md"


def test_every_table_of_the_page_is_current():
    """Routes, settings, faults, operations and views, as written from the code's own tables."""
    page = PAGE.read_text(encoding="utf-8")
    tables = reference(SegmentFake, SegmentSettings())

    assert set(re.findall(r"<!-- table: ([a-z-]+) -->", page)) == set(tables)
    assert page == refreshed(page, tables), "run: make docs"


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
