"""Causes: why one trait of one user is not what it must be. Each is one small function; the first that fits is told."""

from __future__ import annotations

from collections.abc import Callable

from contracts.foreign import NAME_COLUMNS, quoted
from contracts.near import near_misses
from contracts.trait_key import TRAIT_KEY_STYLES
from mock_core.clock import iso
from mock_segment.delivery import in_words, is_in_vain, slips, traits_meant
from scenarios.flow import flow, json_of
from scenarios.oracle import Difference
from scenarios.verdict.evidence import Evidence
from scenarios.verdict.libraries import gives_up, library_of
from scenarios.verdict.likeness import alike, how_changed, shown_id


def _wrong_type(evidence: Evidence, difference: Difference) -> str:
    if difference.found is None or isinstance(difference.found, bool) or difference.trait not in evidence.traits():
        return ""
    return f"the value is {json_of(difference.found)}, not a JSON boolean: send true or false without quotes."


def _stranger(evidence: Evidence, difference: Difference) -> str:
    """Look for somebody who was told and is nobody: a changed id, an anonymous member, another cohort's key."""
    if difference.expected is not None or difference.found is None:
        return ""
    twin = alike(difference.user_id, evidence.members)
    if twin is not None and difference.user_id not in evidence.members:
        nobody = f"nobody is called {shown_id(difference.user_id)}; the member is {shown_id(twin)}"
        return f"{nobody}: the id was changed on its way."
    known = evidence.traits()
    if difference.trait not in known:
        meant = evidence.meant(difference.trait)
        if meant is None:
            return f"{_name(difference.trait)} is the trait of no cohort: nothing but the membership is to be sent."
        spelt = f"the trait is called {_name(difference.trait)}, expected {_name(meant)}"
        return f"{spelt} (name and id, in the configured spelling).{_other_style(evidence, difference.trait)}"
    if difference.user_id not in evidence.members:
        return f"{_name(difference.user_id)} is no member and never was told true before: nothing must be sent."
    return "it was told under a write key, or of a cohort, that it is no member of."


def _changed_id(evidence: Evidence, difference: Difference) -> str:
    if difference.found is not None or evidence.sent(difference):
        return ""
    others = {user_id for user_id in evidence.by_user if user_id not in evidence.members}
    # Without a stranger that it resembles, it may have been changed into the id of another member.
    twin = alike(difference.user_id, others) or evidence.twin_of(difference.user_id)
    if twin is None:
        return ""
    if twin in evidence.members:
        heard = (
            f"Segment heard of {shown_id(twin)} only, who is a member, too, and not of {shown_id(difference.user_id)}"
        )
        return f"{heard}: the id was changed on its way, or taken for that one (case, blanks, accents, zeros)."
    return f"Segment heard of {shown_id(twin)} instead: the id was changed on its way."


def _wrong_key(evidence: Evidence, difference: Difference) -> str:
    if difference.found is not None or evidence.sent(difference):
        return ""
    sent = evidence.by_user.get(difference.user_id, ())
    traits = {name for _, _, event in sent for name in traits_meant(event)} - evidence.traits()
    likely = sorted(traits, key=lambda trait: (evidence.meant(trait) != difference.trait, trait))
    if not likely:
        return ""
    other = likely[0]
    return f"it was told under another trait, {_name(other)}.{_other_style(evidence, other)}"


def _other_style(evidence: Evidence, trait: str) -> str:
    """Say by which option a trait would be right that is spelt in another of the published styles."""
    bench = evidence.bench
    for style, template in TRAIT_KEY_STYLES.items():
        for short in bench.scenario.cohorts:
            if trait == template.format(name=bench.names[short], id=bench.cohort_id(short)):
                return (
                    f" It is spelt in the style {style!r}: if that is what is to be written, add --trait-key {style}."
                )
    return ""


