"""Relocation: the text of a module as it reads once the top-level packages of the repository lie inside of one.

In the repository an import is its path (`from contracts import contract`); installed, it is
`from cohortlab.contracts import contract`. What changes are import statements, also those of programs written in a
string, and the strings that name a module: those that are exactly its dotted path, as in a table of what is imported
later, and what is handed to a call that takes one (`files("contracts")`). Everything else stays to the letter.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate
from pathlib import PurePosixPath

# Calls whose first argument, when it is a string, is a module or something in one, and never a mere word.
TAKES_A_MODULE = {"PackageLoader", "files", "find_spec", "import_module", "patch", "run_module", "setattr"}

SUFFIXES = {".py", ".pyi"}

Edit = tuple[int, int, bytes]  # from which byte, to which, what stands there instead
Text = ast.Constant | ast.JoinedStr


class Unmovable(ValueError):
    """A module still names one by the path that it had before the move."""


@dataclass(frozen=True)
class Move:
    """Which modules go into which package; `modules` are dotted paths, as the repository has them."""

    into: str
    modules: frozenset[str]

    @classmethod
    def below(cls, into: str, files: Iterable[PurePosixPath]) -> Move:
        """Move every module of a repository that does not lie in `into` already; `files` are relative to its root."""
        moved = (file.with_suffix("").parts for file in files if file.suffix in SUFFIXES and file.parts[0] != into)
        return cls(into, frozenset(".".join(parts[:-1] if parts[-1] == "__init__" else parts) for parts in moved))

    def text(self, source: str, name: str = "<module>") -> str:
        """Return the text of a module after the move; `name` is what an error calls it."""
        data = source.encode()
        for begin, end, new in sorted(self._edits(data, name), reverse=True):
            data = data[:begin] + new + data[end:]
        if left := sorted(self._edits(data, name)):
            line = data.count(b"\n", 0, left[0][0]) + 1
            raise Unmovable(f"{name}:{line}: a module still has the name it had before it moved into {self.into!r}.")
        return data.decode()

    def _moves(self, dotted: str) -> bool:
        return dotted.partition(".")[0] in self.modules

    def _edits(self, data: bytes, name: str) -> set[Edit]:
        """Return what must change in the text of a module."""
        prefix = f"{self.into}.".encode()
        starts = [0, *accumulate(len(line) for line in data.splitlines(keepends=True))]
        edits: set[Edit] = set()
        for node in _outside_f_strings(ast.parse(data, name)):
            begin, end = _extent(node, starts)
            match node:
                case ast.Import(names=names) if any(self._moves(each.name) for each in names):
                    edits.add((begin, end, "; ".join(map(self._import, names)).encode()))
                case ast.ImportFrom(module=str(module), level=0) if self._moves(module):
                    edits |= {(place, place, prefix) for place in _after(_FROM, data, begin, end)}
                case ast.Constant(value=str(text)) if "." in text and text in self.modules:
                    edits |= {(place, place, prefix) for place in _after(_QUOTE, data, begin, end)}
                case ast.Call(args=[ast.Constant() | ast.JoinedStr() as told, *_]) if _called(node) in TAKES_A_MODULE:
                    if self._moves(_beginning(told)):
                        edits |= {(place, place, prefix) for place in _after(_QUOTE, data, *_extent(told, starts))}
                case ast.Constant(value=str()) | ast.JoinedStr():
                    for found in _IMPORT.finditer(data, begin, end):
                        if self._moves(found[1].decode()):
                            edits.add((found.start(1), found.start(1), prefix))
        return edits

    def _import(self, alias: ast.alias) -> str:
        """Return a statement that binds the same name to the same module after the move."""
        renamed = f" as {alias.asname}" if alias.asname else ""
        if not self._moves(alias.name):
            return f"import {alias.name}{renamed}"
        if renamed:
            return f"import {self.into}.{alias.name}{renamed}"
        top, _, inner = alias.name.partition(".")
        binds = f"from {self.into} import {top}"
        return f"import {self.into}.{alias.name}; {binds}" if inner else binds


_FROM = re.compile(rb"from(?:[ \t\f]|\\\r?\n)+")
_QUOTE = re.compile(rb"[rRuUfF]*(?:'''|\"\"\"|'|\")")
_IMPORT = re.compile(rb"\bfrom +([\w.]+) +import\b")  # in a program that is a string


def _extent(node: ast.AST, starts: list[int]) -> tuple[int, int]:
    """Return from which byte to which a statement or an expression goes; nothing else has a place."""
    if not isinstance(node, (ast.stmt, ast.expr)) or node.end_lineno is None or node.end_col_offset is None:
        return 0, 0
    return starts[node.lineno - 1] + node.col_offset, starts[node.end_lineno - 1] + node.end_col_offset


def _after(opening: re.Pattern[bytes], data: bytes, begin: int, end: int) -> Iterator[int]:
    if found := opening.match(data, begin, end):
        yield found.end()


def _called(call: ast.Call) -> str:
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def _beginning(text: Text) -> str:
    """Return what a string begins with, up to where something is put in."""
    first = next(iter(text.values), None) if isinstance(text, ast.JoinedStr) else text
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else ""


def _outside_f_strings(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what is in a tree, without the pieces of f-strings: their positions are not the same in every Python."""
    for child in ast.iter_child_nodes(node):
        yield child
        if not isinstance(child, ast.JoinedStr):
            yield from _outside_f_strings(child)
