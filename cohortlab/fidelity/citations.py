"""Citations in the sources: which docstring, comment or setting rests on which section of a fact sheet.

A text says `segment facts 1.6 [doc]`; in a vendor's own room the vendor goes without saying. Further sections of the
same text are a number and a tag, `1.8 [doc]`, items, `6 (3, 4)` or `1.2 C, D`, rows of a list, `7.13`, or `conflict 4`.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cohortlab.fidelity.sheets import SEGMENT, Sheet

ROOMS = ("contracts", "mock_core", "mock_segment", "mock_amplitude", "syncer", "downstream", "scenarios", "cohortlab")

_ITEMS_OF = r"(?: (?:\(\d+(?:, \d+)*\)|[A-H](?:, [A-H])*(?![A-Za-z0-9])))?"
_ONE = rf"\d{{1,2}}(?:\.\d{{1,2}})?{_ITEMS_OF}"
_FACTS = re.compile(rf"([a-z]+ )?facts ({_ONE}(?:(?:, | and | to ){_ONE})*)")
_TAGGED = re.compile(rf"(?<![\w.])(\d\.\d{{1,2}}{_ITEMS_OF}) \[")
_ITEMS = re.compile(r"(?<![\w.])6 \(\d+(?:, \d+)*\)")
_ROWS = re.compile(r"(?<![\w.])7\.\d{1,2}(?![\w.]|\.\d)")
_UNKNOWN = re.compile(r"(?<=[;,(] )8(?=[:)])|(?<=\()8(?=\))")
_CONFLICT = re.compile(r"[Cc]onflicts? (\d+)")
_CITES = re.compile(r"facts \d|[Cc]onflicts? \d|\[(?:doc|sdk|sdk-run|run|obs|client|inferred)\b")


@dataclass(frozen=True, slots=True)
class Text:
    """A text of the sources that may cite: its file, the name it belongs to (empty for the file as a whole)."""

    file: str
    symbol: str
    text: str


def sections(text: str, sheet: Sheet = SEGMENT, *, is_ours: bool) -> set[str]:
    """Return the sections of a sheet that a text cites, an item as `6 21` or `1.2 C`, a conflict as `7 4`."""
    found: set[str] = set()
    for vendor, several in _FACTS.findall(text):
        if vendor.strip() == sheet.vendor or (is_ours and vendor.strip() not in _OTHERS):
            for one in re.findall(_ONE, several):
                found |= _one(one, sheet)
            for first, last in re.findall(r"1\.(\d+) to 1\.(\d+)", several):
                found |= {f"1.{number}" for number in range(int(first), int(last))}
    if found or is_ours:
        for one in (*_TAGGED.findall(text), *_ITEMS.findall(text)):
            found |= _one(one, sheet)
        if sheet is SEGMENT:
            found |= {"8"} if _UNKNOWN.search(text) else set()
            found |= {f"7 {number}" for number in _CONFLICT.findall(text)}
        elif sheet.unknowns:
            found |= {f"7 {row[2:]}" for row in _ROWS.findall(text)}
    return {each for each in found if each.split(" ")[0] in sheet.sections}


_OTHERS = ("segment", "amplitude", "warehouse", "destination", "loop")


def _one(cited: str, sheet: Sheet) -> set[str]:
    section, _, items = cited.partition(" ")
    if section.startswith(("0.", f"{sheet.unknowns}.")) and sheet.unknowns:
        return {f"{section[0]} {section[2:]}"}
    return {f"{section} {item}" for item in re.findall(r"\d+|[A-H]", items)} or {section}


def cited_by_sources(root: Path, rooms: Sequence[str] = ROOMS) -> Iterator[Text]:
    """Yield the texts of the sources below `root` that may cite; rules cite by their source and are left out."""
    for room in rooms:
        for path in sorted((root / room).rglob("*.py")):
            file = path.relative_to(root).as_posix()
            if file.startswith("contracts/catalogue/"):
                continue
            source = path.read_text(encoding="utf-8")
            if not _CITES.search(source):
                continue
            symbols = list(symbols_of(ast.parse(source).body))
            for first, last, text in _texts(source):
                if _CITES.search(text):
                    yield Text(file, _symbol_at(symbols, first, last), text)


def _texts(source: str) -> Iterator[tuple[int, int, str]]:
    """Yield the strings and the comments of a file with the lines they stand on, comments below one another as one."""
    block: list[tuple[int, str]] = []
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            if block and token.start[0] != block[-1][0] + 1:
                yield block[0][0], block[-1][0], " ".join(text for _, text in block)
                block = []
            block.append((token.start[0], token.string.lstrip("# ")))
        elif token.type == tokenize.STRING:
            yield token.start[0], token.end[0], " ".join(token.string.split())
    if block:
        yield block[0][0], block[-1][0], " ".join(text for _, text in block)


def symbols_of(body: Iterable[ast.stmt], prefix: str = "") -> Iterator[tuple[int, int, str]]:
    """Yield what has a name at the top of a module or a class, with its lines; text below an assignment is its own."""
    assigned = ""
    for node in body:
        first, last = node.lineno, node.end_lineno or node.lineno
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            assigned = ""
            yield first, last, f"{prefix}{node.name}"
            if isinstance(node, ast.ClassDef):
                yield from symbols_of(node.body, f"{prefix}{node.name}.")
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            assigned = f"{prefix}{ast.unparse(target)}"
            yield first, last, assigned
        elif isinstance(node, ast.Expr) and assigned:
            yield first, last, assigned


def _symbol_at(symbols: Iterable[tuple[int, int, str]], first: int, last: int) -> str:
    """Return the innermost name around some lines, or else the one right below them."""
    around = [name for start, end, name in symbols if start <= first and last <= end]
    below = [name for start, _, name in symbols if start == last + 1]
    return (around or below or [""])[-1]
