"""Why a membership changed: the clauses of the definition at that moment, before the change itself."""

from __future__ import annotations

from collections.abc import Iterator

from contracts.definitions import ToldClause
from contracts.foreign import quoted
from mock_amplitude import AmplitudeState
from mock_core.clock import iso
from mock_core.errors import LabError
from mock_core.journal import Entry
from scenarios.recordings.mark import Mark

_EVENTS = 3


def why_in(amplitude: AmplitudeState, cohort_id: str, user_id: str, entry: Entry) -> Iterator[Mark]:
    """Yield a mark for each clause; nothing where the definition is no longer there to be asked."""
    try:
        told = amplitude.explain(cohort_id, user_id, entry.at)
    except LabError:
        return
    for clause in told.clauses:
        yield Mark(entry.at, "amplitude", entry.seq, "clause", _said(clause))


def _said(clause: ToldClause) -> str:
    state = "holds" if clause.holds else "does not hold"
    found = "" if clause.found is None else f", found {clause.found:g}"
    events = [f"{quoted(each.name, 40)} of {iso(each.at)}" for each in (clause.met if clause.holds else ())[-_EVENTS:]]
    near = [f"{quoted(each.name, 40)} of {iso(each.at)}: {each.why}" for each in clause.near[:1]]
    said = "; ".join([*events, *near])
    return f"{'not ' if clause.negated else ''}{clause.words}: {state}{found}{f' ({said})' if said else ''}"
