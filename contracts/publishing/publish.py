"""The one module here that writes: `make docs` renews what is made from the catalogue.

Writes the schemas into `contracts/schemas` and the pages into `docs/rules`, of the working copy it is run in.
A test compares both with the catalogue.
"""

from __future__ import annotations

import json
from pathlib import Path

from contracts.publishing.pages import pages
from contracts.publishing.schemas import SCHEMAS, schema


def published(root: Path) -> dict[Path, str]:
    """Return every published file with what it must hold."""
    schemas, rules = root / "contracts" / "schemas", root / "docs" / "rules"
    files = {
        schemas / f"{name}.schema.json": json.dumps(schema(name), indent=2, ensure_ascii=False) + "\n"
        for name in SCHEMAS
    }
    return {**files, **{rules / name: text for name, text in pages().items()}}


def main(root: Path) -> None:
    """Write every published file, and remove those that no rule stands behind any more."""
    files = published(root)
    for folder in {path.parent for path in files}:
        folder.mkdir(parents=True, exist_ok=True)
        for stale in set(folder.iterdir()) - set(files):
            stale.unlink()
    for path, text in files.items():
        path.write_text(text, encoding="utf-8")
