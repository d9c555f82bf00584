"""V7xx: what becomes of a cohort identify at a destination. The examples name one, and hold an event."""

from __future__ import annotations

from typing import Any

from contracts.catalogue.sources import run_code
from contracts.rule import Rule, Severity

DESTINATION = ("destination",)


def _case(destination: str, traits: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"destination": destination, "event": {"type": "identify", "userId": "user-001", "traits": traits, **more}}


_KEY = "Power Users (7abc12de)"

RULES = (
    Rule(
        code="V701",
        name="trait-arrives",
        severity=Severity.WARNING,
        message="The cohort's trait does not reach this destination.",
        explanation="A destination's mapping names the traits that it sends. Where it names single ones, or wants the "
        "context of Segment's own audiences, a cohort's trait is left out, and nobody is told. Some read "
        "`context.traits` in place of `traits` as soon as an event has any.",
        bad=_case("hubspot", {_KEY: True, "email": "ada@example.com"}),
        good=_case("braze", {_KEY: True}),
        expected="a destination whose mapping sends all traits",
        fix="Add the trait to the mapping of the destination's action by hand, or choose another destination.",
        source=run_code("1, 2"),
        contracts=DESTINATION,
    ),
    Rule(
        code="V702",
        name="trait-keeps-its-name",
        severity=Severity.WARNING,
        message="The destination gives the trait another name.",
        explanation="FullStory takes ASCII letters, digits and underscores, so `Power Users (7abc12de)` is "
        "`PowerUsers7abc12de` there, and two traits that differ in the rest are one.",
        bad=_case("fullstory", {_KEY: True}),
        good=_case("fullstory", {"power_users": True}),
        expected="a name that the destination keeps",
        fix="Look for the trait under the name it has there, or choose a spelling of ASCII letters and digits.",
        source=run_code("1, 2"),
        contracts=DESTINATION,
    ),
    Rule(
        code="V703",
        name="value-keeps-its-type",
        severity=Severity.WARNING,
        message="The destination makes text of the boolean.",
        explanation='Heap gets `"true"` and `"false"`. A filter for true finds nobody, and the text "false" counts as '
        "true wherever somebody only asks whether there is anything.",
        bad=_case("heap", {_KEY: False}),
        good=_case("mixpanel", {_KEY: False}),
        expected="a boolean that stays one",
        fix='Compare with the texts "true" and "false" there.',
        source=run_code("1, 2"),
        contracts=DESTINATION,
    ),
    Rule(
        code="V704",
        name="event-has-what-the-destination-needs",
        severity=Severity.WARNING,
        message="The event lacks what this destination cannot do without.",
        explanation="The destination knows people by something else than a user id. A cohort sync sends the user id "
        "and one trait, so every event fails on its way, and Segment's edge has answered 200.",
        bad=_case("saleswings", {_KEY: True}),
        good=_case("saleswings", {_KEY: True, "email": "ada@example.com"}),
        expected="an event with what the destination's action requires",
        fix="Send it along in every event, or map the required field to something that the events have.",
        source=run_code("1, 2"),
        contracts=DESTINATION,
    ),
    Rule(
        code="V705",
        name="trait-can-be-mapped",
        severity=Severity.NOTE,
        message="No mapping, or no filter, of a destination can name this trait.",
        explanation="A filter in FQL cuts names at brackets and dots, so it never matches. A path in a mapping cuts "
        "them at dots, and loses apostrophes and quotes. None of them says so.",
        bad=_case("braze", {"[Amplitude] Power Users (7abc12de)": True}),
        good=_case("braze", {_KEY: True}),
        expected="a name without brackets, dots, apostrophes and quotes",
        fix="Choose another name; where that cannot be, map all traits at once, or take the value by Liquid.",
        source=run_code("4, 5"),
        contracts=DESTINATION,
    ),
)
