"""Forms: a file is told by its content, whatever it is called."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.reading import JOURNAL, form_of

EVENT = {"type": "identify", "userId": "u", "traits": {}}


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (json.dumps(EVENT).encode(), "events"),
        (json.dumps({"batch": [EVENT]}).encode(), "events"),
        (json.dumps([EVENT]).encode(), "events"),
        (json.dumps({"log": {"entries": []}}, indent=1).encode(), "calls"),
        (json.dumps([{"scope": "x", "method": "POST", "path": "/v1/batch"}]).encode(), "calls"),
        (json.dumps({"rules": []}).encode(), "plan"),
        (b'"amplitude_id","user_id"\n"1","u"\n', "export"),
        (b"\xef\xbb\xbfuser_id\nu\n", "export"),
        (b'"\tamplitude_id","\tuser_id"\n', "export"),
        (b'"Amplitude_id","Operation","user_id","Skip_detected"\n', "history"),
        (b"user-001\nuser-002\n", "list"),
        (b"1610450763183\n1610450763184\n", "list"),
        (b"name,age\nAda,36\n", "csv"),
        (b"scenario: A leave\ncohorts: {}\n", "scenario"),
        (b"# ours\nsteps:\n- sync: {}\n", "scenario"),
        (b"curl -X POST https://api.segment.io/v1/identify -d '{}'\n", "curl"),
        (b"PK\x03\x04\x14\x00", "zip"),
        (b"PAR1\x15\x04", "parquet"),
        (b"\x1f\x8b\x08\x00", "gzip"),
        (b"\x28\xb5\x2f\xfd\x04", "zstd"),
        (b"Obj\x01\x04", "avro"),
        ("user_id\nü\n".encode("utf-16"), "utf-16"),
        (json.dumps(EVENT).encode("utf-16-le"), "utf-16"),
        (json.dumps(EVENT).encode("utf-16-be"), "utf-16"),
        (b"<html><body>", "markup"),
        (b"\xef\xbb\xbf<?xml version='1.0'?>", "markup"),
    ],
)
def test_a_file_is_told_by_its_first_bytes(head: bytes, name: str) -> None:
    """Archives by their magic, tables by their header, documents by their shape."""
    form = form_of(head, whole=True, databases={})

    assert form is not None
    assert form.name == name


def test_a_database_is_told_by_its_application(tmp_path: Path) -> None:
    """Ours by the number they carry, any other as one."""
    forms = []
    for number in (7, 8):
        file = tmp_path / f"{number}.db"
        with sqlite3.connect(file) as database:
            database.execute(f"PRAGMA application_id = {number}")
            database.execute("CREATE TABLE t(x)")
        database.close()
        forms.append(form_of(file.read_bytes(), whole=True, databases={7: JOURNAL}))

    assert [form and form.name for form in forms] == ["journal", "database"]


@pytest.mark.parametrize(
    "head", [b"", b"not json\nnor this\n", b"\x00" * 100, b"{broken\n", b'{"type": "identify",\n', b"one\n"]
)
def test_what_says_nothing_is_left_to_whoever_reads_it(head: bytes) -> None:
    """A reader tells what is wrong with it, line by line."""
    assert form_of(head, whole=True, databases={}) is None


@given(st.binary(max_size=200) | st.text(max_size=100).map(str.encode), st.booleans())
def test_any_bytes_may_be_asked(head: bytes, whole: bool) -> None:
    """Nothing raises, and what is recognised can be refused in words."""
    form = form_of(head, whole=whole, databases={})

    assert form is None or "x.y" in form.refusal("x.y", "an event")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('### one\nPOST https://api.segment.io/v1/track HTTP/1.1\nHost: x\n\n{"userId": 1}\n', "http"),
        ('POST {{base}}/v1/track\n\n{"userId": 1}\n', "http"),
        ("meta {\n  name: x\n}\n\npost {\n  url: https://api.segment.io\n}\n\nbody:json {\n  {}\n}\n", "bruno"),
        ('fetch("https://api.segment.io/v1/t", {"method": "POST"});\n', "fetch"),
        ("http POST https://api.segment.io/v1/track userId:=42\n", "httpie"),
        ('{"mappings": [{"request": {"url": "/v1/track"}}]}', "stubs"),
        ('{"data": {"pairs": []}, "meta": {}}', "hoverfly"),
        ('{"api_key": "k", "events": [{"event_type": "x"}]}', "amplitude"),
        ("swagger: '2.0'\npaths: {}\n", "openapi"),
    ],
)
def test_calls_that_are_not_read_are_named(text: str, name: str) -> None:
    """With what is read in their place."""
    form = form_of(text.encode(), whole=True, databases={})

    assert form is not None
    assert form.name == name
    assert not form.is_checked
