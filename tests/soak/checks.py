"""Files by the hundred thousand through `cohortlab check`: each ends in words, with a document that is whole."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from tests.contracts.examining.test_whatever_a_file_holds import FORMS, must_end_in_words

FILES = 17_000


@pytest.mark.parametrize("form", FORMS)
def test_fuzzed_files_end_in_words(
    form: Callable[[Random], bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over a hundred thousand in all, of six forms."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").write_text("", encoding="utf-8")
    random = Random(f"soak {form.__name__}")
    for number in range(FILES):
        must_end_in_words(form, random, f"file {number}")
    print(f"{FILES:,} {form.__name__}")  # noqa: T201 - what a soak is read for
