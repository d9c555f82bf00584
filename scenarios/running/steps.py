"""Steps: what each verb of a scenario does to the bench."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from mock_core.errors import LabError
from mock_core.journal import Entry
from scenarios.bench import Bench, Check, FormerKey, StepTaken, SyncEnded, SyncStarted, Trouble
from scenarios.errors import BadScenario, SubjectFailed, SubjectOverstayed
from scenarios.files import Step, seconds
from scenarios.flow import flow
from scenarios.running.crowd import let_in
from scenarios.running.people import does, upload
from scenarios.running.setting_up import FAKES, arm_fault, import_export
from scenarios.subjects import KillPoint, SyncOrder, SyncResult
from scenarios.verdict import as_defined, judge, waited

_YEAR_9999 = 253_402_300_799
MOST_REFUSED = 3  # calls that are told when a sync failed
_LATELY = 5.0  # seconds since the last call of a program that is still at it
_LONGEST_CHURN = 10 * 366 * 86_400.0  # seconds: every hour of them is a change of its own


def take(bench: Bench, step: Step) -> None:
    """Take one step and note it in the timeline; raise `SubjectOverstayed` when that ends the scenario."""
    words = in_words(step)
    moment = bench.moment
    bench.timeline.append(StepTaken(**moment, number=step.number, verb=step.verb, words=words, line=step.place.line))
    try:
        _STEPS[step.verb](bench, step)
    except LabError as error:
        raise BadScenario(step.place, str(error)) from error
    except SubjectOverstayed:
        bench.noted(step, words)
        raise
    bench.noted(step, words)


def in_words(step: Step) -> str:
    """Say a step the way its author wrote it, on one line."""
    data = step.data
    return f"{step.verb} {flow(data)}"


def _sync(bench: Bench, step: Step) -> None:
    data = step.data if isinstance(step.data, Mapping) else {}
    short, target = step.cohort, data.get("target", next(iter(bench.scenario.targets)))
    cohort_id, trait, key = bench.cohort_id(short), bench.trait(short), bench.keys[target]
    kill = data.get("killed")
    order = SyncOrder(cohort_id, bench.state_dir, key, target, None if kill is None else KillPoint(**kill))
    before = bench.moment
    bench.timeline.append(SyncStarted(**before, step=step.number, cohort=short, cohort_id=cohort_id, target=target))
    overstayed = None
    try:
        result = bench.subject.sync(order)
    except SubjectFailed as error:
        overstayed = error if isinstance(error, SubjectOverstayed) else None
        reason = f"{error}{_last_seen(bench, before) if overstayed else ''}"
        result = SyncResult(cohort_id, succeeded=False, reason=reason, output=error.output)
    result = replace(result, calls=sum(1 for _ in _calls_since(bench, before)))
    if not (result.succeeded or result.calls or result.was_killed or overstayed):
        result = replace(result, reason=f"{result.reason or 'it said that it failed'} before its first call")
    bench.syncs.append(result)
    if kill is not None and not result.was_killed:
        bench.kills_missed.append(f"step {step.number}, {in_words(step)}")
    ended = {"cohort": short, "cohort_id": cohort_id, "target": target, "step": step.number}
    bench.timeline.append(SyncEnded(**bench.moment, **ended, succeeded=result.succeeded, reason=result.reason))
    members = _members_seen(bench, cohort_id, before["amplitude"], f"step {step.number}: sync {short}")
    oracle = bench.oracle(key)
    if result.succeeded:
        oracle.synced(cohort_id, trait, members)
    else:
        oracle.attempted(trait, members, cohort_id)
    _judge_sync(bench, step, result, before)
    if overstayed is not None and kill is None and data.get("fails", False) is False:
        raise overstayed  # the scenario is lost, and every further sync would take as long


def _last_seen(bench: Bench, before: Mapping[str, Any]) -> str:
    """Say what a program was at when its time was over: one that still makes calls is slow, and nothing worse."""
    calls = [entry.at / 1000 for entry in _calls_since(bench, before)]
    if not calls:
        return " It had made no call."
    ago = bench.lab.clock.now() - max(calls)
    more = " Give it more time with --timeout, or the machine to itself with --jobs 1." if ago < _LATELY else ""
    made = "1 call" if len(calls) == 1 else f"{len(calls)} calls, the last one"
    return f" It had made {made} {ago:.0f} s before.{more}"


def _refused(bench: Bench, before: Mapping[str, Any]) -> list[str]:
    """Say which calls of a sync were refused last, and in which words: the program may keep that to itself."""
    told: dict[str, None] = {}
    for entry in _calls_since(bench, before):
        data = entry.data
        if data["status"] >= 400 or data.get("reset"):
            answer = "with a lost connection" if data.get("reset") else str(data["status"])
            why = f", {data['refused']['message']}" if "refused" in data else ""
            told[f"{data['method']} {data['path']} was answered {answer}{why}"] = None
    return list(told)[-MOST_REFUSED:]


def _calls_since(bench: Bench, before: Mapping[str, Any]) -> Iterator[Entry]:
    """Yield the calls to Amplitude since a moment, then those to Segment."""
    for fake in ("amplitude", "segment"):
        yield from getattr(bench.lab, fake).workspace.journal.walk(before[fake], kind="request")


def _judge_sync(bench: Bench, step: Step, result: SyncResult, before: Mapping[str, Any]) -> None:
    where = f"step {step.number}: sync {step.cohort}"
    data = step.data if isinstance(step.data, Mapping) else {}
    bench.check(waited(bench, before["segment"], where))
    if "within" in data:
        took = bench.lab.clock.now() - before["at"]
        said = f"it took {took:.0f} s{f': {result.reason}' if result.reason else ''}"
        bench.check(Check(f"{where} ends within {data['within']}", took <= seconds(data["within"]), said))
    if "killed" in data:
        return
    fails = data.get("fails", False)
    if fails is True:
        said = "it said that it succeeded"
        bench.check(Check(f"{where} says that it failed", not result.succeeded, said))
    elif fails is False:
        refused = [] if result.succeeded else _refused(bench, before)
        said = "; ".join([result.reason or "it said that it failed", *refused])
        bench.check(Check(f"{where} succeeds", result.succeeded, "" if result.succeeded else said))
    if result.succeeded and fails is not True and data.get("converges", True):
        for check in judge(bench, {"converged": True}, f"after {where}"):
            bench.check(check)


def _members_seen(bench: Bench, cohort_id: str, after: int, where: str) -> list[str | None]:
    """Return the members that a sync could know of: those of the last export it asked for, else those of now."""
    amplitude = bench.lab.amplitude
    asked = [job for job in amplitude.jobs() if job.cohort_id == cohort_id and job.entry > after]
    landed = [job for job in asked if job.outcome == "lands"]
    if not landed:
        return bench.members(cohort_id)
    for check in filter(None, (as_defined(bench, cohort_id, job, where) for job in landed)):
        bench.check(check)
    return [member.user_id for member in amplitude.export_of(landed[-1]).members]


def _change(bench: Bench, step: Step) -> None:
    cohort_id = bench.cohort_id(step.cohort)
    users = step.data.get("users", [])
    anonymous, people = step.data.get("anonymous", 0), step.data.get("people", 0)
    amplitude = bench.lab.amplitude
    if step.verb == "enter":
        if users or anonymous:
            amplitude.enter(cohort_id, [*users, *[None] * anonymous])
        if people:
            let_in(bench.lab, cohort_id, people, bench.scenario.ids)
        return
    if anonymous:
        raise BadScenario(step.place, "anonymous members have no name to leave by; use import to replace them.")
    members = list(amplitude.membership(cohort_id))
    known = {member.user_id for member in members}
    stranger = next((user_id for user_id in users if user_id not in known), None)
    if stranger is not None:
        raise BadScenario(step.place, f"{stranger!r} cannot leave {step.cohort!r}: not a member at this step.")
    chosen = [member.amplitude_id for member in members if member.user_id and member.user_id not in users][:people]
    if len(chosen) < people:
        raise BadScenario(step.place, f"{people} people cannot leave {step.cohort!r}: it has {len(chosen)} to choose.")
    amplitude.leave(cohort_id, users, amplitude_ids=chosen)


def _import_step(bench: Bench, step: Step) -> None:
    import_export(bench.lab, bench.cohort_id(step.cohort), bench.scenario.folder / step.data["export"], step.place)


def _upload(bench: Bench, step: Step) -> None:
    """Replace the members of an uploaded list (amplitude facts 1.2 F)."""
    bench.lab.amplitude.set_members(bench.cohort_id(step.cohort), step.data["users"])


def _rename(bench: Bench, step: Step) -> None:
    bench.former.append(FormerKey(step.cohort, bench.trait(step.cohort), step.number))
    bench.lab.amplitude.rename(bench.cohort_id(step.cohort), step.data["to"])
    bench.names[step.cohort] = step.data["to"]


def _life(bench: Bench, step: Step) -> None:
    """Archive, unarchive, publish, unpublish, recompute or delete: the Amplitude fake's own words."""
    getattr(bench.lab.amplitude, step.verb)(bench.cohort_id(step.cohort))


