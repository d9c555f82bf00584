"""The ledger: what was begun, what Segment acknowledged, and what it refused.

Rules:
- A run is written down before anything is asked or sent, and each settled range of its changes as soon as it is
known.
- The end of a run and what Segment then holds are a single transaction.
- Keys are never in it, only their fingerprints.

A run's phase goes one way:

    exporting -> delivering -> finished
        |            `-> delivering   (stopped or killed: the next run goes on with it)
        |-> failed                    (nothing was sent: the next run starts afresh)
        `-> abandoned                 (killed before anything was sent)
"""

from __future__ import annotations

import dataclasses
from typing import Any, Final

from syncer.disk import Database, insert, update
from syncer.state.records import FailedRow, Holding, Run, Settlement, columns

IN_WORK: Final = "phase IN ('exporting', 'delivering')"
SAME: Final = "cohort_id = ? AND target = ? AND fingerprint = ? AND trait_key = ?"
LOST: Final = "told true by a snapshot that is lost; who of them left since is not known"


class Ledger:
    """Write down and look up what happened, in a state file."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def begin(self, kind: str, cohort_id: str, target: str, fingerprint: str, at: float) -> Run:
        """Write down that a run begins and return it with its number."""
        run = Run(
            id=0,
            kind=kind,
            phase="exporting",
            cohort_id=cohort_id,
            target=target,
            fingerprint=fingerprint,
            started_at=at,
        )
        row = columns(run)
        del row["id"]
        with self._db.writing("begin") as db:
            return dataclasses.replace(run, id=insert(db, "runs", row))

    def note(self, run: Run, **facts: Any) -> Run:
        """Write down new facts about a run and return it with them."""
        with self._db.writing("note") as db:
            update(db, "runs", facts, "id = ?", [run.id])
        return dataclasses.replace(run, **facts)

    def unfinished(self, cohort_id: str, target: str) -> Run | None:
        """Return the run of a sync that has not reached an end."""
        found = self._runs(f"cohort_id = ? AND target = ? AND {IN_WORK}", (cohort_id, target))
        return found[0] if found else None

    def settle(self, run: Run, settlement: Settlement) -> None:
        """Write down what was settled. A power cut may lose it: then it is sent again, with the same messageIds."""
        with self._db.writing("settle", durably=False) as db:
            for first, last in settlement.ranges:
                insert(db, "settlements", {"run": run.id, "first": first, "last": last})
            db.execute(
                "UPDATE runs SET calls = calls + ?, batches = batches + ?, attempts = attempts + ?, "
                "retries = retries + ?, failed = failed + ? WHERE id = ?",
                (
                    settlement.calls,
                    settlement.batches,
                    settlement.attempts,
                    settlement.retries,
                    len(settlement.failed),
                    run.id,
                ),
            )
            for row in settlement.failed:
                named = dataclasses.replace(row, run=run.id, trait_key=run.trait_key)
                insert(
                    db,
                    "failed_rows",
                    {**columns(named), "cohort_id": run.cohort_id, "target": run.target},
                )

    def settled(self, run: Run) -> list[tuple[int, int]]:
        """Return the ranges of positions that are settled."""
        rows = self._db.query("SELECT first, last FROM settlements WHERE run = ? ORDER BY first", (run.id,))
        return [(row["first"], row["last"]) for row in rows]

    def finish(
        self,
        run: Run,
        holding: Holding | None = None,
        *,
        keeps_failed: bool = False,
        moved_from: str = "",
        **facts: Any,
    ) -> Run:
        """End a run, all at once: its facts, what Segment holds after it, and the failed rows it resolved.

        A current holding makes any other of its sync an orphan, except one it `moved_from`: a write key, by its
        fingerprint, that the same source had before. What failed before is resolved unless it `keeps_failed`:
        the run told it, failed on it again, or found it no longer due. A doubt about another trait key remains.
        """
        with self._db.writing("finish") as db:
            if moved_from:
                db.execute(
                    "DELETE FROM holdings WHERE cohort_id = ? AND target = ? AND fingerprint = ? AND trait_key = ?",
                    (run.cohort_id, run.target, moved_from, run.trait_key),
                )
            update(db, "runs", facts, "id = ?", [run.id])
            db.execute("DELETE FROM settlements WHERE run = ?", (run.id,))
            if holding is not None:
                insert(db, "holdings", columns(holding), replace=True)
            if holding is not None and holding.is_current:
                db.execute(
                    "UPDATE holdings SET is_current = 0, baseline = snapshot, baseline_members = members, since = ?, "
                    "reason = CASE fingerprint WHEN ? THEN 'the trait is called ' || ? || ' now' "
                    "ELSE 'the target has another key now' END "
                    "WHERE cohort_id = ? AND target = ? AND is_current AND NOT (fingerprint = ? AND trait_key = ?)",
                    (
                        holding.since,
                        holding.fingerprint,
                        holding.trait_key,
                        holding.cohort_id,
                        holding.target,
                        holding.fingerprint,
                        holding.trait_key,
                    ),
                )
            db.execute("DELETE FROM holdings WHERE NOT is_current AND members = 0")
            # A doubt is not resolved by another refusal.
            db.execute(
                "UPDATE failed_rows SET is_doubtful = 1 WHERE run = ? AND (user_id, trait_key) IN ("
                "SELECT user_id, trait_key FROM failed_rows "
                "WHERE cohort_id = ? AND target = ? AND run < ? AND is_open AND is_doubtful)",
                (run.id, run.cohort_id, run.target, run.id),
            )
            if holding is not None and not keeps_failed:
                update(
                    db,
                    "failed_rows",
                    {"is_open": 0},
                    "cohort_id = ? AND target = ? AND run < ? AND (trait_key = ? OR NOT is_doubtful)",
                    [run.cohort_id, run.target, run.id, run.trait_key],
                )
        return self.run(run.id)

    def orphan(self, cohort_id: str, target: str, reason: str, at: float) -> None:
        """Write down that nothing tells of a sync's trait any more."""
        with self._db.writing("orphan") as db:
            where = "cohort_id = ? AND target = ? AND is_current"
            facts = {"is_current": 0, "reason": reason, "since": at}
            update(db, "holdings", facts, where, [cohort_id, target])
            db.execute("DELETE FROM holdings WHERE NOT is_current AND members = 0")

    def lose(self, holding: Holding, at: float) -> None:
        """Give a holding up whose snapshots cannot be read: of its people nothing is left but their number."""
        kept = ("cohort_id", "target", "fingerprint", "trait_key", "members", "run")
        with self._db.writing("lose") as db:
            if holding.members:
                insert(db, "lost", {**{name: getattr(holding, name) for name in kept}, "since": at}, replace=True)
            db.execute(f"DELETE FROM holdings WHERE {SAME}", _same(holding))  # noqa: S608 - names of our own

    def rest_on(self, holding: Holding, snapshot: str, members: int) -> None:
        """Let a holding rest on one snapshot, of so many members, because the other cannot be read."""
        facts = {"snapshot": snapshot, "members": members, "baseline": snapshot, "baseline_members": members}
        with self._db.writing("rest on") as db:
            update(db, "holdings", facts, SAME, _same(holding))

    def orphans(self) -> list[Holding]:
        """Return what nothing sets to false any more; of whom was lost only the number is known."""
        lost = [
            Holding(**row, snapshot="", baseline="", baseline_members=0, is_current=False, reason=LOST)
            for row in self._db.query("SELECT * FROM lost ORDER BY run")
        ]
        return [*(each for each in self.holdings() if not each.is_current), *lost]

    def accept(self, trait_key: str) -> int:
        """Forget how many were lost under a trait key, because somebody looked after them; return their number."""
        rows = self._db.query("SELECT ifnull(sum(members), 0) AS members FROM lost WHERE trait_key = ?", (trait_key,))
        with self._db.writing("accept") as db:
            db.execute("DELETE FROM lost WHERE trait_key = ?", (trait_key,))
        members: int = rows[0]["members"]
        return members

    def current(self, cohort_id: str, target: str) -> Holding | None:
        """Return what a sync's target holds under the present trait key and write key."""
        found = self._holdings("cohort_id = ? AND target = ? AND is_current", (cohort_id, target))
        return found[0] if found else None

    def holding(self, cohort_id: str, target: str, fingerprint: str, trait_key: str) -> Holding | None:
        """Return what a target holds under one trait key and write key, current or not."""
        found = self._holdings(SAME, (cohort_id, target, fingerprint, trait_key))
        return found[0] if found else None

    def holdings(self) -> list[Holding]:
        """Return everything that targets hold."""
        return self._holdings("true", ())

    def failed_rows(self, cohort_id: str, target: str, *, run: int | None = None) -> list[FailedRow]:
        """Return the open failed rows of a sync, or all those of one run."""
        names = ", ".join(each.name for each in dataclasses.fields(FailedRow))
        rows = self._db.query(
            f"SELECT {names} FROM failed_rows WHERE cohort_id = ? AND target = ? AND "  # noqa: S608 - names of our own
            f"{'is_open' if run is None else 'run = ?'} ORDER BY run, position",
            (cohort_id, target) if run is None else (cohort_id, target, run),
        )
        flags = ("value", "is_doubtful", "is_open")
        return [FailedRow(**{**row, **{flag: bool(row[flag]) for flag in flags}}) for row in rows]

    def run(self, number: int) -> Run:
        """Return one run."""
        return self._runs("id = ?", (number,))[0]

    def runs(self, cohort_id: str | None = None, target: str | None = None) -> list[Run]:
        """Return the history, newest first: of everything, of a cohort, or of a cohort and target."""
        return self._runs("cohort_id = ifnull(?, cohort_id) AND target = ifnull(?, target)", (cohort_id, target))

    def last_begun(self, cohort_id: str, target: str) -> float | None:
        """Return when a sync was begun last."""
        rows = self._db.query(
            "SELECT max(started_at) AS at FROM runs WHERE cohort_id = ? AND target = ? AND kind IN ('sync', 'clear')",
            (cohort_id, target),
        )
        begun: float | None = rows[0]["at"]
        return begun

    def snapshots_in_use(self) -> set[str]:
        """Return the snapshots that something still refers to."""
        rows = self._db.query(
            "SELECT snapshot AS name FROM holdings UNION SELECT baseline FROM holdings "
            "UNION SELECT previous FROM runs WHERE phase = 'delivering' "
            "UNION SELECT held FROM runs WHERE phase = 'delivering'"
        )
        return {row["name"] for row in rows}

    def runs_in_work(self) -> set[int]:
        """Return the numbers of the runs that have not reached an end."""
        return {row["id"] for row in self._db.query(f"SELECT id FROM runs WHERE {IN_WORK}")}  # noqa: S608 - as above

    def _runs(self, where: str, values: tuple[object, ...]) -> list[Run]:
        rows = self._db.query(f"SELECT * FROM runs WHERE {where} ORDER BY id DESC", values)  # noqa: S608 - as above
        return [Run(**row) for row in rows]

    def _holdings(self, where: str, values: tuple[object, ...]) -> list[Holding]:
        rows = self._db.query(f"SELECT * FROM holdings WHERE {where} ORDER BY run", values)  # noqa: S608 - as above
        return [Holding(**{**row, "is_current": bool(row["is_current"])}) for row in rows]


def _same(holding: Holding) -> list[object]:
    return [holding.cohort_id, holding.target, holding.fingerprint, holding.trait_key]
