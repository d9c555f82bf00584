"""What a filter does that it does not say, and how it would have to be written (destination facts 4, 8)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from contracts.foreign import quoted
from contracts.fql.evaluator import FilterBreaks
from contracts.fql.filter import Filter, parse
from contracts.fql.generator import escaped_key
from contracts.fql.lexer import Kind, LexicalError, Token, tokens
from contracts.fql.parser import condition_type, joined_names
from contracts.fql.tree import Condition, Group

_KNOWN: Final = (
    "= != < <= > >= exists not_exists is_true is_false number_equals number_not_equals contains not_contains "
    "starts_with not_starts_with ends_with not_ends_with"
)
_OPERATORS: Final = frozenset(_KNOWN.split())
_FUNCTIONS: Final = frozenset({"contains", "match"})


@dataclass(frozen=True, slots=True)
class Advice:
    """What a filter does: `surprises` as name and sentence; `rewritten` does what was meant, "" where that is unknown.

    `truth` says for a cohort's trait that is true, false and absent in an identify whether it matches, None where the
    package throws; it is empty without a trait.
    """

    filter: str
    surprises: Sequence[tuple[str, str]]
    rewritten: str
    truth: Sequence[tuple[str, bool | None]]

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON-ready values."""
        return {
            "filter": self.filter,
            "surprises": [{"name": name, "message": said} for name, said in self.surprises],
            "rewritten": self.rewritten or None,
            "matches": dict(self.truth) or None,
        }


def advice(text: str, trait: str = "") -> Advice:
    """Return what a filter really does; `trait` is a cohort's trait key, as it stands in events."""
    read = parse(text)
    surprises = list(_surprises(text, read))
    truth = _truth(read, trait) if trait else []
    if trait and not surprises and len({holds for _, holds in truth}) == 1:
        says = "every" if truth[0][1] else "no"
        surprises.append(("trait-makes-no-difference", f"{says} identify matches, whatever the trait is"))
    rewritten = _rewritten(text, trait) if surprises else ""
    return Advice(text, surprises, rewritten, truth)


def _surprises(text: str, read: Filter) -> Iterator[tuple[str, str]]:
    if read.tree is None:
        yield "cannot-be-read", f"it never matches: Segment cannot read it ({read.why or read.error})"
    try:
        found = joined_names(tokens(text))
    except LexicalError:
        return
    yield from _of_tokens(found)
    yield from _of_patterns(found)
    yield from _of_escapes(text)
    if read.tree is not None:
        yield from _of_tree(read.tree)


def _of_tokens(found: Sequence[Token]) -> Iterator[tuple[str, str]]:
    level: list[set[str]] = [set()]
    for token, after in zip(found, [*found[1:], found[-1]], strict=True):
        if token.kind is Kind.PARENTHESIS_OPEN:
            level.append(set())
        elif token.kind is Kind.PARENTHESIS_CLOSE and len(level) > 1:
            level.pop()
        elif token.kind is Kind.CONDITIONAL:
            level[-1].add(token.value)
            if len(level[-1]) == 2:
                level[-1] = set()
                yield "last-conjunction-counts", "`and` and `or` side by side: the last one counts for all of them"
        elif token.kind is Kind.STRING and token.value.startswith("'"):
            yield "single-quotes", f"{quoted(token.value)}: the quotes are a part of the text; only double ones are not"
        elif token.kind is Kind.OPERATOR and token.value == "=" == after.value:
            yield "double-equals", "`==` never holds; equal is `=`"
        elif token.kind is Kind.OPERATOR and token.value == "!" and after.value not in _FUNCTIONS:
            yield "negation-ignored", "`!` counts before contains and match only, and is ignored here"
        elif token.kind is Kind.IDENT:
            yield from _of_word(token, after)


def _of_word(token: Token, after: Token) -> Iterator[tuple[str, str]]:
    if token.value in {"AND", "OR", "And", "Or"}:
        yield "capital-conjunction", f"{token.value} is skipped; conjunctions are `and` and `or`"
    elif token.value.lower() == "not":
        yield "negation-ignored", f"{quoted(token.value)} is ignored: what follows counts as it stands"
    elif after.kind is Kind.OPERATOR and after.value != "!" and condition_type(token.value) in {None, ""}:
        yield "field-vanishes", f"{quoted(token.value)} is no field of a filter: its condition is left out"


