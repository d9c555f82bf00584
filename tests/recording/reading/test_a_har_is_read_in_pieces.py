"""A HAR is read entry by entry, whatever pieces it comes in, and its bodies when they are asked for."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path
from typing import Any

import pytest

from recording.errors import NotReadable
from recording.reading import har, read_file

BODY = json.dumps({"userId": 'a "quoted" {one}]', "note": "back\\slash é \U0001f600"})


def document() -> dict[str, Any]:
    """Return a HAR whose other parts look like entries, too."""
    entry = {
        "startedDateTime": "2026-01-05T10:00:00Z",
        "request": {"method": "post", "url": "https://api.segment.io/v1/batch", "postData": {"text": BODY}},
        "response": {"status": 200, "content": {"text": "eyJhIjoxfQ==", "encoding": "base64"}},
    }
    log = {"version": "1.2", "pages": [{"entries": [1, {"a": "}"}]}], "entries": [entry] * 3, "comment": '"entries": ['}
    return {"log": log, "entries": [{"not": "these"}]}


@pytest.mark.parametrize("size", [1, 2, 7, 64, 1 << 20])
@pytest.mark.parametrize("indent", [None, 2])
def test_every_entry_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int, indent: int | None):
    """The pieces cut strings, escapes and characters anywhere."""
    monkeypatch.setattr(har, "_PIECE", size)
    file = tmp_path / "x.har"
    file.write_text(json.dumps(document(), indent=indent, ensure_ascii=indent is None), encoding="utf-8")

    calls = read_file(file).calls

    assert [(each.at, each.method, each.status) for each in calls] == [(1_767_607_200_000, "POST", 200)] * 3
    assert {(each.body, each.reply) for each in calls} == {(BODY.encode(), b'{"a":1}')}


def test_one_that_is_cut_off_is_told_wherever_it_was_cut(tmp_path: Path):
    """Never half of it."""
    text, file = json.dumps(document()).encode(), tmp_path / "x.har"
    for length in range(len('{"log": {"'), len(text) - 1, 3):
        file.write_bytes(text[:length])
        with pytest.raises(NotReadable, match="is it cut off"):
            read_file(file)


def test_one_whose_log_comes_last_or_that_is_packed(tmp_path: Path):
    """Told by what is in it."""
    other = {"about": {"log": {"entries": []}}, **document()}
    (tmp_path / "x.har").write_text(json.dumps(other))
    (tmp_path / "y.har.gz").write_bytes(gzip.compress(json.dumps(document()).encode()))

    assert [len(read_file(tmp_path / name).calls) for name in ("x.har", "y.har.gz")] == [3, 3]


def test_what_comes_by_a_pipe(tmp_path: Path):
    """As a shell's <(...) gives it."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    if os.fork() == 0:
        pipe.write_text(json.dumps(document()))
        os._exit(0)

    assert len(read_file(pipe).calls) == 3
    assert os.wait()[1] == 0


def test_an_entry_that_is_no_json(tmp_path: Path):
    """It is named by its number."""
    (tmp_path / "x.har").write_text('{"log": {"entries": [{"a" 1}]}}')

    with pytest.raises(NotReadable, match=r"entry 1 of log\.entries is no JSON"):
        read_file(tmp_path / "x.har")
