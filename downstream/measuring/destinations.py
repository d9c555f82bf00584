"""A destination, measured: events through its own code, and what of the cohort's trait is in the calls it makes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from downstream.destination import Sent
from downstream.measuring.events import EXTRAS, USER, UUID, UUID_USER, identify
from downstream.measuring.landings import Carried, carried, document_of, landing
from downstream.measuring.steady import alike, steady
from downstream.node import DestinationsError, NodeDestination, NodeProcess, added, automatic, dummy_value, plausible
from downstream.table import PLACEHOLDER, Refusal, Row, paths_of

_FULL: Final = tuple(EXTRAS)
_LEAVE_OUT: Final = (*reversed(_FULL[1:]), "email")
"""What is tried without, in this order: what is left last is told first, and people have an email more often."""
_OF_AUDIENCES: Final = re.compile("audience|computation", re.IGNORECASE)
_WORDS: Final = 400


@dataclass(frozen=True, slots=True)
class _Tried:
    """One subscription with the least it takes to get somewhere; the lower the rank, the further it got."""

    rank: int
    needs: tuple[str, ...] = ()
    fill: Mapping[str, str] = field(default_factory=dict)
    destination: NodeDestination | None = None


class _Subscription:
    """A subscription of a destination, and what becomes of events that it gets."""

    def __init__(self, process: NodeProcess, slug: str, definition: Mapping[str, Any], chosen: dict[str, Any]) -> None:
        self.action: str = chosen["partnerAction"]
        self.chosen = chosen
        self.destination = NodeDestination(process, slug, subscriptions=[chosen])
        known = definition["actions"][self.action]
        self._fields: Mapping[str, Any] = known["fields"]
        self.batch = _batch(known)
        self.missing = [
            name
            for name, each in self._fields.items()
            if each["required"] and each["default"] is None and name not in chosen["mapping"]
        ]
        self._process, self._slug = process, slug
        states = (("plain", ()), ("email", ("email",)), ("full", _FULL))
        results = sent_with(self.destination, [needs for _, needs in states])
        self.results: dict[str, Sent] = dict(zip((name for name, _ in states), results, strict=True))

    def best(self) -> _Tried:
        """Return what gets the trait furthest: with nothing else, an email, more, fields filled in by hand."""
        filled, fill = self._filled()
        ways = [(self.destination, {}), *([(filled, fill)] if filled else [])]
        for base, reaches in ((0, _carries), (10, _is_taken), (20, _calls)):
            for step, (destination, fields) in enumerate(ways):
                for needs in ((), ("email",), _FULL, (*_FULL, UUID_USER)):
                    if reaches(sent_with(destination, [needs])[0]):
                        return _Tried(
                            base + 3 * step + min(len(needs), 2),
                            _least(destination, needs, reaches),
                            fields,
                            destination,
                        )
        return _Tried(30, destination=self.destination)

    def _filled(self) -> tuple[NodeDestination | None, dict[str, str]]:
        """Return the destination with what a person has to fill in, and what these fields are."""
        if not self.missing:
            return None, {}
        values = {name: dummy_value(name, self._fields[name]) for name in self.missing}
        chosen = {**self.chosen, "mapping": {**self.chosen["mapping"], **values}}
        destination = NodeDestination(self._process, self._slug, subscriptions=[chosen])
        return destination, {name: str(self._fields[name]["label"]) for name in self.missing}


def measured_row(process: NodeProcess, slug: str) -> Row:
    """Return the row of a destination; raises `DestinationsError` where its code cannot be loaded."""
    definition = process.describe(slug)
    name = str(definition["name"])
    presets = [
        each for each in automatic(definition) if process.meets(each["subscribe"], identify(PLACEHOLDER, value=True))
    ]
    with_code = [each for each in presets if each["partnerAction"] in definition["actions"]]
    by = "preset" if with_code else "added"
    chosen = with_code or [
        added(definition, action)
        for action, known in definition["actions"].items()
        if known["subscribe"] and process.meets(known["subscribe"], identify(PLACEHOLDER, value=True))
    ]
    if not chosen:
        return Row(slug, name, "absent" if presets else "none", tuple(each["partnerAction"] for each in presets))
    subscriptions = [_Subscription(process, slug, definition, each) for each in chosen]
    tried = [each.best() for each in subscriptions]
    place = min(range(len(tried)), key=lambda each: tried[each].rank)
    row = _row(Row(slug, name, by), subscriptions, subscriptions[place], tried[place])
    for destination in (*(each.destination for each in subscriptions), *(each.destination for each in tried)):
        if destination is not None:
            destination.close()
    return row


def measured_table(process: NodeProcess, slugs: Iterable[str] | None = None) -> Iterator[Row]:
    """Yield the rows of destinations: of those named, or of all in the package that can be loaded."""
    for slug in process.slugs()["folders"] if slugs is None else slugs:
        try:
            yield measured_row(process, slug)
        except DestinationsError:
            if slugs is not None:
                raise


def prepared(process: NodeProcess, row: Row) -> NodeDestination:
    """Return a destination as a row's request was measured: its one subscription, with fields filled in."""
    definition = process.describe(row.slug)
    known = definition["actions"][row.action]
    presets = [each for each in automatic(definition) if each["partnerAction"] == row.action]
    chosen = presets[0] if row.by == "preset" else added(definition, row.action)
    filled = {name: dummy_value(name, known["fields"][name]) for name in row.fill}
    subscription = {**chosen, "subscribe": row.subscribe, "mapping": {**chosen["mapping"], **filled}}
    return NodeDestination(process, row.slug, subscriptions=[subscription])


