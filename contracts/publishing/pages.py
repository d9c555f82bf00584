"""The documentation of the rules: one page for each, made from the catalogue."""

from __future__ import annotations

import json
import math
from typing import Any

from contracts.catalogue import all_rules
from contracts.rule import FAMILIES, Rule

_LONG = 120
_MANY = 4


def page(rule: Rule) -> str:
    """Return the page of one rule, as Markdown."""
    facts = [
        f"- severity: {rule.severity}" + (" (only on request: `--pedantic`)" if rule.pedantic else ""),
        f"- family: {rule.code[0]}, {rule.family}",
    ]
    if rule.discard_code:
        facts.append(f"- Segment's own code: `{rule.discard_code}`")
    return "\n".join(
        (
            f"# {rule.code} {rule.name}",
            "",
            rule.message,
            "",
            *facts,
            "",
            rule.explanation,
            "",
            "Breaks the rule:",
            "",
            _example(rule.bad),
            "",
            "Does not:",
            "",
            _example(rule.good),
            "",
            f"Expected: {rule.expected}.",
            "",
            f"**Fix.** {rule.fix}",
            "",
            f"Source: {rule.source}.",
            "",
        )
    )


def index() -> str:
    """Return the page that lists all rules by family."""
    lines = [
        "# Rules",
        "",
        "Made from the catalogue in `contracts/catalogue`; `cohortlab rule CODE` prints the same pages.",
    ]
    for letter, family in FAMILIES.items():
        lines += ["", f"## {letter}: {family}", "", "| code | severity | rule | says |", "|---|---|---|---|"]
        lines += [
            f"| [{rule.code}]({rule.code}.md) | {rule.severity} | {rule.name} | {rule.message} |"
            for rule in all_rules()
            if rule.code[0] == letter
        ]
    return "\n".join(lines) + "\n"


def pages() -> dict[str, str]:
    """Return every page by its file name."""
    return {"README.md": index(), **{f"{rule.code}.md": page(rule) for rule in all_rules()}}


def rule_as_dict(rule: Rule) -> dict[str, Any]:
    """Return a rule as JSON-ready values; examples that are not JSON are given as text."""
    return {
        "code": rule.code,
        "name": rule.name,
        "severity": rule.severity.value,
        "family": rule.family,
        "message": rule.message,
        "explanation": rule.explanation,
        "bad": _shortened(rule.bad),
        "good": _shortened(rule.good),
        "expected": rule.expected,
        "fix": rule.fix,
        "source": str(rule.source),
        "discard_code": rule.discard_code,
        "contracts": list(rule.contracts),
        "pedantic": rule.pedantic,
    }


def _example(value: Any) -> str:
    shown = _shortened(value)
    if isinstance(value, bytes | str):
        return f"```text\n{shown}\n```"
    return f"```json\n{json.dumps(shown, ensure_ascii=False, indent=2)}\n```"


def _shortened(value: Any) -> Any:
    """Return an example short enough to read; what is left out is counted."""
    match value:
        case bytes():
            return _shortened(value.decode("utf-8", "backslashreplace").rstrip("\n"))
        case str():
            shown = "".join(char if char.isprintable() or char == "\n" else ascii(char)[1:-1] for char in value)
            return shown if len(shown) <= 4 * _LONG else f"{shown[:_LONG]}... ({len(value):,} characters)"
        case dict():
            return {str(key): _shortened(inner) for key, inner in value.items()}
        case list() | tuple():
            many = len(value) > 2 * _MANY
            short = [_shortened(inner) for inner in (value[:_MANY] if many else value)]
            return [*short, f"... ({len(value):,} items)"] if many else short
        case float() if math.isnan(value):
            return "NaN (a Python float)"
        case None | bool() | int() | float():
            return value
        case _:
            return f"{value!r} (a Python {type(value).__name__})"
