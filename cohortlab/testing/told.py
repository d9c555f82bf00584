"""What Segment was told, in a form that explains itself: a missing trait or user names the nearest one there is.

Traits and profiles are dictionaries. Traits compare by type as well: true is not 1. What is wrong with them is worked
out when an assertion on them has failed, or when something is asked for that is not there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Unpack

from cohortlab.testing.nearest import difference, nearest

if TYPE_CHECKING:
    from mock_core.workspace import Workspace
    from mock_segment import Event, SegmentSettings, SegmentState, Source, Verdicts
    from mock_segment.delivery import SourceChanges, Tally


class MissingTrait(KeyError, AssertionError):
    """A profile has no such trait."""

    def __str__(self) -> str:
        return str(self.args[0])


class Traits(dict[str, Any]):
    """A user's traits; `others` and `unheard` are asked when there is something to explain.

    `others` returns every profile, `unheard` says what came about a user, or anybody, and told Segment nothing.
    """

    def __init__(
        self,
        user_id: str,
        traits: Mapping[str, Any],
        others: Callable[[], Mapping[str, Mapping[str, Any]]],
        unheard: Callable[[str | None], list[str]] = lambda _user_id: [],
    ) -> None:
        super().__init__(traits)
        self.user_id = user_id
        self._others = others
        self._unheard = unheard

    def __missing__(self, trait: str) -> Any:
        raise MissingTrait("\n".join(self.without(trait)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Mapping) and _same(dict(self), dict(other))

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = None

    def without(self, trait: str) -> list[str]:
        """Explain that a trait is not there."""
        if not self:
            return self._never_told()
        close = nearest(trait, self)
        if close is None:
            return [f"{self.user_id!r} has no trait {trait!r}; it has {_listed(self)}", *self._unheard(self.user_id)]
        return [
            f"{self.user_id!r} has no trait {trait!r}; the nearest one is {close!r}: {self[close]!r}",
            f"({difference(trait, close)})",
            *self._unheard(self.user_id),
        ]

    def compared(self, wanted: Mapping[str, Any]) -> list[str]:
        """Explain how the traits differ from those wanted."""
        if wanted and not self:
            return self._never_told()
        lines: list[str] = []
        for trait, value in wanted.items():
            if trait not in self:
                lines += self.without(trait)
            elif not _same(self[trait], value):
                lines.append(f"{trait!r} is {_typed(self[trait], value)}, wanted {_typed(value, self[trait])}")
        lines += [f"{trait!r}: {self[trait]!r} is there and was not wanted" for trait in self if trait not in wanted]
        return lines

    def _never_told(self) -> list[str]:
        others = {user_id: traits for user_id, traits in self._others().items() if user_id != self.user_id}
        of_it = self._unheard(self.user_id)
        if of_it:
            return [f"Segment knows nothing of {self.user_id!r}: {'; '.join(of_it)}"]
        of_all = self._unheard(None)
        close = nearest(self.user_id, others)
        if close is None:
            knows = f"it knows {_listed(others) if others else 'nobody'}"
            return [f"Segment never heard of {self.user_id!r}; {knows}", *of_all]
        return [
            f"Segment never heard of {self.user_id!r}; the nearest user is {close!r}: {dict(others[close])!r}",
            f"({difference(self.user_id, close)})",
            *of_all,
        ]


@dataclass(frozen=True, slots=True)
class Profile:
    """A user's folded traits, and how many delivered identify calls made them."""

    user_id: str
    traits: Traits
    identifies: int

    def must_have(self, trait: str, value: Any = True) -> None:
        """Fail with the nearest trait or user when this trait is not exactly this value."""
        __tracebackhide__ = True
        if trait not in self.traits:
            raise MissingTrait("\n".join(self.traits.without(trait)))
        found = self.traits[trait]
        if not _same(found, value):
            message = f"{trait!r} of {self.user_id!r} is {_typed(found, value)}, wanted {_typed(value, found)}"
            raise AssertionError(message)


class Profiles(dict[str, Profile]):
    """Every profile by user id; `unheard` as for `Traits`."""

    def __init__(
        self, profiles: Mapping[str, Profile], unheard: Callable[[str | None], list[str]] = lambda _user_id: []
    ) -> None:
        super().__init__(profiles)
        self._unheard = unheard

    def __missing__(self, user_id: str) -> Profile:
        raise MissingTrait("\n".join(self.without(user_id)))

    def without(self, user_id: str) -> list[str]:
        """Explain that nobody told Segment about a user."""
        others = {name: profile.traits for name, profile in self.items()}
        return Traits(user_id, {}, lambda: others, self._unheard).without("")


