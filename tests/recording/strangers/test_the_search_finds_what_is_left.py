"""The search after the fact: an original is found however it is written, and then there is no output."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest

from recording.errors import StillThere
from recording.keeping import keep
from recording.material import Happened
from recording.strangers import People, Search

VALUE = "zoë.m@corp.com"
WAYS: dict[str, Callable[[str], str]] = {
    "plain": lambda text: text,
    "percent": lambda text: quote(text, safe=""),
    "escaped": json.dumps,
    "base64": lambda text: base64.b64encode(f"id={text};".encode()).decode(),
    "base64 of escaped": lambda text: base64.urlsafe_b64encode(json.dumps({"a": text}).encode()).decode().rstrip("="),
    "percent twice": lambda text: quote(quote(text, safe=""), safe=""),
    "capitals": str.upper,
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("in_gzip", [False, True])
def test_a_value_is_found_however_it_is_written(way: str, in_gzip: bool):
    """Within a longer text, and within gzip."""
    data = f"before {WAYS[way](VALUE)} after".encode()

    assert Search([VALUE]).found(gzip.compress(data) if in_gzip else data)
    assert Search(["somebody else"]).found(data) is None


def test_an_output_in_which_somebody_is_left_is_removed(tmp_path: Path):
    """A name in a place that only the search looks at: a value of the format."""
    body = json.dumps({"userId": "zed-8841x", "type": "identify", "timestamp": "zed-8841x at ten"}).encode()
    data = {"method": "POST", "path": "/v1/identify", "query": "", "headers": {}, "status": 200}
    entries = [Happened("segment", 1, "request", {**data, "upload": "identify"}, body)]

    with pytest.raises(StillThere, match=r"entry 1 of segment\.db, in its body"):
        keep(lambda: entries, People(b"k" * 32), tmp_path / "out")

    assert list(tmp_path.iterdir()) == []