def _elsewhere(evidence: Evidence, difference: Difference) -> str:
    if not difference.target or evidence.sent(difference) or not evidence.sent_anywhere(difference):
        return ""
    return (
        f"it was told at another target and never at {difference.target!r}: what was told is to be remembered for each "
        "write key."
    )


def _discarded(evidence: Evidence, difference: Difference) -> str:
    sent = evidence.sent(difference)
    if not sent:
        return ""
    attempt, index, event = sent[-1]
    became = evidence.verdict(attempt, index)
    if became.startswith("discarded"):
        many = f"; the upload held {len(attempt.events)} events" if len(attempt.events) > 2500 else ""
        if not slips(event):
            guess = "; that code rests on an inferred fact" if became.endswith("bad_request") else ""
            return f"its last upload was answered {attempt.status} and the event {became}{many}{guess}."
    if became.startswith("discarded") or (became == "delivered" and is_in_vain(event)):
        verdict, _, code = became.partition(" ")
        kind = (verdict, code, slips(event))
        return f"{in_words(max(1, evidence.in_vain[kind]), *kind)}: {' '.join(map(str, near_misses(event)))}"
    if became == "duplicate":
        return (
            f"its last event carried messageId {flow(event.get('messageId'))}, which an earlier event had: Segment "
            "took it for a repetition and dropped it. Make the id new for each change, the same for each attempt."
        )
    return ""


def _given_up(evidence: Evidence, difference: Difference) -> str:
    """Look for an event that was refused and never sent again, and for what the sync said of it."""
    sent = evidence.sent(difference)
    if not sent or evidence.verdict(*sent[-1][:2]) != "not stored":
        return ""
    attempt, _, event = sent[-1]
    told = "the connection was lost" if attempt.status == 0 else f"it was answered {attempt.status}"
    told += f" ({attempt.refused.removesuffix('.')})" if attempt.is_misdirected else ""
    library = gives_up(event)
    client = f" ({library})" if library else ""
    again = f"{told} and the event was never sent again{evidence.struck(attempt)}{client}"
    if not evidence.claimed_success(attempt):
        return f"{again}: it was given up, and the sync went on as if it had arrived."
    lost = evidence.lost_with(attempt)
    many = "1 event is lost" if lost == 1 else f"{lost} events are lost"
    silent = f"the sync said that it succeeded: {many}, and nobody was told"
    return f"{again}, yet {silent}. A flush that returns is no delivery."


def _overtaken(evidence: Evidence, difference: Difference) -> str:
    values = [
        traits_meant(event)[difference.trait]
        for attempt, index, event in evidence.sent_now(difference)
        if evidence.verdict(attempt, index) == "delivered"
    ]
    if len(values) < 2 or values[-1] is difference.expected or difference.expected not in values:
        return ""
    told = "the right value was delivered and then overwritten by an older one"
    late = evidence.came_late(difference)
    if late is None:
        return f"{told}: mind the order of what is sent."
    name, version = library_of(late.raw)
    client = f" (context.library is {name} {version})" if name else ""
    overtook = "batches that are on their way at once overtake one another, above all when one is sent again"
    # Which of two values a profile keeps is published nowhere: the setting profile_order (segment facts 2.5).
    overtook += " (that the later arrival counts rests on an inferred fact)"
    return f"{told}, dated {iso(late.dated)}, that arrived after it{client}: {overtook}. Wait for one before the next."


def _in_vain(evidence: Evidence, difference: Difference) -> str:
    """Look for events that came and told Segment nothing, whoever they were about: they were sent."""
    if evidence.sent(difference) or difference.expected is None:
        return ""
    found = [in_words(number, *kind) for kind, number in evidence.in_vain.items() if evidence.unnamed]
    return f"{'; '.join(found)}." if found else ""