def sent_with(
    destination: NodeDestination, extras: Sequence[Iterable[str]], trait: str = PLACEHOLDER, *, value: Any = True
) -> list[Sent]:
    """Send one event for each set of extras."""
    return destination.send_many([identify(trait, value, each) for each in extras], plausible)


def _row(plain_row: Row, all_of_it: Sequence[_Subscription], best: _Subscription, tried: _Tried) -> Row:
    """Return the row of a destination whose subscriptions were tried, the best of them as told."""
    assert tried.destination is not None
    here, again = (carried(each) for each in sent_with(tried.destination, [tried.needs] * 2))
    plain = best.results["plain"]
    failure = plain.failure
    reaches = [any(_carries(each.results[state]) for each in all_of_it) for state in ("plain", "email", "full")]
    return replace(
        plain_row,
        actions=tuple(dict.fromkeys(each.action for each in all_of_it)),
        action=best.action,
        subscribe=best.chosen["subscribe"],
        arrives=None if here is None else here.path is not None,
        needs=tried.needs,
        fill=dict(tried.fill),
        plain=None if failure is None else Refusal(failure.reason, failure.message[:_WORDS], failure.status),
        is_silent=all(
            each.results["plain"].failure is None and not each.results["plain"].exchanges for each in all_of_it
        ),
        fails={
            state: all(each.results[state].failure is not None for each in all_of_it)
            for state in ("plain", "email", "full")
        },
        wants_audience=any(_wants_audience(each.results["full"]) for each in all_of_it),
        hidden_by_context_traits=any(reaches[:2]) and not reaches[2],
        names_user=here is None or _names_user(here, UUID if UUID_USER in tried.needs else USER),
        landing=landing(tried.destination, tried.needs, here),
        request=alike(steady(here.request), steady(again.request)) if here and again else None,
        batch=best.batch,
    )


def _least(destination: NodeDestination, needs: Sequence[str], reaches: Callable[[Sent], bool]) -> tuple[str, ...]:
    """Return as few of the extras as get as far."""
    kept = tuple(needs)
    for each in (*((UUID_USER,) if UUID_USER in kept else ()), *_LEAVE_OUT):
        without = tuple(name for name in kept if name != each)
        if each in kept and reaches(sent_with(destination, [without])[0]):
            kept = without
    return kept


def _carries(sent: Sent) -> bool:
    found = carried(sent)
    return found is not None and found.path is not None


def _is_taken(sent: Sent) -> bool:
    return sent.failure is None and carried(sent) is not None


def _calls(sent: Sent) -> bool:
    return carried(sent) is not None


def _wants_audience(sent: Sent) -> bool:
    return sent.failure is not None and bool(_OF_AUDIENCES.search(sent.failure.message))


def _names_user(found: Carried, user: str) -> bool:
    request = found.request
    if any(user in text for text in (request.url, request.body.decode("utf-8", "replace"), *request.headers.values())):
        return True
    return next(paths_of(document_of(request), user), None) is not None


def _batch(action: Mapping[str, Any]) -> dict[str, Any] | None:
    if not action["batch"]:
        return None
    size = action["batchSize"]
    return {"default": action["batchDefault"], "size": size if isinstance(size, int) else None}
