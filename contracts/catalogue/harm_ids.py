"""H30x, H31x: ids that Segment takes and that hurt later."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from contracts.catalogue.delivery import CALLS
from contracts.catalogue.sources import HTTP_API, SPEC_COMMON, UNIFY_LIMITS, amplitude, client, inferred, segment
from contracts.explain import quote
from contracts.fragments import SPACE, TEXT, inside, needs, root, text_unlike
from contracts.limits import AMPLITUDE_ID_CHARS, GROUP_ID_CHARS, MESSAGE_ID_CHARS
from contracts.rule import Frame, Observation, Rule, Severity

_HTTP_V2 = "content/collections/apis/en/http-v2.md"
_ALIAS = segment("2.2", "[doc]", "spec/alias.md")
_NOBODY = (
    "^([Aa]nonymous|[Nn]il|[Nn]one|[Nn]ull|NULL|[Nn]/[Aa]|[Nn]a|NA|[Uu]ndefined|[Uu]nknown|[Nn]a[Nn]|0|-1"
    "|\\{\\}|lmy47d|\\[object Object\\]|0{8}-0{4}-0{4}-0{4}-0{12})$"
)


def _identify(user_id: str | None, **fields: Any) -> dict[str, Any]:
    return {"type": "identify", "userId": user_id, "traits": {"plan": "pro"}, **fields}


def _same_ids(payload: Any, _: Frame) -> Iterator[Observation]:
    if payload.get("userId") is not None and payload.get("userId") == payload.get("previousId"):
        yield Observation("/previousId", f"{quote(str(payload['previousId']))} in both")


RULES = (
    Rule(
        code="H301",
        name="message-id-is-short",
        severity=Severity.WARNING,
        message=f"`messageId` may have at most {MESSAGE_ID_CHARS} characters.",
        explanation="The edge takes longer ones, and Unify then drops the event: warehouses and destinations get it, "
        "profiles do not.",
        bad=_identify("user-001", messageId="cohort-" + "x" * MESSAGE_ID_CHARS),
        good=_identify("user-001", messageId="cohort-7abc12de-run3-user-001"),
        expected=f"at most {MESSAGE_ID_CHARS} characters",
        fix="Hash the parts that the id is made of: a hex SHA-256 has 64 characters.",
        source=segment("1.6, 1.7", "[doc]", UNIFY_LIMITS),
        contracts=("event", *CALLS),
        schema=root(messageId={"anyOf": [{"not": {"type": "string"}}, {"type": "string", "maxLength": 100}]}),
    ),
    Rule(
        code="H302",
        name="message-id-is-text",
        severity=Severity.WARNING,
        message="`messageId` must be a non-empty string.",
        explanation="Deduplication compares strings. A number or an empty string makes retries count twice, or makes "
        "different events count as one.",
        bad=_identify("user-001", messageId=17),
        good=_identify("user-001", messageId="17-user-001"),
        expected="a non-empty string, or no `messageId`",
        fix="Make a UUID, or a string that is the same on every retry of the same event.",
        source=segment("1.9, 2.1", "[doc]", SPEC_COMMON),
        contracts=("event", *CALLS),
        schema=root(messageId={**TEXT, "minLength": 1}),
    ),
    Rule(
        code="H303",
        name="user-id-is-somebody",
        severity=Severity.WARNING,
        message="`userId` is a placeholder, not an id.",
        explanation="A missing value that was turned into text: every user without an id becomes the same user, whose "
        "profile collects the traits of all. Amplitude refuses these ids outright.",
        bad=_identify("undefined"),
        good=_identify("user-001"),
        expected="the id of one user",
        fix="Leave `userId` out when there is none, and find where the missing value became text.",
        source=amplitude("5.1", "[doc]", _HTTP_V2),
        contracts=("event", *CALLS),
        schema=root(userId=text_unlike(_NOBODY)),
    ),
    Rule(
        code="H304",
        name="user-id-is-trimmed",
        severity=Severity.WARNING,
        message="`userId` has white space at an end, or a line break in it.",
        explanation="Ids are compared byte by byte. `user-001` and `user-001 ` are two users that look alike.",
        bad=_identify("user-001 "),
        good=_identify("user-001"),
        expected="the id without white space around it",
        fix="Trim where ids enter your system. A sync must pass on what it was given: correct it at the source.",
        source=inferred("4.2", "ids are passed through as they are, and compared as strings"),
        contracts=("event", *CALLS),
        schema=root(userId=text_unlike(f"^{SPACE}|[\\t\\r\\n]|{SPACE}$")),
    ),
    Rule(
        code="H305",
        name="user-id-is-undamaged",
        severity=Severity.WARNING,
        message="`userId` looks like a number that a spreadsheet rewrote.",
        explanation="Opened in a spreadsheet, 1610450763183 becomes 1.61045E+12 and the digits are gone; 42 becomes "
        "42.0. The id no longer belongs to anybody.",
        bad=_identify("1.61045E+12"),
        good=_identify("1610450763183"),
        expected="the id as the system of record writes it",
        fix="Read ids as text everywhere; import the CSV column as text.",
        source=client("6 (42)", "exports with 13-digit ids that a CSV tool had changed"),
        contracts=("event", *CALLS),
        schema=root(userId=text_unlike("^[0-9]+([.][0-9]+)?[eE][+][0-9]+$|^[0-9]+[.]0$")),
    ),
    Rule(
        code="H306",
        name="user-id-is-not-an-address",
        severity=Severity.NOTE,
        message="`userId` is an e-mail address.",
        explanation="Segment advises against it: addresses change, and the user with the new one is somebody else.",
        bad=_identify("ada@example.com"),
        good=_identify("user-001"),
        expected="an id of your own database",
        fix="Send the database id as `userId` and the address as the trait `email`.",
        source=segment("2.1", "[doc]", SPEC_COMMON),
        contracts=("event", *CALLS),
        schema=root(userId=text_unlike("^[^@ ]+@[^@ ]+[.][^@ ]+$")),
        pedantic=True,
    ),
    Rule(
        code="H307",
        name="user-id-is-long-enough",
        severity=Severity.NOTE,
        message=f"`userId` has fewer than {AMPLITUDE_ID_CHARS} characters.",
        explanation="Segment takes it; Amplitude's own API drops ids that short unless told otherwise, so the user "
        "never enters a cohort, and the Amplitude destination answers 400.",
        bad=_identify("u1"),
        good=_identify("user-001"),
        expected=f"at least {AMPLITUDE_ID_CHARS} characters",
        fix="Prefix short ids, or set `min_id_length` in Amplitude.",
        source=amplitude("5.1", "[doc]", _HTTP_V2),
        contracts=("event", *CALLS),
        schema=root(
            userId={
                "anyOf": [
                    {"not": {"type": "string"}},
                    {"type": "string", "maxLength": 0},
                    {"type": "string", "minLength": 5},
                ]
            }
        ),
        pedantic=True,
    ),
    Rule(
        code="H308",
        name="user-id-is-lower-case",
        severity=Severity.NOTE,
        message="`userId` has upper-case letters.",
        explanation="Ids differ by case in Segment and in Amplitude, and the Profile API finds only lower-case ones.",
        bad=_identify("User-001"),
        good=_identify("user-001"),
        expected="lower-case letters",
        fix="Use one case for ids, lower case if the Profile API is to find them.",
        source=segment("5.2", "[doc]", "unify/profile-api.md"),
        contracts=("event", *CALLS),
        schema=root(userId=text_unlike("[A-Z]")),
        pedantic=True,
    ),
    Rule(
        code="H309",
        name="group-names-its-group",
        severity=Severity.ERROR,
        message="A group call needs a `groupId`, a non-empty string.",
        explanation="Without it there is no group to join. The edge answers 200; the code under which the call is then "
        "lost is not published. The Node SDK lets such a call through.",
        bad={"type": "group", "userId": "user-001", "traits": {"name": "Initech"}},
        good={"type": "group", "userId": "user-001", "groupId": "company-7", "traits": {"name": "Initech"}},
        expected="a non-empty string",
        fix="Send the group's id as a string.",
        source=segment("2.2, 1.7", "[doc]", "spec/group.md"),
        contracts=("group",),
        schema={
            "type": "object",
            "properties": {"groupId": {"type": "string", "minLength": 1}},
            "required": ["groupId"],
        },
    ),
    Rule(
        code="H310",
        name="group-id-is-usable",
        severity=Severity.WARNING,
        message=f"A group id has between 1 and {GROUP_ID_CHARS} characters.",
        explanation="Unify drops calls with an empty or a longer `groupId` or `context.groupId`; everything else "
        "keeps them.",
        bad={"type": "track", "userId": "user-001", "event": "Invited", "context": {"groupId": ""}},
        good={"type": "track", "userId": "user-001", "event": "Invited", "context": {"groupId": "company-7"}},
        expected=f"1 to {GROUP_ID_CHARS} characters",
        fix="Leave the group id out when there is none.",
        source=segment("1.7", "[doc]", UNIFY_LIMITS),
        contracts=("event", *CALLS),
        schema={
            "allOf": [
                root(groupId={"type": ["string", "null"], "maxLength": GROUP_ID_CHARS}),
                inside("context/groupId", {"type": ["string", "null"], "minLength": 1, "maxLength": GROUP_ID_CHARS}),
            ]
        },
        presumes=("group-names-its-group",),
    ),
    Rule(
        code="H311",
        name="alias-names-both",
        severity=Severity.WARNING,
        message="An alias call needs `userId` and `previousId`.",
        explanation="Alias says that two ids are one person; with one id it says nothing. The HTTP page calls "
        "`previousId` required, the page on alias optional. Unify ignores alias in any case.",
        bad={"type": "alias", "userId": "user-001"},
        good={"type": "alias", "userId": "user-001", "previousId": "5f0a8a3c"},
        expected="both ids",
        fix="Send the old id as `previousId` and the new one as `userId`.",
        source=_ALIAS,
        contracts=("alias",),
        schema=needs("userId", "previousId"),
        at="/previousId",
    ),
    Rule(
        code="H312",
        name="alias-joins-two",
        severity=Severity.WARNING,
        message="`userId` and `previousId` of an alias call are the same.",
        explanation="Nothing is joined. The usual cause is an alias call after identify has already replaced the old "
        "id.",
        bad={"type": "alias", "userId": "user-001", "previousId": "user-001"},
        good={"type": "alias", "userId": "user-001", "previousId": "5f0a8a3c"},
        expected="two different ids",
        fix="Remember the anonymous id before identify, and send that.",
        source=inferred("2.2", "an alias to itself joins nothing"),
        contracts=("alias",),
        probe=_same_ids,
        reads=("userId", "previousId"),
    ),
    Rule(
        code="H313",
        name="message-id-is-there",
        severity=Severity.NOTE,
        message="The event has no `messageId`.",
        explanation="Segment gives it one on arrival, so a retry after a lost reply gets another one and both are "
        "kept. Every official SDK sends one; Amplitude's cohort sync documents none.",
        bad=_identify("user-001"),
        good=_identify("user-001", messageId="cohort-7abc12de-run3-user-001"),
        expected="a string that stays the same over retries",
        fix="Make the id when the event is made, not when it is sent.",
        source=segment("1.9", "[doc]", HTTP_API),
        contracts=("event", *CALLS),
        schema=needs("messageId"),
        pedantic=True,
    ),
)
