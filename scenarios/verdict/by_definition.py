"""Whom a definition means: an export of a computed cohort is held against the plain evaluator, at its own moment."""

from __future__ import annotations

from collections import defaultdict

from contracts.definitions import Event, members
from contracts.foreign import cut
from mock_amplitude import AmplitudeState
from mock_amplitude.computing import event_of, rules_of
from mock_amplitude.exports import Job
from mock_amplitude.ingest import PLACES
from scenarios.bench import Bench, Check

_NAMED = 3


def as_defined(bench: Bench, cohort_id: str, job: Job, where: str) -> Check | None:
    """Say whether an export has just those whom the cohort's definition means; None for one that has none.

    The events are those that had come when the export was asked for, the moment is that one.
    """
    amplitude = bench.lab.amplitude
    cohorts = amplitude.world.cohorts
    definition = cohorts.definition(cohort_id)
    if definition is None or amplitude.uncomputed(cohorts.by_id[cohort_id]):
        return None
    known = _histories(amplitude, cohorts.by_id[cohort_id].project_id, before=job.entry * PLACES)
    expected = members(
        definition,
        known,
        job.requested_at,
        rules_of(amplitude.settings),
        lambda other: {who for who, _ in cohorts.current(other).rows()} if other in cohorts.by_id else set(),
    )
    exported = {who for who, _ in amplitude.export_of(job).members}
    wrong = [cut(cohorts.directory.user_id(who) or str(who)) for who in sorted(expected ^ exported)[:_NAMED]]
    told = f"{len(expected - exported)} lack, {len(exported - expected)} are too many: {', '.join(wrong)}"
    told = "" if expected == exported else told
    return Check(f"{where} exports whom the definition means", expected == exported, told)


def _histories(amplitude: AmplitudeState, project_id: int, *, before: int) -> dict[int, list[Event]]:
    found: dict[int, list[Event]] = defaultdict(list)
    canonical = amplitude.world.cohorts.directory.canonical
    for each in amplitude.happenings():
        if each.project_id == project_id and each.position < before:
            found[canonical(each.amplitude_id)].append(event_of(each))
    return found
