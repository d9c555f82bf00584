"""Reading sources for what is around a citation: the sentence that says what it is, and the settings it asks."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence, Set
from functools import cache
from pathlib import Path

from cohortlab.fidelity.citations import symbols_of


def documented(path: Path, symbol: str) -> str:
    """Return the first sentence of the docstring of a name, or of a file; empty where there is none."""
    found = _node(path, symbol)
    if not isinstance(found, (ast.FunctionDef, ast.ClassDef, ast.Module)):
        return ""
    return (ast.get_docstring(found) or "").partition("\n\n")[0]


def settings_read(path: Path, symbol: str, known: Set[str]) -> tuple[str, ...]:
    """Return the settings that a name asks, as `settings.NAME` or `something.settings.NAME`, sorted."""
    found = _node(path, symbol)
    if found is None or isinstance(found, ast.Module):
        return ()
    return tuple(
        sorted(
            {
                each.attr
                for each in ast.walk(found)
                if isinstance(each, ast.Attribute)
                and each.attr in known
                and ast.unparse(each.value).split(".")[-1].lstrip("_") == "settings"
            }
        )
    )


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _node(path: Path, symbol: str) -> ast.AST | None:
    tree = _tree(path)
    if not symbol:
        return tree
    lines = next(((first, last) for first, last, name in symbols_of(tree.body) if name == symbol), None)
    return next((node for node in _nodes(tree.body) if (node.lineno, node.end_lineno) == lines), None)


def _nodes(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    for node in body:
        yield node
        if isinstance(node, ast.ClassDef):
            yield from _nodes(node.body)
