"""Libraries that the wheel brings for browsers are those that were looked at, to the byte, and say their licence."""

from __future__ import annotations

import hashlib
import json

import pytest

from tests.repository import ROOT

VENDOR = ROOT / "console" / "static" / "vendor"
VENDORED = json.loads((VENDOR / "vendored.json").read_text(encoding="utf-8"))
FILES = {name: checksum for each in VENDORED for name, checksum in each["files"].items()}


def test_every_file_is_accounted_for():
    """Nothing lies there that nobody named."""
    assert {path.name for path in VENDOR.iterdir()} == {*FILES, "vendored.json"}


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_as_it_was_published(name: str):
    """Byte for byte."""
    assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == FILES[name]


@pytest.mark.parametrize("each", VENDORED, ids=lambda each: each["name"])
def test_a_library_says_its_version_and_its_licence(each: dict[str, str]):
    """In a file beside it."""
    assert each["version"]
    assert each["license"] in {"MIT", "0BSD"}
    assert each["licence_file"] in each["files"]
