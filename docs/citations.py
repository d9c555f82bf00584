"""Which code rests on which fact about a vendor: the pages docs/*-facts.md, read off the sources.

`cohortlab/fidelity/citations.py` reads the sources; rules cite by their source.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from cohortlab.fidelity import SEGMENT, Sheet, cited_by_sources, sections
from contracts.catalogue import all_rules

HEAD = """# Where each fact about {} is in the code

Every behaviour names the public fact it rests on, by the section of the fact sheet that this project was written
from. This page is the way back: from a section to the code, the settings and the rules, item by item where a section
has items. Written by `make docs`.
"""

Place = tuple[str, str]  # a file, and what is in it: empty for the file as a whole


def page(root: Path, sheet: Sheet = SEGMENT) -> str:
    """Return the page of a fact sheet as the sources have it now."""
    found: dict[str, dict[str, list[str]]] = {}
    for section, (file, symbol) in sorted(
        {*_in_sources(root, sheet), *_in_rules(root, sheet)}, key=lambda each: _order(each, sheet)
    ):
        found.setdefault(section, {}).setdefault(file, []).append(symbol)
    lines = [HEAD.format(sheet.vendor.capitalize())]
    for section, (title, _) in sheet.sections.items():
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


def _order(cited: tuple[str, Place], sheet: Sheet) -> tuple[int, int, str, str, str]:
    section, (file, symbol) = cited
    item = section.partition(" ")[2]
    number = int(item) if item.isdigit() else 0
    return list(sheet.sections).index(section.split(" ")[0]), number, item, file, symbol


def _in_sources(root: Path, sheet: Sheet) -> Iterator[tuple[str, Place]]:
    for each in cited_by_sources(root):
        if each.file.startswith("cohortlab/fidelity/"):
            continue  # how citations are written, not one of them
        is_ours = each.file.split("/")[0] == sheet.home
        for section in sections(each.text, sheet, is_ours=is_ours):
            yield section, (each.file, each.symbol)


def _in_rules(root: Path, sheet: Sheet) -> Iterator[tuple[str, Place]]:
    homes = {}
    for path in sorted((root / "contracts" / "catalogue").glob("*.py")):
        for code in re.findall(r'code="([A-Z]\d{3})"', path.read_text(encoding="utf-8")):
            homes[code] = path.relative_to(root).as_posix()
    for rule in all_rules():
        for section in sections(rule.source.facts, sheet, is_ours=False):
            yield section, (homes.get(rule.code, "contracts/catalogue"), f"[{rule.code}](rules/{rule.code}.md)")
