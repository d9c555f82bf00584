"""Cohort names that nobody expects: each has its column, shares one and is told, or has none and is told why."""

from __future__ import annotations

from typing import Any

from contracts.limits import COLUMN_BYTES
from contracts.warehouse import column_name
from tests.downstream.warehouse.conftest import Desk

BASKET = "Shoppers that abandoned a basket worth over one hundred euros in {} (id{})"
LISTS = {
    "alphabets": ["Größte Käufer (k1)", "Быстрые (k2)", "顧客 (k3)", "🎉 Party (k4)", "Ñandú–fans (k5)", "é́clair (k6)"],
    "one beginning": [BASKET.format(city, city[:2]) for city in ("Paris", "Lyon", "Nice")],
    "reserved": ["select (s1)", "order", "group", "user", "table", "timestamp", "id", "received_at", "event", "end"],
    "digits first": ["1st buyers (d1)", "2024 (d2)", "99", "3-day trial (d3)", "007 agents (d4)"],
    "capitals inside": ["Buyers (aBcD12)", "Buyers (aBCD12)", "Buyers (abCd12)", "VIPs (XYz9)", "iPhone Owners (i1)"],
    "punctuation": ["!!!", "---", "...", "(((", "___", "?", "   "],
    "quotes": [
        'He said "hi" (q1)',
        "O'Brien; DROP TABLE users;-- (q2)",
        "back\\slash (q3)",
        "a.b (q4)",
        "new\nline (q5)",
    ],
    "one spelling": [
        "Power Users (p1)",
        "Power  Users (p1)",
        "power-users (p1)",
        "PowerUsers (p1)",
        "POWER_USERS (p1)",
    ],
    "brackets": ["[Amplitude] X (z1)", "[Amplitude] X: z1", "X (z1)", "{X} <z1>"],
    "one letter": ["", "a", "A", "_a", "a_"],
    "as long as can be": [
        "é" * 70 + " (u1)",
        "x" * 200 + " (u2)",
        "x" * 200 + " (u3)",
        "ab" * 31 + "c",
        "ab" * 31 + "cd",
    ],
    "of Segment": ["context.ip", "context_ip", "user_id", "userId", "anonymous_id", "sent_at", "uuid_ts", "email"],
}


def test_no_name_is_lost_without_a_word(desk: Desk, into: str):
    """`users` says of each column what was told last of those whose it is; a source for each list."""
    told = {
        of: [(f"u{place % 3}", name, place % 4 != 0) for place, name in enumerate([*names, *names[::-1], *names[::2]])]
        for of, names in LISTS.items()
    }
    for of in LISTS:
        desk.lab.segment.put_source(of, name=of)
    for half in (0, 1):
        for of, events in told.items():
            part = events[: len(events) // 2] if half == 0 else events[len(events) // 2 :]
            batch = ({"type": "identify", "userId": user, "traits": {name: value}} for user, name, value in part)
            desk.send(*batch, key=of)
        desk.warehouse.load()

    every, notes = desk.warehouse.columns(), desk.warehouse.notes()
    for of, events in told.items():
        schema = column_name(of)
        rows = desk.warehouse.rows(f"SELECT * FROM {schema}.users")
        columns = {
            row["trait_key"]: row["column_name"]
            for row in every
            if (row["schema_name"], row["table_name"]) == (schema, "identifies")
        }
        for name in LISTS[of]:
            said = {note["what"] for note in notes if (note["schema_name"], note["trait_key"]) == (schema, name)}
            _must_be_told(name, columns, said, events, rows, into.startswith("postgres"))


def _must_be_told(
    name: str,
    columns: dict[str, str | None],
    said: set[str],
    events: list[tuple[str, str, bool]],
    rows: list[dict[str, Any]],
    is_cut: bool,
) -> None:
    column = columns[name]
    if column is None:
        assert said & {"reserved", "nameless"}, name
        return
    assert column == column_name(name).encode()[: COLUMN_BYTES if is_cut else None].decode("utf-8", "ignore")
    sharing = [key for key, of in columns.items() if of == column]
    last = {user: value for user, key, value in events if key in sharing}
    assert {row["id"]: row[column] for row in rows if row[column] is not None} == last, name
    assert sharing[0] == name or "met" in said, name
    assert ("cut" in said) is (column != column_name(name)), name
