"""Confidence: how sure a text is of what it says, by the tags of its citations."""

from __future__ import annotations

import re
from collections.abc import Iterable

from cohortlab.fidelity.citations import sections
from cohortlab.fidelity.sheets import CONFIDENCES, SHEETS

ORDER = ("documented", "executed", "official SDK", "observed", "inferred")
"""From what is surest to what is a guess; what is `ours` stands apart."""

_TAG = re.compile(r"\[(doc|sdk-run|sdk|run|obs|client|inferred)\b")
_OURS = re.compile(r"\b[Oo]urs\b")
_OPEN = re.compile(
    r"\b(?:unknown|undocumented|unpublished|not (?:known|published|documented)|none documented|no documented"
    r"|does not settle|leaves? open)\b"
)


def cited(text: str, home: str = "") -> tuple[str, ...]:
    """Return what a text cites, as `segment 1.6`, in order; `home` is the vendor that goes without saying."""
    return tuple(
        f"{vendor} {section}"
        for vendor, sheet in SHEETS.items()
        for section in sorted(sections(text, sheet, is_ours=vendor == home))
    )


def confidences(text: str, facts: Iterable[str], *, is_source: bool) -> tuple[str, ...]:
    """Return every confidence that a text has, the least sure last; what is `ours` is only that when nothing else is.

    A citation without a tag counts as most of its section does. In the `source` of a setting words count, too: what is
    unknown or undocumented is inferred.
    """
    found = {CONFIDENCES[tag] for tag in _TAG.findall(text)}
    rows = [fact.split(" ") for fact in facts]
    if any(section == SHEETS[vendor].unknowns for vendor, section, *_ in rows) or (is_source and _OPEN.search(text)):
        found.add("inferred")
    if not found:
        found = {CONFIDENCES[SHEETS[vendor].sections[section][1]] for vendor, section, *_ in rows}
    known = [each for each in ORDER if each in found]
    return tuple(known) or (("ours",) if "ours" in found or _OURS.search(text) else ())
