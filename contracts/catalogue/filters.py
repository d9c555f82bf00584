"""F8xx: what a filter in FQL does that it does not say. The examples are filters."""

from __future__ import annotations

from collections.abc import Sequence

from contracts.catalogue.sources import run_code
from contracts.rule import Rule, Severity

FILTER = ("filter",)
_KEY = r"traits.Power\ Users\ \(7abc12de\)"
_ERROR, _WARNING, _NOTE = Severity.ERROR, Severity.WARNING, Severity.NOTE


def _rule(  # noqa: PLR0917 - one line of a table
    code: str, name: str, severity: Severity, bad: str, good: str, words: Sequence[str], section: str = "4"
) -> Rule:
    message, explanation, expected, fix = words
    source = run_code(section)
    return Rule(
        code=code, name=name, severity=severity, message=message, explanation=explanation, bad=bad, good=good,
        expected=expected, fix=fix, source=source, contracts=FILTER,
    )  # fmt: skip


RULES = (
    _rule(
        "F801",
        "cannot-be-read",
        _ERROR,
        'traits["Power Users (7abc12de)"] = true',
        f"{_KEY} = true",
        (
            "Segment cannot read this filter, so it never matches.",
            (
                "What Segment's reader meets it with is a message of its own code, the same for most mistakes. A "
                "destination filter that "
                "cannot be read keeps every event back, a subscription sends none."
            ),
            "a filter that Segment can read",
            "Write the field with a dot, and put a backslash before every space and parenthesis of the key.",
        ),
    ),
    _rule(
        "F802",
        "operator-unknown",
        _ERROR,
        "traits.Power Users (7abc12de) = true",
        f"{_KEY} = true",
        (
            "What stands where an operator should is none, so the filter never matches.",
            (
                "A key with a space that is not escaped ends at the space, and the rest of it is taken for an "
                "operator. Nothing says so."
            ),
            "an operator of FQL after the field",
            "Put a backslash before every space and parenthesis of the key.",
        ),
    ),
    _rule(
        "F803",
        "last-conjunction-counts",
        _ERROR,
        'type = "track" or type = "page" and userId != null',
        '(type = "track" or type = "page") and userId != null',
        (
            "`and` and `or` stand side by side, and the last one counts for all of them.",
            (
                "There is no precedence: `a or b and c` is `a and b and c`. One level of parentheses is read as "
                "written, two are an error."
            ),
            "one kind of conjunction on each level",
            "Put parentheses around what belongs together.",
        ),
    ),
    _rule(
        "F804",
        "single-quotes",
        _ERROR,
        "type = 'identify'",
        'type = "identify"',
        (
            "Single quotes are a part of the text that is compared.",
            (
                "To the published reader, which triggers use, only double quotes are quotes: `type = 'identify'` "
                "compares with a text of ten characters, and never matches. Segment's page on destination filters "
                "shows single quotes that match; whose reader they meet is not published."
            ),
            "text in double quotes",
            "Use double quotes.",
        ),
    ),
    _rule(
        "F805",
        "double-equals",
        _ERROR,
        'type == "identify"',
        'type = "identify"',
        (
            "`==` never holds.",
            "The second sign is read as the value. Equal is one sign.",
            "`=`",
            "Write `=`.",
        ),
    ),
    _rule(
        "F806",
        "negation-ignored",
        _ERROR,
        'not type = "identify"',
        'type != "identify"',
        (
            "The negation is ignored: the condition counts as it stands.",
            "`not` and `!( )` are no words of FQL, and what is none is skipped. `!contains` and `!match` negate.",
            "`!=`, or `!` before contains or match",
            "Say it with `!=`, `= false`, `!contains` or `!match`.",
        ),
    ),
    _rule(
        "F807",
        "capital-conjunction",
        _ERROR,
        'type = "track" OR type = "page"',
        'type = "track" or type = "page"',
        (
            "A conjunction in capitals is skipped, and the conditions are joined by `and`.",
            "Conjunctions are small letters. `a OR b` is `a and b`, and says nothing of it.",
            "`and`, `or`",
            "Write it in small letters.",
        ),
    ),
    _rule(
        "F808",
        "field-vanishes",
        _ERROR,
        'type = "track" and anonymousId != null',
        'type = "track" and userId != null',
        (
            "A field that filters do not know takes its condition with it.",
            (
                "Fields are type, event, name, userId and what is below properties, traits and context. Others "
                "(anonymousId, messageId, "
                "integrations, channel) leave the filter as if their condition were not there."
            ),
            "a field that filters know",
            "Leave the condition out, or send the value along below context or traits.",
        ),
    ),
    _rule(
        "F809",
        "not-equal-boolean",
        _ERROR,
        f"{_KEY} != true",
        f"{_KEY} = false",
        (
            "`!= true` and `!= false` hold for true and for false.",
            (
                'They compare with the text of the boolean: `!= true` holds for everything but the text "true", '
                "for members, too."
            ),
            "`= true` or `= false`",
            "Say `= false` for `!= true`, and the other way round.",
        ),
        "4, 8",
    ),
    _rule(
        "F810",
        "key-unreachable",
        _ERROR,
        r"traits.\[Amplitude\]\ Power\ Users = true",
        r"traits.Power\ Users = true",
        (
            "No filter reaches this key.",
            (
                "Keys are cut at brackets and dots, also at escaped ones. The filter is read, shown as it was "
                "written, and never matches."
            ),
            "a key without brackets",
            "Choose another name for the trait.",
        ),
        "4, 8",
    ),
    _rule(
        "F811",
        "empty-group",
        _ERROR,
        '() and type = "track"',
        'type = "track"',
        (
            "A group holds nothing, and Segment's code breaks at every event.",
            "A pair of parentheses without a condition is read, and cannot be asked.",
            "a condition in the parentheses",
            "Take the parentheses away.",
        ),
    ),
    _rule(
        "F812",
        "match-without-star",
        _ERROR,
        'match(event, "Order")',
        'match(event, "Order*")',
        (
            "`match` without a star at one end loses the first letter and tests the ending.",
            '`match(event, "Order")` holds for everything that ends in rder, "Border" among it.',
            "a star at the beginning or at the end",
            "Put a star at one end, or compare with `=`.",
        ),
    ),
    _rule(
        "F813",
        "wildcard-is-plain",
        _WARNING,
        'match(event, "*Order*")',
        'contains(event, "Order")',
        (
            "A star inside of the pattern, or a question mark, is a plain letter.",
            '`match` knows one star, at one end. `*Order*` holds for what begins with "*Order".',
            "one star, at one end",
            "Use contains for what stands anywhere, or two conditions for a beginning and an end.",
        ),
    ),
    _rule(
        "F814",
        "escaped-dot",
        _WARNING,
        r"traits.address\.city = null",
        "traits.address.city = null",
        (
            "An escaped dot is a dot as any other: it leads into an object.",
            "A trait whose own name has a dot is out of reach, escaped or not.",
            "a dot without a backslash",
            "Leave the backslash out where an object is meant; choose a name without a dot where it is not.",
        ),
    ),
    _rule(
        "F815",
        "number-in-quotes",
        _NOTE,
        'properties.total = "5"',
        "properties.total = 5",
        (
            "A number in quotes equals a text only, never the number.",
            'Types are strict where values are equal or not: 5 never equals "5". `!=` then holds for the number, too.',
            "a number without quotes, if events have numbers",
            "Leave the quotes out, unless the events have texts there.",
        ),
    ),
    _rule(
        "F816",
        "not-equal-number",
        _NOTE,
        "properties.total != 5",
        "properties.total > 5",
        (
            "`!=` with a number holds for other numbers only.",
            'Where the value is missing or a text, `!= 5` does not hold, other than `!= "x"`, which does.',
            "a condition that also says what a missing value means",
            "Add `or ... = null` where a missing value is to match.",
        ),
    ),
    _rule(
        "F817",
        "needless-escape",
        _NOTE,
        r"traits.\plan = null",
        "traits.plan = null",
        (
            "A backslash stands before a character that needs none.",
            (
                "It does nothing in a key, and hides that others are missing. Letters, digits, `_`, and `-` stand "
                "for themselves, but for a digit or `-` "
                "that begins a key."
            ),
            "a backslash before spaces, parentheses and other signs only",
            "Leave it out.",
        ),
    ),
    _rule(
        "F818",
        "trait-makes-no-difference",
        _WARNING,
        'type = "identify"',
        f"{_KEY} = true",
        (
            "The filter says the same of a member, of somebody who left and of a stranger.",
            "It was asked with the trait true, false and absent, and the answer was the same.",
            "a filter that the trait makes a difference to",
            "Look for the trait by its key, every space and parenthesis escaped.",
        ),
    ),
)
"""One line each: what is wrong, why, what was expected, what to do."""
