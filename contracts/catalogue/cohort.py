"""C4xx: what Amplitude's cohort sync sends for one user whose membership changed, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from contracts.catalogue.sources import COHORT_SOURCE, PARTNER_GUIDE, SEGMENT_DESTINATION, amplitude, inferred, segment
from contracts.explain import describe, pointer, quote
from contracts.fragments import SPACE, each, inside, names_unlike, needs, root, when_object
from contracts.rule import Frame, Observation, Rule, Schema, Severity
from contracts.trait_key import TRAIT_KEY_STYLES, trait_key_format

COHORT = ("cohort-identify",)
_BRAND = "[Amplitude] "


def _identify(traits: Any, **fields: Any) -> dict[str, Any]:
    return {"type": "identify", "userId": "user-001", "traits": traits, **fields}


_GOOD = _identify({"Power Users (abc123)": True})


def _spelling(frame: Frame) -> Schema:
    name: dict[str, Any] = {"type": "string", "pattern": frame.trait_key.pattern}
    if _BRAND not in frame.trait_key.template:  # a cohort may be called so, but never is: it is the other spelling
        name = {"allOf": [name, {"not": {"type": "string", "pattern": "^\\[Amplitude\\] "}}]}
    return inside("traits", when_object(propertyNames=name))


def _misspelt(payload: Any, frame: Frame) -> Iterator[Observation]:
    """Yield keys in another spelling; beside a right one, a name that is no trait key at all is another rule's."""
    traits = payload["traits"]
    right = [key for key in traits if _in_style(key, frame)]
    expected = f"a trait key spelt {quote(frame.trait_key.template)}"
    for key in traits:
        style = _other_style(key, frame)
        if key not in right and (style or not right):
            named = f', which is the "{style}" spelling' if style else ""
            yield Observation(pointer(["traits", key]), f"the name {quote(key)}{named}", expected)


def _in_style(key: str, frame: Frame) -> bool:
    brand = key.startswith(_BRAND) and _BRAND not in frame.trait_key.template
    return not brand and frame.trait_key.parse(key) is not None


def _other_style(key: str, frame: Frame) -> str | None:
    """Return the published style that a key is spelt in, when it is not the configured one."""
    for style in sorted(TRAIT_KEY_STYLES, key=lambda name: -len(TRAIT_KEY_STYLES[name])):
        if TRAIT_KEY_STYLES[style] != frame.trait_key.template and trait_key_format(style).parse(key):
            return style
    return None


def _not_boolean(payload: Any, frame: Frame) -> Iterator[Observation]:
    """Yield the values of trait keys; the values of other traits are no memberships."""
    for key, value in payload["traits"].items():
        if not isinstance(value, bool) and (_in_style(key, frame) or _other_style(key, frame)):
            yield Observation(pointer(["traits", key]), describe(value))


def _several(payload: Any, frame: Frame) -> Iterator[Observation]:
    traits = payload["traits"]
    kept = next((key for key in traits if _in_style(key, frame)), next(iter(traits)))
    for name in traits:
        if name != kept:
            yield Observation(pointer(["traits", name]), f"one more trait, {quote(name)}")


def _nested(payload: Any, frame: Frame) -> Iterator[Observation]:
    traits = payload.get("traits")
    for name, value in traits.items() if isinstance(traits, dict) else ():
        if isinstance(value, dict):
            for inner in value:
                if frame.trait_key.parse(inner):
                    yield Observation(pointer(["traits", name, inner]), describe(value[inner]))


