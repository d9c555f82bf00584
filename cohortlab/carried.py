"""Files that come along with the program: the pages of docs/ and the programs of examples/.

A wheel holds them in a folder beside this module, as pyproject.toml says; a checkout has them where they are written.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from contracts.nearest import nearest
from mock_core.errors import NotFound

_CHECKOUT = Path(__file__).parents[1]


def folder(name: str) -> Path:
    """Return where the files of `docs` or `examples` are."""
    shipped = Path(str(files(__package__).joinpath("shipped", name)))
    return shipped if shipped.is_dir() else _CHECKOUT / name


def pages() -> dict[str, str]:
    """Return the names of the pages, each with its title."""
    return {path.stem: _title(path) for path in sorted(folder("docs").glob("*.md"))}


def page(name: str) -> str:
    """Return a page in Markdown; raise `NotFound` with the nearest name."""
    known = pages()
    if name not in known:
        raise NotFound(f"There is no page {name!r}: {nearest(name, known)}")
    return (folder("docs") / f"{name}.md").read_text(encoding="utf-8")


def _title(path: Path) -> str:
    with path.open(encoding="utf-8") as lines:
        return next((line[2:].strip() for line in lines if line.startswith("# ")), path.stem)
