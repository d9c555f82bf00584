"""What is made from the catalogue is current: the schemas in the wheel, and the pages of the rules."""

from __future__ import annotations

from pathlib import Path

from contracts.publishing.publish import main, published
from tests.repository import ROOT


def test_every_published_file_is_current() -> None:
    """`make docs` would change nothing."""
    stale = [
        str(path.relative_to(ROOT))
        for path, text in published(ROOT).items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]

    assert stale == [], "run: make docs"


def test_no_page_is_left_of_a_rule_that_is_gone() -> None:
    """A page without a rule would be read as if it still held."""
    expected = set(published(ROOT))

    present = {path for folder in {path.parent for path in expected} for path in folder.iterdir()}

    assert present == expected


def test_publishing_writes_what_it_says_and_removes_the_rest(tmp_path: Path) -> None:
    """Whoever changes a rule runs one command."""
    stale = tmp_path / "docs" / "rules" / "Z999.md"
    stale.parent.mkdir(parents=True)
    stale.write_text("gone", encoding="utf-8")

    main(tmp_path)

    assert not stale.exists()
    assert all(path.read_text(encoding="utf-8") == text for path, text in published(tmp_path).items())
