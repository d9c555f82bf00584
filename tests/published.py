"""Segment's own packages, run by Node: what the twins here are held against."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterable
from typing import Any

import pytest

from tests.repository import ROOT

FOLDER = ROOT / "tests" / "contracts" / "fql"


def ask_published(questions: Iterable[dict[str, Any]]) -> list[Any]:
    """Return what the packages answer, in order; skips the test where Node or the packages are missing."""
    node = shutil.which("node")
    if node is None or not (FOLDER / "node" / "node_modules").is_dir():
        pytest.skip("`make node` installs Segment's packages, where there is npm")
    asked = "".join(json.dumps(question) + "\n" for question in questions)
    done = subprocess.run(
        [node, "published.js"], cwd=FOLDER, input=asked, capture_output=True, text=True, timeout=100, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return [json.loads(line) for line in done.stdout.splitlines()]
