"""What a fake counted, as Prometheus reads it (text exposition format 0.0.4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from contracts.foreign import lines as lines_of
from mock_core.journal.entries import Journal
from mock_core.journal.folds import TableFold

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n"})


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric with its samples: labels and a value each; `kind` is counter or gauge."""

    name: str
    kind: str
    doc: str
    samples: Iterable[tuple[Mapping[str, str], float]]


def exposition(metrics: Iterable[Metric]) -> bytes:
    """Write metrics as text."""
    lines: list[str] = []
    for metric in metrics:
        lines += [f"# HELP {metric.name} {metric.doc}", f"# TYPE {metric.name} {metric.kind}"]
        for labels, value in metric.samples:
            said = ",".join(f'{name}="{lines_of(text).translate(_ESCAPES)}"' for name, text in labels.items())
            lines.append(f"{metric.name}{{{said}}} {value}" if said else f"{metric.name} {value}")
    return ("\n".join(lines) + "\n").encode()


class CallTally(TableFold):
    """Vendor calls by method, route and status; counted inside SQLite, which reads no bodies for it.

    A path with parts counts as its route, and one without a route as none: paths hold keys, and have no end.
    Like the views, it starts anew when captures are forgotten; Prometheus takes a count that falls for a restart.
    """

    name = "calls"
    schema = """
    CREATE TABLE calls(
        method TEXT, path TEXT, status INTEGER, calls INTEGER NOT NULL,
        PRIMARY KEY (method, path, status)) WITHOUT ROWID, STRICT;
    """
    _COUNT = """
    INSERT INTO calls
        SELECT data ->> '$.method', coalesce(data ->> '$.route', data ->> '$.path'), data ->> '$.status', count(*)
        FROM (SELECT CAST(data AS TEXT) AS data FROM journal WHERE seq > ? AND seq <= ? AND kind = 'request')
        WHERE true GROUP BY 1, 2, 3
    ON CONFLICT DO UPDATE SET calls = calls + excluded.calls
    """
    _FORGOTTEN = """
    SELECT max(seq) FROM journal
        WHERE seq > ? AND seq <= ? AND kind = 'control' AND CAST(data AS TEXT) ->> '$.op' = 'reset.captures'
    """

    def settle(self, until: int | None = None) -> None:
        del until  # counted inside SQLite, all at once
        with self._journal.lock:
            self.begin()
            position, last = self._position, self._journal.last
            if position == last:
                return
            with self._journal.transaction() as db:
                (forgotten,) = db.execute(self._FORGOTTEN, (position, last)).fetchone()
                if forgotten is not None:
                    db.execute("DELETE FROM calls")
                    position = forgotten
                db.execute(self._COUNT, (position, last))
                self.note(db, last)
            self._position = last

    def samples(self) -> list[tuple[Mapping[str, str], float]]:
        """Return the counts with their labels."""
        rows = self.rows("SELECT method, path, status, calls FROM calls")
        return [
            ({"method": method, "path": path, "status": str(status)}, calls) for method, path, status, calls in rows
        ]


def core_metrics(state: Any) -> tuple[Metric, ...]:
    """Return what every fake counts of one workspace."""
    workspace = state.workspace
    journal: Journal = workspace.journal
    with journal.lock:  # two who count at once would count twice
        calls = CallTally(journal).samples()
    faults = [({"id": armed.id, "fault": armed.kind}, armed.struck) for armed in workspace.faults]
    return (
        Metric("lab_journal_entries", "gauge", "Entries in the journal.", [({}, journal.last)]),
        Metric("lab_clock_seconds", "gauge", "The lab's time, since 1970.", [({}, workspace.clock.now())]),
        Metric("lab_calls_total", "counter", "Vendor calls by answered status.", calls),
        Metric("lab_faults_struck_total", "counter", "How often each armed fault struck.", faults),
    )