def _churn(bench: Bench, step: Step) -> None:
    shares = {name: share for name, share in step.data.items() if name != "cohort"}
    bench.lab.amplitude.churn(bench.cohort_id(step.cohort), **shares)


def _merge(bench: Bench, step: Step) -> None:
    """Let an anonymous member turn out to be somebody (amplitude facts 5.6, 3.5)."""
    members = bench.lab.amplitude.membership(bench.cohort_id(step.cohort))
    anonymous = next((member.amplitude_id for member in members if not member.user_id), None)
    if anonymous is None:
        raise BadScenario(step.place, f"{step.cohort!r} has no anonymous member who could be {step.data['user']!r}.")
    bench.lab.amplitude.identify(anonymous, step.data["user"])


def _forget(bench: Bench, step: Step) -> None:
    user_id = step.data["user"]
    members = bench.lab.amplitude.membership(bench.cohort_id(step.cohort))
    known = next((member.amplitude_id for member in members if member.user_id == user_id), None)
    if known is None:
        raise BadScenario(step.place, f"{user_id!r} cannot be forgotten: no member of {step.cohort!r} at this step.")
    bench.lab.amplitude.forget(known)
    for oracle in bench.oracles.values():
        oracle.forgot(user_id)


def _restart(bench: Bench, step: Step) -> None:
    del step
    bench.subject.restart()


