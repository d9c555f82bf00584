"""W6xx: what becomes of names and values in a warehouse.

The examples are single payloads, or lists of payloads that arrive one after the other.
"""

from __future__ import annotations

from typing import Any

from contracts.catalogue.sources import WAREHOUSE_SCHEMA, inferred, sdk, segment
from contracts.fragments import root, when_object
from contracts.limits import COLUMN_BYTES, WAREHOUSE_STRING_CHARS
from contracts.rule import Rule, Severity

WAREHOUSE = ("warehouse",)
_SNAKE = sdk("5.1", "segmentio/go-snakecase: snake.go")


def _identify(**traits: Any) -> dict[str, Any]:
    return {"type": "identify", "userId": "user-001", "traits": traits}


def _flag(name: str, value: Any = True) -> dict[str, Any]:
    return _identify(**{name: value})


def _track(event: str, **properties: Any) -> dict[str, Any]:
    return {"type": "track", "userId": "user-001", "event": event, "properties": properties}


RULES = (
    Rule(
        code="W601",
        name="columns-are-distinct",
        severity=Severity.WARNING,
        message="Two names fall into one warehouse column.",
        explanation="Names are written in snake case: case, punctuation and letters beyond ASCII are lost. "
        "`Power-Users`, `PowerUsers` and `Power Users` are three traits in Segment and one column in the warehouse, "
        "where the later value overwrites the earlier.",
        bad=[_flag("Power Users (abc123)"), _flag("Power-Users (abc123)", False)],
        good=[_flag("Power Users (abc123)"), _flag("Trial Users (def456)", False)],
        expected="a column of its own for each name",
        fix="Rename one of the two, so that they differ in ASCII letters or digits.",
        source=_SNAKE,
        contracts=WAREHOUSE,
    ),
    Rule(
        code="W602",
        name="column-keeps-its-type",
        severity=Severity.WARNING,
        message="A value does not fit the type that its column has already.",
        explanation="The first value that arrives fixes the type of the column. Later values are cast where that works "
        "and may become null where it does not. A flag that was first sent as the text `true` makes a text column, and "
        "only support can change it.",
        bad=[_flag("Power Users (abc123)", "true"), _flag("Power Users (abc123)", True)],
        good=[_flag("Power Users (abc123)", False), _flag("Power Users (abc123)", True)],
        expected="a value of the column's type",
        fix="Send one type under one name, from the first event on.",
        source=segment("5.1, 6 (23)", "[doc]", WAREHOUSE_SCHEMA),
        contracts=WAREHOUSE,
    ),
    Rule(
        code="W603",
        name="column-fits",
        severity=Severity.WARNING,
        message=f"The column's name is longer than {COLUMN_BYTES} bytes.",
        explanation="PostgreSQL cuts names at 63 bytes, Redshift at 127. A cohort's id stands at the end of its trait "
        "key, so it is the first thing to go, and the column no longer says which cohort it is.",
        bad=_flag("Customers who bought twice in the last ninety days and opened a mail (abc123)"),
        good=_flag("Bought twice, opened a mail (abc123)"),
        expected=f"at most {COLUMN_BYTES} bytes in snake case",
        fix="Give the cohort, or the trait, a shorter name.",
        source=inferred("5.1", "Segment documents no length; these are the limits of the database engines"),
        contracts=WAREHOUSE,
    ),
    Rule(
        code="W604",
        name="cut-columns-are-distinct",
        severity=Severity.WARNING,
        message=f"Two long names have the same first {COLUMN_BYTES} bytes.",
        explanation="After the cut they are one column. Cohort trait keys that differ only in the id at the end "
        "collide this way.",
        bad=[
            _flag("Customers who bought twice in the last ninety days and opened a mail (abc123)"),
            _flag("Customers who bought twice in the last ninety days and opened a mail (def456)"),
        ],
        good=[_flag("Bought twice, opened a mail (abc123)"), _flag("Bought twice, opened a mail (def456)")],
        expected=f"names that differ in their first {COLUMN_BYTES} bytes",
        fix="Shorten the names, or put what differs first.",
        source=inferred("5.1", "Segment documents no length; these are the limits of the database engines"),
        contracts=WAREHOUSE,
    ),
    Rule(
        code="W605",
        name="column-is-free",
        severity=Severity.WARNING,
        message="The name is that of a column that Segment fills itself.",
        explanation="`user_id`, `received_at`, `timestamp` and their like exist in every table. A trait or property "
        "that falls on one of them is discarded on the way to the warehouse (one page says: prefixed with `_`).",
        bad=_flag("receivedAt", "2026-11-23T10:00:00Z"),
        good=_flag("orderedAt", "2026-11-23T10:00:00Z"),
        expected="another name than Segment's own columns",
        fix="Rename the trait or property.",
        source=segment("5.1, 7 (10)", "[doc]", WAREHOUSE_SCHEMA),
        contracts=WAREHOUSE,
    ),
    Rule(
        code="W606",
        name="column-has-a-name",
        severity=Severity.WARNING,
        message="The name has no ASCII letter or digit, so there is no column for it.",
        explanation="Bytes beyond ASCII are separators in snake case. Nothing is left of a name in another alphabet, "
        "or of one made of symbols.",
        bad=_flag("お気に入り"),
        good=_flag("favourites"),
        expected="at least one ASCII letter or digit",
        fix="Name the trait in ASCII, at least in part.",
        source=_SNAKE,
        contracts=WAREHOUSE,
    ),
    Rule(
        code="W607",
        name="column-keeps-the-name",
        severity=Severity.NOTE,
        message="Letters beyond ASCII are missing from the column's name.",
        explanation="`Café Lovers (x1)` becomes `caf_lovers_x1`, `日本 (x1)` becomes `x1`. The column works, and "
        "nobody finds it by the cohort's name.",
        bad=_flag("Café Lovers (x1)"),
        good=_flag("Cafe Lovers (x1)"),
        expected="ASCII letters",
        fix="Name cohorts in ASCII when the warehouse matters, or keep a list of ids and names.",
        source=_SNAKE,
        contracts=WAREHOUSE,
    ),
    Rule(
        code="W608",
        name="column-starts-with-a-letter",
        severity=Severity.NOTE,
        message="The name starts with a digit, so its column starts with an underscore.",
        explanation="`2024 Buyers (x1)` becomes `_2024_buyers_x1` on Redshift; other warehouses may do the same.",
        bad=_flag("2024 Buyers (x1)"),
        good=_flag("Buyers 2024 (x1)"),
        expected="a letter at the start",
        fix="Put the year at the end.",
        source=segment("5.1", "[doc]", "connections/storage/catalog/redshift/index.md"),
        contracts=WAREHOUSE,
    ),
    Rule(
        code="W609",
        name="tables-are-distinct",
        severity=Severity.WARNING,
        message="Two event names fall into one warehouse table.",
        explanation="Each event name has a table, named in snake case. `Order Completed` and `order_completed` share "
        "one, and only the column `event_text` tells their rows apart.",
        bad=[_track("Order Completed", total=5), _track("order_completed", total=5)],
        good=[_track("Order Completed", total=5), _track("Order Refunded", total=5)],
        expected="a table of its own for each event name",
        fix="Spell the event one way.",
        source=_SNAKE,
        contracts=WAREHOUSE,
    ),
    Rule(
        code="W610",
        name="table-is-free",
        severity=Severity.WARNING,
        message="The event's table is one that Segment makes itself.",
        explanation="`identifies`, `users`, `tracks`, `pages`, `screens`, `groups`, `accounts` and `aliases` exist in "
        "every schema; an event called `Users` would share one.",
        bad=_track("Users", total=5),
        good=_track("Users Counted", total=5),
        expected="another name than Segment's own tables",
        fix="Rename the event: an object and a verb in the past.",
        source=inferred("5.1", "tables are named by collection, and these collections exist"),
        contracts=WAREHOUSE,
    ),
    Rule(
        code="W611",
        name="text-fits-its-column",
        severity=Severity.WARNING,
        message=f"A text is longer than {WAREHOUSE_STRING_CHARS} characters.",
        explanation="Warehouse strings are 512 characters by default; the rest is cut off without a word.",
        bad=_flag("notes", "x" * (WAREHOUSE_STRING_CHARS + 1)),
        good=_flag("notes", "x" * WAREHOUSE_STRING_CHARS),
        expected=f"at most {WAREHOUSE_STRING_CHARS} characters",
        fix="Shorten the text, or ask support for a wider column before it is first filled.",
        source=segment("1.7, 5.1", "[doc]", WAREHOUSE_SCHEMA),
        contracts=("identify", "group", "track", "page", "screen"),
        schema=root(
            **dict.fromkeys(
                ("traits", "properties"),
                when_object(
                    additionalProperties={
                        "anyOf": [
                            {"not": {"type": "string"}},
                            {"type": "string", "maxLength": WAREHOUSE_STRING_CHARS},
                        ]
                    }
                ),
            )
        ),
    ),
    Rule(
        code="W612",
        name="numbers-keep-their-kind",
        severity=Severity.NOTE,
        message="A fraction arrives in a column of whole numbers.",
        explanation="A column whose first value was 40 is an integer column; 39.95 loses its fraction there. JSON "
        "does not tell 40.0 from 40, so whether this happens depends on the serialiser.",
        bad=[_track("Paid", total=40), _track("Paid", total=39.95)],
        good=[_track("Paid", total=39.95), _track("Paid", total=40)],
        expected="a whole number",
        fix="Send a fraction first, or have the column's type changed.",
        source=segment("5.1", "[doc]", WAREHOUSE_SCHEMA),
        contracts=WAREHOUSE,
        pedantic=True,
    ),
    Rule(
        code="W613",
        name="lists-become-text",
        severity=Severity.NOTE,
        message="An array becomes text in the warehouse.",
        explanation="Objects are flattened into columns, arrays are printed into one.",
        bad=_flag("interests", ["chess", "go"]),
        good=_flag("interest_count", 2),
        expected="a value that has a column type",
        fix="Send what is to be queried as traits of its own.",
        source=segment("5.1", "[doc]", WAREHOUSE_SCHEMA),
        contracts=WAREHOUSE,
        pedantic=True,
    ),
    Rule(
        code="W614",
        name="column-is-no-keyword",
        severity=Severity.NOTE,
        message="The column's name is a reserved word of SQL.",
        explanation="Redshift gets an underscore in front of it (`_order`); on Snowflake the load fails with 002318.",
        bad=_flag("order", 7),
        good=_flag("order_number", 7),
        expected="a name that is no reserved word",
        fix="Rename the trait or property.",
        source=segment("5.1", "[doc]", "connections/storage/warehouses/warehouse-errors.md"),
        contracts=WAREHOUSE,
        pedantic=True,
    ),
)