class Segment:
    """The Segment fake as a test reads and tells it; `state` can do the rest."""

    def __init__(self, state: SegmentState) -> None:
        self._state = state

    def profile(self, user_id: str) -> Profile:
        """Return a user's profile; one nobody told Segment about has no traits."""
        _must_be_text(user_id)
        found = self._state.profile(user_id)
        return Profile(user_id, Traits(user_id, found.traits, self._traits, self._state.unheard), found.identifies)

    def profiles(self) -> Profiles:
        """Return every profile by user id."""
        found = self._state.profiles()
        others, unheard = partial(_traits_of, found), self._state.unheard
        told = {
            user_id: Profile(user_id, Traits(user_id, each.traits, others, unheard), each.identifies)
            for user_id, each in found.items()
        }
        return Profiles(told, unheard)

    def identifies(self, user_id: str | None = None) -> Iterator[dict[str, Any]]:
        """Yield the identify calls that were delivered, as they were sent, in the order of delivery."""
        for event in self._state.delivered(user_id=user_id):
            if event.raw.get("type") == "identify":
                yield event.raw

    def verdicts(self, **where: Any) -> Verdicts:
        """Return what became of every event and of every refused upload, or of those with these values of its fields.

        `lab.segment.verdicts(verdict="discarded")`; `.counts()` sums it up.
        """
        return self._state.verdicts(**where)

    def events(self, *, user_id: str | None = None) -> list[Event]:
        """Return events in the order of arrival, or those of one user, each with its verdict."""
        return list(self._state.events(user_id=user_id))

    def batches(self) -> list[dict[str, Any]]:
        """Return what became of each batch as a whole."""
        return list(self._state.batches())

    def tally(self) -> Tally:
        """Return the number of events by (write key, type, verdict, code)."""
        return self._state.tally()

    def trait_history(self, user_id: str, trait: str) -> list[dict[str, Any]]:
        """Return every delivered value of one trait of one user, in the order of delivery."""
        return self._state.trait_history(user_id, trait)

    def put_source(self, write_key: str, **changes: Unpack[SourceChanges]) -> Source:
        """Register a source by its write key, or change what is given of one that exists."""
        return self._state.put_source(write_key, **changes)

    def sources(self) -> list[Source]:
        """Return the registered sources."""
        return self._state.sources()

    @property
    def settings(self) -> SegmentSettings:
        """Every guess about Segment, and what this lab has decided."""
        return self._state.settings

    def configure(self, **changes: Any) -> SegmentSettings:
        """Change settings by name: `lab.segment.configure(mode="strict")`."""
        return self._state.configure(**changes)

    @property
    def workspace(self) -> Workspace:
        """Where faults are armed: `lab.segment.workspace.arm({"fault": "status", "status": 503})`."""
        return self._state.workspace

    @property
    def state(self) -> SegmentState:
        """Everything the Segment fake knows and can be told."""
        return self._state

    def _traits(self) -> Mapping[str, Mapping[str, Any]]:
        return _traits_of(self._state.profiles())


def explain(operator: str, left: object, right: object) -> list[str] | None:
    """Explain a failed comparison of traits or profiles, for pytest; None when it is not about them."""
    if operator == "in" and isinstance(right, (Traits, Profiles)) and isinstance(left, str):
        return [f"{left!r} in {_what(right)}", *right.without(left)]
    if operator != "==":
        return None
    if isinstance(left, Traits) and isinstance(right, Mapping):
        return [f"{_what(left)} == {dict(right)!r}", *left.compared(right)]
    if isinstance(right, Traits) and isinstance(left, Mapping):
        return [f"{dict(left)!r} == {_what(right)}", *right.compared(left)]
    return None


def _must_be_text(user_id: object) -> None:
    if not isinstance(user_id, str):
        message = f"user ids are text: lab.segment.profile({str(user_id)!r}), not profile({user_id!r})"
        raise TypeError(message)


def _same(found: object, wanted: object) -> bool:
    """Say whether two values are the same JSON: Python holds True, 1 and 1.0 for equal, Segment does not."""
    if isinstance(found, dict) and isinstance(wanted, dict):
        return found.keys() == wanted.keys() and all(_same(found[name], wanted[name]) for name in found)
    if isinstance(found, list) and isinstance(wanted, list):
        return len(found) == len(wanted) and all(map(_same, found, wanted))
    return type(found) is type(wanted) and found == wanted


def _what(found: Traits | Profiles) -> str:
    return f"the traits of {found.user_id!r}" if isinstance(found, Traits) else "the profiles"


def _traits_of(profiles: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {user_id: profile.traits for user_id, profile in profiles.items()}


def _listed(names: Mapping[str, Any], most: int = 5) -> str:
    some = ", ".join(repr(name) for name in list(names)[:most])
    return f"{some} and {len(names) - most} more" if len(names) > most else some


def _typed(value: object, other: object) -> str:
    return repr(value) if type(value) is type(other) else f"{value!r} ({type(value).__name__})"
