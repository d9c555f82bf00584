"""A team's policy: which rules it wants judged, and how serious it takes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from contracts.catalogue import all_rules, rule
from contracts.errors import BadPolicy
from contracts.rule import FAMILIES, Rule, Severity


@dataclass(frozen=True, slots=True)
class Policy:
    """Choose rules by code, by the start of a code (`H`, `C4`), or by name.

    Without `select` every rule counts that is not pedantic; `pedantic` adds those, and selecting one does too.
    `ignore` wins over `select`. `severity` says otherwise than the rule does.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    severity: tuple[tuple[str, Severity], ...] = ()
    pedantic: bool = False

    def keeps(self, candidate: Rule) -> bool:
        """Say whether this rule is to be judged."""
        if any(_covers(word, candidate) for word in self.ignore):
            return False
        if self.select:
            return any(_covers(word, candidate) for word in self.select)
        return self.pedantic or not candidate.pedantic

    def severity_of(self, broken: Rule) -> Severity:
        """Return how serious a broken rule is; the longest matching entry counts."""
        matching = [(len(word), severity) for word, severity in self.severity if _covers(word, broken)]
        return max(matching, key=lambda entry: entry[0])[1] if matching else broken.severity


def policy(
    select: Iterable[str] = (),
    ignore: Iterable[str] = (),
    severity: Mapping[str, str] | None = None,
    *,
    pedantic: bool = False,
) -> Policy:
    """Return a policy whose every word is a known rule or family; raise `UnknownRule` or `BadPolicy` if not."""
    chosen = tuple(_known(word) for word in select)
    left_out = tuple(_known(word) for word in ignore)
    serious = tuple((_known(word), _severity(level)) for word, level in (severity or {}).items())
    return Policy(chosen, left_out, serious, pedantic)


def _severity(level: str) -> Severity:
    try:
        return Severity(level)
    except ValueError:
        choices = ", ".join(Severity)
        detail = f"severity {level!r} is not known; expected one of {choices}"
        raise BadPolicy(detail) from None


def _known(word: str) -> str:
    upper = word.strip().upper()
    if upper[:1] in FAMILIES and any(known.code.startswith(upper) for known in all_rules()):
        return upper
    return rule(word).code


def _covers(word: str, candidate: Rule) -> bool:
    return candidate.code.startswith(word)