def _of_patterns(found: Sequence[Token]) -> Iterator[tuple[str, str]]:
    """Look at what `match` is given: it knows one star, at one end (destination facts 4)."""
    inside = False
    for token, after in zip(found, [*found[1:], found[-1]], strict=True):
        if token.value == "match" and after.kind is Kind.PARENTHESIS_OPEN:
            inside = True
        elif token.kind is Kind.PARENTHESIS_CLOSE:
            inside = False
        elif inside and token.kind is Kind.STRING and token.value.startswith('"'):
            pattern = token.value[1:-1]
            if not pattern.startswith("*") and not pattern.endswith("*"):
                told = f"{quoted(pattern)} has no star: everything that ends in {quoted(pattern[1:])} matches"
                yield "match-without-star", told
            elif pattern.count("*") > 1 or "?" in pattern:
                yield (
                    "wildcard-is-plain",
                    f"{quoted(pattern)}: one star, at one end, stands for anything; no other sign",
                )


def _of_escapes(text: str) -> Iterator[tuple[str, str]]:
    """Look at backslashes outside of quotes."""
    told: set[str] = set()
    unquoted = "".join(part if place % 2 == 0 else " " for place, part in enumerate(text.split('"')))
    for found in re.finditer(r"\\(.)", unquoted, re.DOTALL):
        sign, before = found[1], unquoted[: found.start()][-1:]
        begins = before in {"", ".", " ", "("}
        if sign == ".":
            told.add("escaped-dot")
        elif sign == "_" or (sign.isascii() and sign.isalpha()) or ((sign.isdigit() or sign == "-") and not begins):
            told.add("needless-escape")
    if "escaped-dot" in told:
        yield "escaped-dot", "`\\.` is a dot as any other, and leads into an object"
    if "needless-escape" in told:
        yield "needless-escape", "a backslash stands before a character that needs none"


def _of_tree(group: Group) -> Iterator[tuple[str, str]]:
    for child in group.children:
        if isinstance(child, Group):
            yield from _of_tree(child)
        elif child is None:
            yield "empty-group", "a group holds nothing: Segment's code throws at every event"
        else:
            yield from _of_condition(child)


def _of_condition(condition: Condition) -> Iterator[tuple[str, str]]:
    name = str(condition.name) if isinstance(condition.name, str) else condition.type
    if condition.operator not in _OPERATORS:
        said = quoted(condition.operator)
        yield "operator-unknown", f"{said} after {quoted(name)} is no operator: it never matches. Is a key not escaped?"
    if condition.operator == "!=" and isinstance(condition.value, bool):
        yield "not-equal-boolean", f"{quoted(name)} != {str(condition.value).lower()} holds for true and for false"
    if condition.operator in {"=", "!="} and isinstance(condition.name, str) and _is_number(condition.value):
        yield "number-in-quotes", f"{quoted(name)} is compared with the text {quoted(str(condition.value))}, no number"
    if condition.operator == "number_not_equals":
        yield "not-equal-number", f"{quoted(name)} != {condition.value} does not hold where it is missing or a text"
    if isinstance(condition.name, str) and re.search(r"[\[\]]|^\.|\.\.", condition.name):
        yield "key-unreachable", f"{quoted(name)}: keys are cut at brackets and dots; no spelling reaches this one"


def _is_number(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", value) is not None


def _truth(read: Filter, trait: str) -> list[tuple[str, bool | None]]:
    events = {"true": {trait: True}, "false": {trait: False}, "absent": {}}
    found: list[tuple[str, bool | None]] = []
    for name, traits in events.items():
        try:
            holds: bool | None = read.matches({"type": "identify", "userId": "user-1", "traits": traits})
        except FilterBreaks:
            holds = None
        found.append((name, holds))
    return found


def _rewritten(text: str, trait: str) -> str:
    """Return the text mended where what was meant is plain, and only if nothing is left to say of it."""
    mended = text
    if trait:
        key = f"traits.{escaped_key(trait)}"
        for spelling in (f"traits.{trait}", f'traits."{trait}"', f'traits["{trait}"]', f"traits['{trait}']"):
            mended = mended.replace(spelling, key)
        mended = mended.replace(f"{key} != true", f"{key} = false").replace(f"{key} != false", f"{key} = true")
    mended = "".join(part if part.startswith('"') else _plain(part) for part in re.split('("[^"]*")', mended))
    return mended if mended != text and not list(_surprises(mended, parse(mended))) else ""


def _plain(part: str) -> str:
    """Return what stands between quoted texts with conjunctions small, `=` single and quotes double."""
    small = re.sub(r"(?<!\\ )\b(AND|OR|And|Or)\b", lambda found: found[1].lower(), part)
    return re.sub(r"(?<!\\)'([^'\"]*)'", r'"\1"', small.replace("==", "="))