RULES = (
    Rule(
        code="C401",
        name="cohort-call-is-identify",
        severity=Severity.ERROR,
        message="A cohort change is an identify call.",
        explanation="Amplitude flags membership as a trait of the user, and only identify sets traits of users. The "
        "same object in a track call becomes nothing at all.",
        bad={
            "type": "track",
            "userId": "user-001",
            "event": "Cohort Entered",
            "properties": {"Power Users (abc123)": True},
        },
        good=_GOOD,
        expected="`type` identify, or none on the identify route",
        fix="Send the trait with an identify call.",
        source=amplitude("4.1", "[doc]", SEGMENT_DESTINATION),
        contracts=COHORT,
        schema=root(type={"enum": ["identify", None]}),
    ),
    Rule(
        code="C402",
        name="cohort-names-its-user",
        severity=Severity.ERROR,
        message="A cohort identify needs a `userId`; anonymous users are not synced.",
        explanation="Members without a user id are skipped by Amplitude and never reach Segment. An identify for an "
        "anonymousId would set the trait on a profile that no later sync can find again.",
        bad={"type": "identify", "anonymousId": "5f0a", "traits": {"Power Users (abc123)": True}},
        good=_GOOD,
        expected="the member's user id, a non-empty string",
        fix="Skip members whose `user_id` is empty in the export, and count them.",
        source=amplitude("4.1", "[doc]", SEGMENT_DESTINATION),
        contracts=COHORT,
        schema=needs("userId"),
        presumes=("cohort-call-is-identify", "somebody-is-identified", "user-id-is-text"),
    ),
    Rule(
        code="C403",
        name="cohort-has-no-anonymous-id",
        severity=Severity.WARNING,
        message="A cohort identify carries no `anonymousId`.",
        explanation="Both ids in one identify tie the anonymous profile to the user for good. A sync knows nothing "
        "about anonymous visitors, so whatever it puts there is wrong. Null is fine: the Python SDK writes it.",
        bad=_identify({"Power Users (abc123)": True}, anonymousId="5f0a"),
        good=_identify({"Power Users (abc123)": True}, anonymousId=None),
        expected="no `anonymousId`, or null",
        fix="Leave `anonymousId` out.",
        source=segment("4.1", "[doc]", COHORT_SOURCE),
        contracts=COHORT,
        schema=root(anonymousId={"type": "null"}),
        presumes=("cohort-names-its-user", "anonymous-id-is-text"),
    ),
    Rule(
        code="C404",
        name="membership-is-not-nested",
        severity=Severity.ERROR,
        message="The cohort's trait stands at the top level of `traits`.",
        explanation="Inside another object it is part of that object's value: in a profile nobody finds it, and in a "
        "warehouse its column gets the outer name as a prefix.",
        bad=_identify({"cohorts": {"Power Users (abc123)": True}}),
        good=_GOOD,
        expected="the trait directly in `traits`",
        fix="Move the trait up into `traits`.",
        source=segment("5.1", "[doc]", "connections/storage/warehouses/schema.md"),
        contracts=COHORT,
        schema=lambda frame: each(
            "traits",
            when_object(propertyNames={"not": {"type": "string", "pattern": frame.trait_key.pattern}}),
        ),
        probe=_nested,
        reads=(),
        presumes=("cohort-call-is-identify",),
    ),
    Rule(
        code="C405",
        name="cohort-trait-is-not-in-context",
        severity=Severity.ERROR,
        message="The cohort's trait stands in `traits`, not in `context.traits`.",
        explanation="`context.traits` is for track and page calls that want to mention a user's traits. In an identify "
        "it sets nothing on the profile.",
        bad=_identify({}, context={"traits": {"Power Users (abc123)": True}}),
        good=_identify({"Power Users (abc123)": True}, context={"traits": {}}),
        expected="no cohort trait in `context.traits`",
        fix="Move the trait into `traits`.",
        source=segment("2.1", "[doc]", "spec/common.md"),
        contracts=COHORT,
        schema=lambda frame: names_unlike("context/traits", frame.trait_key.pattern),
    ),
    Rule(
        code="C406",
        name="cohort-trait-is-there",
        severity=Severity.ERROR,
        message="A cohort identify needs the cohort's trait.",
        explanation="An identify without traits is accepted and leaves no trace: no warehouse column, no row in the "
        "Schema tab. The usual cause is `properties` written for `traits`.",
        bad=_identify({}),
        good=_GOOD,
        expected="one trait, named after the cohort",
        fix="Put the cohort's trait into `traits`, at the top level of the call.",
        source=segment("4.1", "[doc]", COHORT_SOURCE),
        contracts=COHORT,
        schema={
            "type": "object",
            "properties": {"traits": {"type": "object", "minProperties": 1}},
            "required": ["traits"],
        },
        at="/traits",
        presumes=("cohort-call-is-identify", "traits-are-an-object", "cohort-trait-is-not-in-context"),
    ),
    Rule(
        code="C407",
        name="one-trait-at-a-time",
        severity=Severity.ERROR,
        message="A cohort identify carries one trait, that of one cohort.",
        explanation="Amplitude sends a separate identify for each cohort a user is in, and puts nothing else into it. "
        "Other traits would overwrite what other sources know about the user, each time a membership changes.",
        bad=_identify({"Power Users (abc123)": True, "Trial Users (def456)": False}),
        good=_GOOD,
        expected="exactly one trait",
        fix="Send one identify for each cohort, and other traits from the source that owns them.",
        source=amplitude("3.2", "[doc]", PARTNER_GUIDE),
        contracts=COHORT,
        schema=inside("traits", when_object(maxProperties=1)),
        probe=_several,
        reads=(),
        presumes=("cohort-call-is-identify",),
    ),
    Rule(
        code="C408",
        name="trait-key-is-spelt-right",
        severity=Severity.ERROR,
        message="The trait must be spelt in the configured trait key style.",
        explanation="Four spellings are published. A trait in another spelling is another trait: Segment keeps both, "
        "the warehouse grows a second column, and the first one is never set to false again. `--trait-key` says which "
        "spelling your sync uses.",
        bad=_identify({"[Amplitude] Power Users (abc123)": True}),
        good=_GOOD,
        expected="a trait key in the configured spelling",
        fix="Write the key with the cohort's name and id in the configured template, or check with the other style.",
        source=segment("4.1, 6 (24)", "[doc]", COHORT_SOURCE),
        contracts=COHORT,
        schema=_spelling,
        probe=_misspelt,
        reads=(),
        presumes=("cohort-call-is-identify", "membership-is-not-nested"),
    ),
    Rule(
        code="C409",
        name="membership-is-boolean",
        severity=Severity.ERROR,
        message="Membership is JSON true or false.",
        explanation="The first value that a trait ever has fixes the type of its warehouse column, and filters such as "
        '`is true` compare booleans only. `"true"`, 1 and null are accepted, and never match. Amplitude\'s page writes '
        "True and False; its payload example holds JSON booleans.",
        bad=_identify({"Power Users (abc123)": "true"}),
        good=_identify({"Power Users (abc123)": False}),
        expected="true or false",
        fix="Send the booleans `true` and `false`, without quotes.",
        source=segment("2.6, 4.1, 6 (23)", "[doc]", COHORT_SOURCE),
        contracts=COHORT,
        schema=each("traits", {"type": "boolean"}),
        probe=_not_boolean,
        reads=(),
        presumes=("cohort-call-is-identify", "membership-is-not-nested"),
    ),
    Rule(
        code="C410",
        name="trait-key-is-filled-in",
        severity=Severity.ERROR,
        message="The trait key must hold the cohort's name and id, not the placeholders.",
        explanation="A template that was never filled in makes one trait for all cohorts; each sync overwrites the "
        "others.",
        bad=_identify({"<cohort_name> (<cohort_id>)": True}),
        good=_GOOD,
        expected="the cohort's own name and id",
        fix="Fill the template: `trait_key_format(style).format(name, cohort_id)`.",
        source=inferred("4.1", "the placeholders are those of the vendors' pages"),
        contracts=COHORT,
        schema=names_unlike("traits", "[{<](cohort[ _]?)?(name|id)[}>]|undefined\\)|\\(null\\)|\\(None\\)|\\$\\{"),
        presumes=("cohort-call-is-identify",),
    ),
    Rule(
        code="C411",
        name="cohort-name-is-trimmed",
        severity=Severity.WARNING,
        message="The cohort's name has white space at an end, or more than one space in a row.",
        explanation="A key with a stray space looks the same on every screen and is a different trait. The warehouse "
        "column hides the difference; Segment profiles and filters do not.",
        bad=_identify({"Power Users  (abc123)": True}),
        good=_GOOD,
        expected="single spaces, none at the ends",
        fix="Correct the name in Amplitude before the first sync; afterwards it is a rename.",
        source=inferred("2.6, 4.1", "a variant of the name is a new trait"),
        contracts=COHORT,
        schema=names_unlike("traits", f"^{SPACE}|{SPACE}{SPACE}|[\\t\\r\\n]|{SPACE}$"),
        presumes=("cohort-call-is-identify",),
    ),
    Rule(
        code="C412",
        name="cohort-name-is-addressable",
        severity=Severity.NOTE,
        message="The cohort's name holds a character that Segment's own tools cannot address.",
        explanation="A comma cannot be asked for in the Profile API's `include`; a double quote or a tilde is not "
        "supported in Actions triggers. The trait is stored all the same.",
        bad=_identify({"Buyers, lapsed (abc123)": True}),
        good=_identify({"Buyers - lapsed (abc123)": True}),
        expected="no comma, double quote or tilde",
        fix="Name the cohort without it, if its trait is to be used in filters, triggers or the Profile API.",
        source=segment("5.2, 5.4, 6 (25)", "[doc]", "connections/destinations/actions.md"),
        contracts=COHORT,
        schema=names_unlike("traits", '[,"~]'),
        presumes=("cohort-call-is-identify",),
    ),
    Rule(
        code="C413",
        name="integration-is-named",
        severity=Severity.WARNING,
        message="`context.integration`, where it is given, has a string `name` and `version`.",
        explanation="Consumers recognise the sync by `context.integration.name`, which Amplitude sends as "
        "`Amplitude Cohort Sync` with version `1.0.0`. In another shape the call looks like any other identify.",
        bad=_identify({"Power Users (abc123)": True}, context={"integration": "Amplitude Cohort Sync"}),
        good=_identify(
            {"Power Users (abc123)": True},
            context={"integration": {"name": "Amplitude Cohort Sync", "version": "1.0.0"}},
        ),
        expected="an object with the strings `name` and `version`",
        fix='Send `"integration": {"name": "Amplitude Cohort Sync", "version": "1.0.0"}`, or leave it out.',
        source=segment("4.1", "[doc]", COHORT_SOURCE),
        contracts=COHORT,
        schema=inside(
            "context/integration",
            {
                "type": "object",
                "properties": {"name": {"type": "string"}, "version": {"type": "string"}},
                "required": ["name"],
            },
        ),
    ),
    Rule(
        code="C414",
        name="destinations-are-left-on",
        severity=Severity.WARNING,
        message="A cohort identify that is switched off for every destination changes nothing there.",
        explanation="`All: false` keeps an event from every destination that is not named. The call is answered 200 "
        "and stands in the warehouse; the tools that the cohort was synced for never hear of it.",
        bad={**_GOOD, "integrations": {"All": False}},
        good={**_GOOD, "integrations": {"All": False, "Braze": True}},
        expected="`All` true, or a destination that is switched on",
        fix="Leave `integrations` out, or name the destinations that shall get the cohort.",
        source=segment("5.4, 6 (31, 32)", "[doc]", "guides/filtering-data.md"),
        contracts=COHORT,
        schema=root(
            integrations={
                "if": {"type": "object", "properties": {"All": {"const": False}}, "required": ["All"]},
                "then": {"not": {"additionalProperties": {"const": False}}},
            }
        ),
    ),
)
