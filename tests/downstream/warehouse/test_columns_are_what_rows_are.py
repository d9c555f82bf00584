"""Rows are made by the column, because of speed: what comes of it is what comes of one event after the other."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from itertools import chain, repeat
from typing import Any

import duckdb
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from downstream.warehouse.arrow import rows_at_once
from downstream.warehouse.batch import Filled, Piece, Sparse
from downstream.warehouse.copying import BEGINNING, END, copies
from downstream.warehouse.kinds import Kind, cast_column, kind_of
from downstream.warehouse.latest import Latest
from downstream.warehouse.layout import Delivered, Rows, rows_of
from downstream.warehouse.reading import delivered_of
from downstream.warehouse.settings import WarehouseSettings
from downstream.warehouse.target import Values
from mock_core.journal import Entry
from mock_segment import SegmentSettings
from mock_segment.delivery import read_capture
from tests.downstream.warehouse.plainly import FIELDS, Flattened, latest, told
from tests.generating import EXAMPLES

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TEXTS = st.one_of(st.sampled_from(["ada", "", "grace", "ünï", "a\0b", "2023-11-14T22:13:20Z"]), st.text(max_size=4))
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**63), 2**63), st.floats(allow_nan=False, allow_infinity=False), TEXTS
)
NAMES = st.sampled_from(["a", "b", "c d", "firstName", "lastName", "name"])
OBJECTS = st.recursive(
    st.dictionaries(NAMES, LEAVES, max_size=3),
    lambda inner: st.dictionaries(NAMES, st.one_of(LEAVES, inner, st.lists(LEAVES, max_size=2)), max_size=3),
    max_leaves=6,
)
MOMENTS = st.sampled_from(
    [None, "", "2023-11-14T22:13:20Z", "2023-11-14T22:13:21.5+02:00", "2023-11-14", "soon", 5, True, ["x"]]
)
CONTEXTS = st.one_of(
    st.none(),
    OBJECTS,
    st.sampled_from(
        [{"library": {"name": "analytics.js"}}, {"direct": True}, {"direct": True, "ip": "10.0.0.1"}, "no"]
    ),
)
IDS = st.one_of(st.none(), TEXTS, st.integers(0, 3), st.booleans(), st.just({}))


def _some(**possible: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=possible)


EVENTS = _some(
    type=st.sampled_from(["identify", "track", "page", "group", "alias", "screen", "other"]),
    messageId=IDS,
    userId=IDS,
    anonymousId=IDS,
    timestamp=MOMENTS,
    sentAt=MOMENTS,
    context=CONTEXTS,
    traits=OBJECTS | st.just({"firstName": "Ada", "lastName": "Lovelace"}),
    properties=OBJECTS,
    event=st.sampled_from(["Order Done", "order_done", "Tracks", "", None]),
    name=LEAVES,
)
BATCHES = st.tuples(
    st.one_of(st.lists(EVENTS, min_size=1, max_size=5), EVENTS.map(lambda event: [event] * 3)),
    _some(context=CONTEXTS, sentAt=MOMENTS),
    st.sets(st.integers(0, 4)),
    st.sampled_from(
        [{}, {"batch_merge": "shallow", "batch_precedence": "batch"}, {"numeric_ids": "coerce"}],
    ),
)


@settings(max_examples=60 * EXAMPLES, deadline=None)
@given(BATCHES)
def test_events_of_a_call_are_what_segment_stores_of_each(batch: Any):
    """Whatever they have in common, and whichever of them were delivered."""
    events, shared, left_out, changes = batch
    indexes = [index for index in range(len(events)) if index not in left_out] or [0]
    body = orjson.dumps({**shared, "batch": events}, option=orjson.OPT_PASSTHROUGH_SUBCLASS)
    data = {"stored": "batch", "write_key": "key", "method": "POST", "path": "/v1/batch", "headers": {}}
    capture = read_capture(Entry(7, 1_700_000_000_000, "request", data, body))
    assert capture is not None
    chosen = SegmentSettings(**changes)
    found = delivered_of(capture, indexes, chosen)
    assert _events(found) == [told(capture, index, chosen) for index in indexes]


def _events(delivered: Delivered) -> list[dict[str, Any]]:
    """Return delivered events one by one, as the plain way has them."""
    contexts = chain.from_iterable(repeat(context, count) for context, count in delivered.contexts)
    columns = (
        *(delivered.message_ids, delivered.user_ids, delivered.anonymous_ids),
        *(delivered.received, delivered.sent, delivered.original, delivered.timestamp),
    )
    names = ("message_id", "user_id", "anonymous_id", "received", "sent", "original", "timestamp")
    return [
        {
            **{name: event.get(name) for name in FIELDS},
            "context": context,
            **dict(zip(names, values, strict=True)),
        }
        for event, context, *values in zip(delivered.events, contexts, *columns, strict=True)
    ]


@settings(max_examples=60 * EXAMPLES, deadline=None)
@given(st.lists(EVENTS, min_size=1, max_size=8), st.integers(1, 8))
def test_rows_lie_in_their_tables_in_the_order_of_delivery(events: list[dict[str, Any]], step: int):
    """A track lies in two tables; taken in one or in several parts, tables and rows are the same."""
    whole, parts = Delivered.none(), [Delivered.none() for _ in range(0, len(events), step)]
    for number, event in enumerate(events):
        for one in (whole, parts[number // step]):
            one.add(event, f"m{number}", "ada", None, (number, None, number, number))
    tables: dict[str, list[str]] = {}
    for part in parts:
        for rows in rows_of(part):
            tables.setdefault(rows.table, []).extend(rows.own["id"])
    assert [(rows.table, rows.own["id"]) for rows in rows_of(whole)] == list(tables.items())
    together = Delivered.none()
    for part in parts:
        together.extend(part)
    assert _events(together) == _events(whole)


@settings(max_examples=60 * EXAMPLES, deadline=None)
@given(st.lists(st.lists(st.tuples(CONTEXTS, st.integers(1, 10), OBJECTS | st.none()), max_size=4), max_size=3))
def test_objects_become_the_columns_that_they_become_one_by_one(lots: Any):
    """The same names in the same order, the same values in the same rows."""
    piece, plain, row = Piece("identifies"), Flattened(), 0
    for lot in lots:
        parts = [part for _, count, part in lot for _ in range(count)]
        contexts = [(context, count) for context, count, _ in lot]
        piece.add(Rows("identifies", {"id": [""] * len(parts)}, contexts, parts))
        for context, count, part in lot:
            for _ in range(count):
                for prefix, each in (("context.", context), ("", part)):
                    if isinstance(each, dict):
                        plain.take(row, prefix, each)
                row += 1
    assert [(name, sparse.rows, sparse.values) for name, sparse in piece.names()] == list(plain.names())


@settings(max_examples=100 * EXAMPLES, deadline=None)
@given(st.lists(LEAVES, max_size=5), st.sampled_from(Kind), st.sampled_from([0, 3]))
def test_a_column_is_cast_as_its_values_are(values: list[Any], kind: Kind, width: int):
    """Alone, each becomes what it becomes in company, and what is told of it is the same."""
    chosen = WarehouseSettings(text_width=width)
    for column in (values, [value for value in values if value is None or kind_of(value) is kind]):
        cast, changes = cast_column(column, kind, chosen)
        mixed, told_of = cast_column([*column, "true", 1.5, False], kind, chosen)
        assert cast == mixed[: len(column)]
        assert changes == [each for each in told_of if each.place < len(column)]


ROWS = st.lists(
    st.tuples(
        st.sampled_from(["ada", "grace", None]),
        st.integers(0, 5),
        st.dictionaries(st.sampled_from("xyz"), st.sampled_from([True, False, None])),
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=60 * EXAMPLES, deadline=None)
@given(st.lists(ROWS, max_size=3), st.booleans())
def test_users_are_what_their_rows_say_one_by_one(pieces: Any, null_clears: bool):
    """Whoever is named, whatever is null, and however the times lie."""
    folded = Latest(null_clears=null_clears, by=None)
    for piece in pieces:
        names = dict.fromkeys(name for *_, row in piece for name in row)
        columns = []
        for name in names:
            said = [(place, row[name]) for place, (*_, row) in enumerate(piece) if name in row]
            columns.append(Filled(name, Kind.BOOLEAN, Sparse([p for p, _ in said], [value for _, value in said])))
        folded.fold([key for key, *_ in piece], {"received_at": [at for _, at, _ in piece]}, columns, frozenset())
    received, values = latest([row for piece in pieces for row in piece], null_clears=null_clears)
    keys, heard, columns_taken, _ = folded.take()
    assert dict(zip(keys, heard, strict=True)) == received
    taken = {
        each.name: {key: value for key, value in zip(keys, each.values, strict=True) if value is not None}
        for each in columns_taken
    }
    assert {name: found for name, found in taken.items() if found} == {
        name: told_of
        for name, found in values.items()
        if (told_of := {key: value for key, value in found.items() if value is not None})
    }


OF_KIND: dict[Kind, st.SearchStrategy[Any]] = {
    Kind.BOOLEAN: st.booleans(),
    Kind.INTEGER: st.integers(-(2**63), 2**63 - 1),
    Kind.FLOAT: st.floats(allow_nan=False),
    Kind.TIMESTAMP: st.integers(-(10**15), 4 * 10**15),
    Kind.VARCHAR: st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=5),
}


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[Values], int]:
    """Draw columns of so many rows, full ones and sparse ones, as a load writes them."""
    count = draw(st.integers(1, 12))
    columns = [Values("id", Kind.VARCHAR, draw(st.lists(OF_KIND[Kind.VARCHAR], min_size=count, max_size=count)))]
    for place in range(draw(st.integers(0, 5))):
        kind = draw(st.sampled_from(Kind))
        value = OF_KIND[kind] | st.none()
        if draw(st.booleans()):
            columns.append(Values(f"c{place}", kind, draw(st.lists(value, min_size=count, max_size=count))))
        else:
            rows = sorted(draw(st.sets(st.integers(0, count - 1))))
            columns.append(Values(f"c{place}", kind, [draw(value) for _ in rows], rows))
    return columns, count


def _rows(columns: list[Values], count: int) -> list[tuple[Any, ...]]:
    return list(zip(*(column.dense(count) for column in columns), strict=True))


@pytest.fixture(scope="module")
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        yield connection


@settings(max_examples=40 * EXAMPLES, deadline=None)
@given(table=tables(), most=st.sampled_from([32_000_000, 100]))
def test_duckdb_reads_what_was_written(db: duckdb.DuckDBPyConnection, table: tuple[list[Values], int], most: int):
    """Every value of every row, in one part or in several."""
    columns, count = table
    found: list[tuple[Any, ...]] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("downstream.warehouse.arrow._MOST_BYTES", most)
        patch.setattr("downstream.warehouse.arrow._FEWEST", 2)
        for rows in rows_at_once(columns, count):
            db.register("given", rows)
            found += db.execute("SELECT * FROM given").fetchall()
            db.unregister("given")
    plain = [tuple(_microseconds(value) if isinstance(value, datetime) else value for value in row) for row in found]
    assert plain == _rows(columns, count)


def _microseconds(moment: datetime) -> int:
    return (moment.replace(tzinfo=UTC) - EPOCH) // timedelta(microseconds=1)


@settings(max_examples=60 * EXAMPLES, deadline=None)
@given(tables(), st.sampled_from([1, 3, 1_000_000]), st.sampled_from([1, 7, 1_000_000]))
def test_postgresql_is_told_every_row_once(table: tuple[list[Values], int], worth: int, cells: int):
    """By one COPY or by several, in one piece of bytes or in several."""
    columns, count = table
    found: list[dict[str, Any]] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("downstream.warehouse.copying._WORTH", worth)
        patch.setattr("downstream.warehouse.copying._MOST_CELLS", cells)
        for filled, rows in copies(columns, count):
            found += _read(BEGINNING + b"".join(rows) + END, filled)
    names = [column.name for column in columns]
    assert sorted(repr([row.get(name) for name in names]) for row in found) == sorted(
        repr(list(row)) for row in _rows(columns, count)
    )


_FORMS = {Kind.BOOLEAN: "!?", Kind.INTEGER: "!q", Kind.FLOAT: "!d", Kind.TIMESTAMP: "!q"}


def _read(sent: bytes, columns: list[Values]) -> list[dict[str, Any]]:
    """Read a binary COPY as PostgreSQL documents it."""
    assert sent[:19] == b"PGCOPY\n\xff\r\n\0" + bytes(8)
    place, rows = 19, []
    while (width := struct.unpack_from("!h", sent, place)[0]) >= 0:
        assert width == len(columns)
        place += 2
        row: dict[str, Any] = {}
        for column in columns:
            (size,) = struct.unpack_from("!i", sent, place)
            place += 4
            if size < 0:
                row[column.name] = None
                continue
            value = sent[place : place + size]
            place += size
            row[column.name] = (
                value.decode() if column.kind is Kind.VARCHAR else struct.unpack(_FORMS[column.kind], value)[0]
            )
            if column.kind is Kind.TIMESTAMP:
                row[column.name] += 946_684_800_000_000
        rows.append(row)
    assert place + 2 == len(sent)
    return rows


def test_a_name_is_made_however_its_parts_are_written():
    """JSON may write any letter of `lastName` as an escape."""
    event = rb'{"type": "identify", "userId": "ada", "traits": {"firstName": "Ada", "last\u004eame": "Lovelace"}}'
    data = {"stored": "batch", "write_key": "key", "method": "POST", "path": "/v1/batch", "headers": {}}
    capture = read_capture(Entry(7, 1_700_000_000_000, "request", data, b'{"batch": [%b]}' % event))
    assert capture is not None
    assert delivered_of(capture, [0], SegmentSettings()).events[0]["traits"]["name"] == "Ada Lovelace"


def test_nothing_is_forgotten_when_events_are_put_together():
    """Every column of the events is one that has something to add to."""
    assert all(getattr(Delivered.none(), each.name) == [] for each in fields(Delivered))
