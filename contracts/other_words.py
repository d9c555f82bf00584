"""Other words: what the services around Segment call the fields of an event.

A program that was moved from one of them, or tells several, keeps a word of the other: `user_properties` and
`insert_id` are Amplitude's (amplitude facts 5 [doc]), `distinct_id` and `$set` Mixpanel's and PostHog's, `params` and
`client_id` Google's, `external_id` Braze's, `attributes` Customer.io's, `user_attributes` mParticle's. Names are
compared without case and separators.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

_WORDS: Final[Mapping[tuple[str | None, str], str]] = {
    (None, "timestamp"): "originaltimestamp clienttimestamp eventtimestamp eventtime clienteventtime occurredat "
    "happenedat createdat datetime date ts",
    (None, "messageId"): "insertid eventid eventuuid uuid msgid dedupeid dedupid idempotencykey",
    (None, "context"): "ctx",
    (None, "userId"): "distinctid externalid externaluserid customerid profileid memberid contactid subscriberid "
    "personid subject identity mpid login email",
    (None, "anonymousId"): "anonid anonymous deviceid visitorid clientid cookieid",
    ("identify", "traits"): "userproperties userattributes personproperties profileproperties peopleproperties "
    "customattributes attributes userdata userfields set profile data params parameters payload fields",
    ("group", "traits"): "groupproperties groupattributes companyproperties customattributes attributes set data "
    "params parameters payload fields",
    ("group", "groupId"): "companyid accountid organizationid organisationid orgid workspaceid teamid tenantid",
    ("track", "event"): "action activity",
    ("track", "properties"): "attributes customattributes customdata data params parameters payload fields",
    ("page", "properties"): "attributes data params parameters payload",
    ("screen", "properties"): "attributes data params parameters payload",
    ("alias", "previousId"): "alias from fromid old oldid previous",
    ("batch", "writeKey"): "apikey key token",
}
_FIELDS: Final = {
    call: {word: field for (of, field), words in _WORDS.items() if of == call for word in words.split()}
    for call in {of for of, _ in _WORDS}
}
_FOR_NOBODY: Final = frozenset(("userId", "anonymousId"))
_PERSONS: Final = frozenset(
    (
        *("user", "userinfo", "profile", "person", "customer", "contact", "member", "identity", "identities"),
        *("useridentities", "ids", "identifiers"),
    )
)
_IDS: Final = frozenset(("id", "userid", "uid", *(word for word, at in _FIELDS[None].items() if at == "userId")))
TYPES: Final = frozenset(("action", "method", "call", "kind", "eventtype", "messagetype", "calltype"))
"""What a call's `type` is called."""


def folded(name: str) -> str:
    """Return a name without case and separators."""
    return "".join(letter for letter in name.casefold() if letter.isalnum())


def field_of(name: str, call: str | None, *, nobody: bool) -> str | None:
    """Return the field of an event that another service has this word for; ids only when the event names nobody."""
    word = folded(name)
    own = _FIELDS.get(call, {}).get(word) if call is not None else None
    found = own or (_FIELDS[None].get(word) if call != "batch" else None)
    return None if found in _FOR_NOBODY and not nobody else found


def is_an_id(name: str) -> bool:
    """Say whether some service calls the id of a user so: `id`, `distinct_id`."""
    return folded(name) in _IDS


def ids_within(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Yield the ids that stand in an object about a person, such as `user`, with the names they have there."""
    if folded(name) in _PERSONS and isinstance(value, dict):
        for inner, held in value.items():
            if is_an_id(inner):
                yield inner, held
