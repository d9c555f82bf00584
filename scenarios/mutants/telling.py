"""Mutants in what is told: who entered, who left, under which name, with which value."""

from __future__ import annotations

import json
from typing import Any

from scenarios.mutants.small_sync import Event, SmallSync


class ForgetsLeaves(SmallSync):
    """Tells who entered and never who left."""

    def changes(self, before: set[str], now: set[str]) -> list[tuple[str, bool]]:
        return [change for change in super().changes(before, now) if change[1]]


class ForgetsReturns(SmallSync):
    """Keeps everybody it ever told in its snapshot, so that one who left and returns is not told."""

    def remember(self, members: set[str]) -> None:
        super().remember(members | self.recall())


class SendsEverybodyEachTime(SmallSync):
    """Sends the whole cohort at every run and its leaves."""

    def changes(self, before: set[str], now: set[str]) -> list[tuple[str, bool]]:
        return super().changes(set(), now) + [change for change in super().changes(before, now) if not change[1]]


class RemembersNothing(SmallSync):
    """Every run is a first one: nobody ever leaves."""

    def recall(self) -> set[str]:
        return set()


class SendsOnlyDifferencesAtFirst(SmallSync):
    """Takes the first export for what was told already."""

    def recall(self) -> set[str]:
        return super().recall() if self.file.exists() else self.sendable(self.read(self.export()))


class SwapsEnterAndLeave(SmallSync):
    """Has the two sets of a difference the wrong way round."""

    def changes(self, before: set[str], now: set[str]) -> list[tuple[str, bool]]:
        return super().changes(now, before) if before else super().changes(before, now)


class TellsLeaversThroughNull(SmallSync):
    """Removes the trait with null instead of setting it to false."""

    def value(self, member: bool) -> Any:
        return True if member else None


class SendsStrings(SmallSync):
    """Sends the words "true" and "false"."""

    def value(self, member: bool) -> Any:
        return "true" if member else "false"


class SendsNumbers(SmallSync):
    """Sends 1 for true and 0 for false."""

    def value(self, member: bool) -> Any:
        return int(member)


class SendsStringsForLeaves(SmallSync):
    """Sends true as JSON and "false" as a word."""

    def value(self, member: bool) -> Any:
        return True if member else "false"


class KeysByName(SmallSync):
    """Calls the trait by the cohort's name alone, so that two cohorts of one name share it."""

    def trait_key(self, name: str) -> str:
        return name


class KeysById(SmallSync):
    """Calls the trait by the cohort's id alone."""

    def trait_key(self, name: str) -> str:
        del name
        return self.cohort_id


class SlugsTheName(SmallSync):
    """Makes a slug of the cohort's name."""

    def trait_key(self, name: str) -> str:
        return super().trait_key("".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in name))


class TrimsTheName(SmallSync):
    """Cuts the trait's name at the first parenthesis and puts the id after it."""

    def trait_key(self, name: str) -> str:
        return super().trait_key(name.partition("(")[0].strip())


class FindsTheCohortByName(SmallSync):
    """Looks the id up by the name of the first cohort it finds, so that a twin's members are sent."""

    def cohort_name(self) -> str:
        _, listed = self.api_json("/api/3/cohorts")
        name = super().cohort_name()
        self.cohort_id = next(each["id"] for each in listed["cohorts"] if each["name"] == name)
        return name


class ForgetsTheRename(SmallSync):
    """Keeps the name it saw first, so that a renamed cohort's changes go to the old trait."""

    def trait_key(self, name: str) -> str:
        kept = self.file.with_suffix(".name")
        if not kept.exists():
            self.order.state_dir.mkdir(parents=True, exist_ok=True)
            kept.write_text(name)
        return super().trait_key(kept.read_text())


class PutsTraitsIntoProperties(SmallSync):
    """Writes the trait under `properties`, where identify has none."""

    def event(self, user_id: str, member: bool, trait_key: str) -> Event:
        event = super().event(user_id, member, trait_key)
        event["properties"] = event.pop("traits")
        return event


class RemovesOverwriteAdds(SmallSync):
    """Sends the adds and then, once more, false for everybody it ever told that they left: a return is undone."""

    def changes(self, before: set[str], now: set[str]) -> list[tuple[str, bool]]:
        kept = self.file.with_suffix(".left")
        left = set(json.loads(kept.read_text())) if kept.exists() else set()
        self.order.state_dir.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps(sorted(left | (before - now))))
        return super().changes(before, now) + [(user_id, False) for user_id in sorted(left)]


class TellsWhatDidNotChange(SmallSync):
    """Tells one who stayed false and true again, to be sure."""

    def changes(self, before: set[str], now: set[str]) -> list[tuple[str, bool]]:
        stayed = sorted(before & now)[:1]
        return [*super().changes(before, now), *((user_id, value) for user_id in stayed for value in (False, True))]


class OneTraitForEverything(SmallSync):
    """Sends one identify with the traits of every cohort it knows."""

    def event(self, user_id: str, member: bool, trait_key: str) -> Event:
        event = super().event(user_id, member, trait_key)
        kept = self.order.state_dir / "traits.json"
        known = json.loads(kept.read_text()) if kept.exists() else []
        event["traits"] = {**dict.fromkeys(known, False), **event["traits"]}
        self.order.state_dir.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps(sorted({*known, trait_key})))
        return event