def _swap(bench: Bench, step: Step) -> None:
    target, key = step.data["target"], step.data["key"]
    bench.keys[target] = key
    bench.lab.segment.put_source(key, name=target)


def _clear(bench: Bench, step: Step) -> None:
    bench.keys[step.data] = ""


def _fault(bench: Bench, step: Step) -> None:
    on, armed = arm_fault(bench.lab, step)
    spec = {name: value for name, value in step.data.items() if name not in {"on", "as"}}
    meaning = (type(armed.fault).__doc__ or "").partition("\n")[0]
    bench.troubles[on, armed.id] = Trouble(step.number, on, spec, meaning)
    if "as" in step.data:
        bench.named_faults[step.data["as"]] = (on, armed.id)


def _lift(bench: Bench, step: Step) -> None:
    if step.data in FAKES:
        getattr(bench.lab, step.data).workspace.lift()
        return
    if step.data in bench.scenario.destinations:
        for fault in bench.lab.destinations.faults():
            if fault["on"] == step.data:
                bench.lab.destinations.lift(fault["id"])
        return
    if step.data not in bench.named_faults:
        raise BadScenario(step.place, f"no fault was armed as {step.data!r} before this step.")
    on, fault_id = bench.named_faults.pop(step.data)
    if on in FAKES:
        getattr(bench.lab, on).workspace.lift(fault_id)
    else:
        bench.lab.destinations.lift(fault_id)


def _switch(bench: Bench, step: Step) -> None:
    """Switch a destination or a source on or off."""
    is_on = step.verb == "enable"
    if step.data in bench.scenario.destinations:
        bench.lab.destinations.put(step.data, enabled=is_on)
    else:
        bench.lab.segment.put_source(bench.keys[step.data], enabled=is_on)


def _advance(bench: Bench, step: Step) -> None:
    ahead = seconds(step.data)
    if bench.lab.clock.now() + ahead > _YEAR_9999:
        raise BadScenario(step.place, f"{step.data} from here is beyond the year 9999.")
    if ahead > _LONGEST_CHURN and bench.lab.amplitude.world.cohorts.hours_due():
        told = f"{step.data} is more than ten years of hours for a cohort that churns; stop it before, or advance less."
        raise BadScenario(step.place, told)
    bench.lab.clock.advance(ahead)


def _define(bench: Bench, step: Step) -> None:
    """Edit the definition of a cohort, as somebody does on its page."""
    bench.lab.amplitude.edit(bench.cohort_id(step.cohort), definition=step.data["definition"])


def _expect(bench: Bench, step: Step) -> None:
    for check in judge(bench, step.data, f"step {step.number}"):
        bench.check(check)


_STEPS: dict[str, Callable[[Bench, Step], Any]] = {
    "sync": _sync,
    "advance": _advance,
    "enter": _change,
    "leave": _change,
    "import": _import_step,
    "upload": _upload,
    "rename": _rename,
    "archive": _life,
    "unarchive": _life,
    "publish": _life,
    "unpublish": _life,
    "recompute": _life,
    "delete": _life,
    "churn": _churn,
    "merge": _merge,
    "forget": _forget,
    "restart": _restart,
    "swap": _swap,
    "clear": _clear,
    "fault": _fault,
    "lift": _lift,
    "enable": _switch,
    "disable": _switch,
    "identify": does,
    "track": does,
    "define": _define,
    "events": upload,
    "expect": _expect,
}
