"""Which code rests on which fact about Segment: the page docs/segment-facts.md, read off the sources.

A docstring, a comment or a setting says `segment facts 1.6 [doc]`; in `mock_segment` the vendor goes without saying.
Further sections of the same text are a number and a tag, `1.8 [doc]`, items, `6 (3, 4)`, or `conflict 4`. Rules cite by
their source.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from contracts.catalogue import all_rules

PACKAGES = ("contracts", "mock_core", "mock_segment", "syncer", "downstream", "scenarios", "cohortlab")
TITLES: Mapping[str, str] = {
    "0": "What drives the design",
    "1.1": "Hosts and regions",
    "1.2": "Routes, CDN, OAuth",
    "1.3": "Write keys",
    "1.4": "Content types and encodings",
    "1.5": "CORS",
    "1.6": "Statuses and bodies",
    "1.7": "Limits",
    "1.8": "Discard codes",
    "1.9": "Deduplication",
    "1.10": "Batches and merging",
    "1.11": "Timestamps",
    "1.12": "Fields the server adds",
    "2.1": "Fields that all calls have",
    "2.2": "Fields of each call",
    "2.3": "Reserved traits of a user",
    "2.4": "Reserved traits of a group",
    "2.5": "What the value of a trait means",
    "2.6": "How an identify goes wrong",
    "3.1": "Official SDKs on the wire",
    "3.2": "Client-side SDKs",
    "3.3": "What a fake owes the SDKs",
    "4.1": "The cohort's identify",
    "4.2": "Enter, leave, first sync",
    "4.3": "Loops",
    "5.1": "Warehouses",
    "5.2": "The Profile API",
    "5.3": "Webhooks",
    "5.4": "Routing to destinations",
    "5.5": "Amplitude as a destination",
    "5.6": "Tracking plans",
    "5.7": "Delivery to destinations",
    "5.8": "Debugger and Schema tab",
    "6": "Mistakes worth catching",
    "7": "Where documents and SDKs disagree",
    "8": "What nobody knows",
    "9": "Modes of a fake",
}
HEAD = """# Where each fact about Segment is in the code

Every behaviour names the public fact it rests on, by the section of the fact sheet that this project was written
from. This page is the way back: from a section to the code, the settings and the rules, item by item where a section
has items. Written by `make docs`.
"""

_ONE = r"\d{1,2}(?:\.\d{1,2})?(?: \(\d+(?:, \d+)*\))?"
_FACTS = re.compile(rf"(segment |amplitude )?facts ({_ONE}(?:(?:, | and | to ){_ONE})*)")
_TAGGED = re.compile(r"(?<![\w.])(\d\.\d{1,2}) \[")
_ITEMS = re.compile(r"(?<![\w.])6 \(\d+(?:, \d+)*\)")
_UNKNOWN = re.compile(r"(?<=[;,(] )8(?=[:)])|(?<=\()8(?=\))")
_CONFLICT = re.compile(r"[Cc]onflicts? (\d+)")

Place = tuple[str, str]  # a file, and what is in it: empty for the file as a whole


def page(root: Path) -> str:
    """Return the page as the sources have it now."""
    found: dict[str, dict[str, list[str]]] = {}
    for section, (file, symbol) in sorted({*_in_sources(root), *_in_rules(root)}, key=_order):
        found.setdefault(section, {}).setdefault(file, []).append(symbol)
    lines = [HEAD]
    for section, title in TITLES.items():
        lines.append(f"\n## {section} {title}\n")
        cited = [each for each in found if each.split(" ")[0] == section]
        for each in cited:
            item = each.partition(" ")[2]
            lines += [f"- {f'{item}: ' if item else ''}{_place(file, names)}" for file, names in found[each].items()]
        if not cited:
            lines.append("Nothing here rests on it.")
    return "\n".join(lines) + "\n"


def _place(file: str, symbols: Iterable[str]) -> str:
    named = [f"`{each}`" if "](" not in each else each for each in symbols if each]
    return f"`{file}`{': ' if named else ''}{', '.join(named)}"


def _order(cited: tuple[str, Place]) -> tuple[int, int, str, str]:
    section, (file, symbol) = cited
    item = section.partition(" ")[2]
    return list(TITLES).index(section.split(" ")[0]), int(item or 0), file, symbol


def _in_sources(root: Path) -> Iterator[tuple[str, Place]]:
    for package in PACKAGES:
        for path in sorted((root / package).rglob("*.py")):
            file = path.relative_to(root).as_posix()
            if file.startswith("contracts/catalogue/"):
                continue
            source = path.read_text(encoding="utf-8")
            symbols = list(_symbols(ast.parse(source).body, ""))
            for first, last, text in _texts(source):
                for section in sections(text, is_ours=package == "mock_segment"):
                    yield section, (file, _symbol_at(symbols, first, last))


def _in_rules(root: Path) -> Iterator[tuple[str, Place]]:
    homes = {}
    for path in sorted((root / "contracts" / "catalogue").glob("*.py")):
        for code in re.findall(r'code="([A-Z]\d{3})"', path.read_text(encoding="utf-8")):
            homes[code] = path.relative_to(root).as_posix()
    for rule in all_rules():
        for section in sections(rule.source.facts, is_ours=False):
            yield section, (homes.get(rule.code, "contracts/catalogue"), f"[{rule.code}](rules/{rule.code}.md)")


def sections(text: str, *, is_ours: bool) -> set[str]:
    """Return the sections that a text cites, an item as `6 21` and a conflict as `7 4`."""
    found: set[str] = set()
    for vendor, several in _FACTS.findall(text):
        if vendor == "segment " or (is_ours and not vendor):
            for one in re.findall(_ONE, several):
                found |= _one(one)
            for first, last in re.findall(r"1\.(\d+) to 1\.(\d+)", several):
                found |= {f"1.{number}" for number in range(int(first), int(last))}
    if found or is_ours:
        for one in (*_TAGGED.findall(text), *_ITEMS.findall(text), *_UNKNOWN.findall(text)):
            found |= _one(one)
        found |= {f"7 {number}" for number in _CONFLICT.findall(text)}
    return {each for each in found if each.split(" ")[0] in TITLES}


def _one(cited: str) -> set[str]:
    section, _, items = cited.partition(" ")
    if section.startswith("0."):
        return {f"0 {section[2:]}"}
    return {f"{section} {item}" for item in re.findall(r"\d+", items)} or {section}


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


def _symbols(body: Iterable[ast.stmt], prefix: str) -> Iterator[tuple[int, int, str]]:
    """Yield what has a name at the top of a module or a class, with its lines; text below an assignment is its own."""
    assigned = ""
    for node in body:
        first, last = node.lineno, node.end_lineno or node.lineno
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            assigned = ""
            yield first, last, f"{prefix}{node.name}"
            if isinstance(node, ast.ClassDef):
                yield from _symbols(node.body, f"{prefix}{node.name}.")
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