def _untold(evidence: Evidence, difference: Difference) -> str:
    """Look for what was not sent, and say what the sync that went wrong did instead."""
    wanted = difference.expected
    if wanted is None:
        return ""
    ever = [traits_meant(event)[difference.trait] for _, _, event in evidence.sent(difference)]
    now = [traits_meant(event)[difference.trait] for _, _, event in evidence.sent_now(difference)]
    stands, value = ("is a member", "true") if wanted else ("left", "false")
    if now and not isinstance(now[-1], bool):
        return f"what was sent of it is {json_of(now[-1])}, not true or false."
    if now and now[-1] is not wanted:
        why = "the wrong way round, by an old export, or for want of one"
        return f"it {stands}, and {str(now[-1]).lower()} was sent: {why}."
    if any(not traits_meant(event) for _, _, event in evidence.by_user.get(difference.user_id, ())):
        return f"it {stands}, and what was sent of it holds no traits."
    if evidence.is_gone(difference.trait):
        return "its cohort is there no more: a sync must say that it failed, or tell everybody false."
    if not evidence.asked_for_an_export():
        sent = "sent again" if wanted in ever else "ever sent"
        nor = "" if evidence.made_a_call() else ", nor was any other call made"
        return f"it {stands}, and no {value} was {sent}: no export was asked for{nor}."
    if wanted in ever:
        return f"it {stands} again, and no {value} was sent since: who was told so once was taken for told."
    if wanted:
        return "it is a member, and no true was ever sent: its row was not read, or it was taken for told already."
    return "it left, and no false was ever sent: leaves are forgotten, or the snapshot it was in was lost."


CAUSES: tuple[Callable[[Evidence, Difference], str], ...] = (
    _wrong_type,
    _stranger,
    _changed_id,
    _wrong_key,
    _elsewhere,
    _discarded,
    _given_up,
    _overtaken,
    _in_vain,
    _untold,
)


def cause_of(evidence: Evidence, difference: Difference) -> tuple[str, str]:
    """Return the kind of cause, by which like failures are counted together, and the cause in words."""
    for look in CAUSES:
        found = look(evidence, difference)
        if found:
            return _KINDS[look.__name__](evidence, difference), found
    found, wanted = (
        "nothing" if value is None else json_of(value) for value in (difference.found, difference.expected)
    )
    return OTHER, f"Segment was told {found} of it last, and by the memberships that must be {wanted}."


def _changed(evidence: Evidence, difference: Difference) -> str:
    """Name what was done to an id, whichever of the two ids the difference is about."""
    other = evidence.resembled(difference.user_id)
    if other is None:
        return "users are told who are nobody"
    original, became = (difference.user_id, other) if difference.expected is not None else (other, difference.user_id)
    return f"ids are {how_changed(original, became)}"


def _strangers(evidence: Evidence, difference: Difference) -> str:
    is_known = difference.user_id in evidence.members
    return _named(evidence, difference) if is_known else _changed(evidence, difference)


def _named(evidence: Evidence, difference: Difference) -> str:
    known = difference.trait in evidence.traits() and difference.expected is None
    return "users are told who are no members" if known else "traits are called otherwise"


def _always(kind: str) -> Callable[[Evidence, Difference], str]:
    return lambda _evidence, _difference: kind


OTHER = "profiles are not what they must be"
_KINDS: dict[str, Callable[[Evidence, Difference], str]] = {
    "_wrong_type": _always("values are no JSON booleans"),
    "_stranger": _strangers,
    "_changed_id": _changed,
    "_wrong_key": _named,
    "_elsewhere": _always("what was told is not remembered for each target"),
    "_discarded": _always("events are discarded"),
    "_given_up": lambda evidence, difference: (
        "a sync says that it succeeded, and its events are lost"
        if evidence.claimed_success(evidence.sent(difference)[-1][0])
        else "events are given up"
    ),
    "_in_vain": _always("events came and told nothing"),
    "_overtaken": _always("an older value overtakes a newer one"),
    "_untold": lambda _evidence, difference: (
        "leaves are not told" if difference.expected is False else "enters are not told"
    ),
}


def _name(text: str) -> str:
    return quoted(text, 2 * NAME_COLUMNS)
