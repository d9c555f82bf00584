"""The difference between two memberships: in memory, and in files by DuckDB, by the same rules."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syncer.difference import DiffRules, apply, diff
from syncer.snapshots import FileMemberships, Memberships, MemoryMemberships

AWKWARD = ["", "007", "7", "NULL", "null", "NaN", "1e5", " a", "a ", "A", "a", 'q"q', '""', "a,b", "a\nb", "a\r\nb"]
AWKWARD += ["\r", "=1+1", "<b>", "\\N", "'", "李", "é", "e\u0301", "\ufeff", "\x00", "😀", "#x", "true", "-"]
user_ids = st.one_of(st.sampled_from(AWKWARD), st.text(max_size=6))
members = st.lists(user_ids, max_size=12)
orders = st.sampled_from(["enters-first", "leaves-first", "interleaved"])


def export(user_ids: list[str], newline: str = "\n") -> bytes:
    """Write an export as Amplitude does."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator=newline)
    writer.writerow(["amplitude_id", "user_id"])
    writer.writerows([str(1_610_000_000_000 + n), user_id] for n, user_id in enumerate(user_ids))
    return out.getvalue().encode()


@pytest.fixture(params=["memory", "files"])
def memberships(request: pytest.FixtureRequest, tmp_path: Path) -> Memberships:
    return MemoryMemberships() if request.param == "memory" else FileMemberships(tmp_path)


def told(memberships: Memberships, run: int) -> list[tuple[str, bool]]:
    return [change for chunk in memberships.changes(run, 0) for change in chunk]


numbers = iter(range(1, 10**9))


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=members, now=members, order=orders, newline=st.sampled_from(["\n", "\r\n"]))
def test_told_the_difference_segment_knows_the_members(
    memberships: Memberships, before: list[str], now: list[str], order: str, newline: str
) -> None:
    """Applying the changes to the members before gives the members now: every id unchanged, each told once."""
    first, second = next(numbers), next(numbers)
    memberships.receive(first, [export(before, newline)])
    start = memberships.compare(first, "", DiffRules(), previous_members=0, most=0)
    snapshot, known = memberships.settle(first, "", [], name="held")
    memberships.receive(second, [export(now, newline)])
    rules = DiffRules(order=order)

    counts = memberships.compare(second, snapshot, rules, previous_members=known, most=0)

    changes = told(memberships, second)
    assert known == start.identified == len(set(before) - {""})
    assert apply(set(before) - {""}, changes) == set(now) - {""}
    assert changes == diff(set(before) - {""}, set(now) - {""}, rules)
    assert (counts.members, counts.anonymous, counts.identified) == (
        len(now),
        now.count(""),
        len(set(now) - {""}),
    )
    assert counts.entered + counts.left == len(changes)


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=members, now=members, data=st.data())
def test_the_snapshot_is_what_was_acknowledged(
    memberships: Memberships, before: list[str], now: list[str], data: st.DataObject
) -> None:
    """Who was refused stays as before: a refused enter is not in the snapshot, a refused leave still is."""
    first, second = next(numbers), next(numbers)
    memberships.receive(first, [export(before)])
    memberships.compare(first, "", DiffRules(), previous_members=0, most=0)
    snapshot, known = memberships.settle(first, "", [], name="held")
    memberships.receive(second, [export(now)])
    memberships.compare(second, snapshot, DiffRules(), previous_members=known, most=0)
    changes = told(memberships, second)
    refused = data.draw(st.lists(st.sampled_from(changes), unique=True)) if changes else []

    told_snapshot, count = memberships.settle(second, snapshot, refused, name="held")

    everybody = next(numbers)
    memberships.adopt(everybody, [], told_snapshot)
    acknowledged = apply(set(before) - {""}, [change for change in changes if change not in refused])
    assert {user for user, _ in told(memberships, everybody)} == acknowledged
    assert count == len(acknowledged)


def test_additive_tells_no_leave_and_forgets_nobody(memberships: Memberships) -> None:
    """In additive mode leaves are not told, and who was told once is not told again on return."""
    rules = DiffRules(mode="additive")
    snapshot, known = "", 0
    seen = []
    for run, members in enumerate([["a", "b"], ["b", "c"], ["a"]], 1):
        memberships.receive(run, [export(members)])
        counts = memberships.compare(run, snapshot, rules, previous_members=known, most=0)
        seen.append((told(memberships, run), counts.identified, counts.left))
        snapshot, known = memberships.settle(run, snapshot, [], name="held")

    assert seen == [([("a", True), ("b", True)], 2, 0), ([("c", True)], 2, 0), ([], 1, 0)]
    assert known == 3


def test_who_may_or_may_not_have_been_told_is_told_again(memberships: Memberships) -> None:
    """A doubtful user who is a member is told so again, though nothing changed; nobody is told twice."""
    memberships.receive(1, [export(["a", "b"])])
    memberships.compare(1, "", DiffRules(), previous_members=0, most=0)
    snapshot, known = memberships.settle(1, "", [], name="held")
    memberships.receive(2, [export(["a", "c"])])
    rules = DiffRules(retell=frozenset({"a", "b", "x"}))

    counts = memberships.compare(2, snapshot, rules, previous_members=known, most=0)

    assert told(memberships, 2) == [("a", True), ("c", True), ("b", False)]
    assert (counts.entered, counts.left, counts.retold) == (1, 1, 1)


def test_only_so_many_rows_count(memberships: Memberships) -> None:
    """With a limit, the rows after it are left out; all rows are still counted as members."""
    memberships.receive(1, [export(["", "a", "b", "c", "d"])])

    counts = memberships.compare(1, "", DiffRules(), previous_members=0, most=3)

    assert told(memberships, 1) == [("a", True), ("b", True)]
    assert (counts.members, counts.anonymous) == (5, 1)


def test_changes_can_be_read_from_any_position(memberships: Memberships) -> None:
    """Reading from a position on gives what reading from the beginning gives there."""
    memberships.receive(1, [export([f"u{n:03}" for n in range(50)])])
    memberships.compare(1, "", DiffRules(), previous_members=0, most=0)
    whole = told(memberships, 1)

    for start in (0, 1, 49, 50):
        assert [change for chunk in memberships.changes(1, start) for change in chunk] == whole[start:]


def test_what_nobody_needs_is_dropped(memberships: Memberships, tmp_path: Path) -> None:
    """Only the runs in work and the snapshots in use are kept."""
    snapshots = []
    for run in (1, 2, 3):
        memberships.receive(run, [export(["a"])])
        memberships.compare(run, "", DiffRules(), previous_members=0, most=0)
        snapshots.append(memberships.settle(run, "", [], name="held")[0])

    memberships.forget(lambda: ({3}, {snapshots[1]}))

    memberships.adopt(9, [], snapshots[1])
    assert told(memberships, 9) == [("a", False)]
    assert told(memberships, 3) == [("a", True)]
    kept = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert not any(name.startswith("runs/1/") for name in kept)
    assert not kept or {name for name in kept if name.startswith("runs/2/")} == {"runs/2/held.parquet"}
