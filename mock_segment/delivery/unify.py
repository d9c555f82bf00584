"""Unify's limits: events that are delivered and still change no profile (segment facts 1.7, 2.6 [doc], conflict 6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contracts.limits import GROUP_ID_CHARS, MESSAGE_ID_CHARS, UNIFY_TRAITS


def unify_drops(event: Mapping[str, Any], *, strict: bool = False) -> str | None:
    """Return why Unify drops an event, or None.

    The documents say both "300 or more" and "more than 300": the smaller counts when strict (conflict 18).
    """
    for name in ("traits", "properties"):
        given = event.get(name)
        if isinstance(given, Mapping) and len(given) > UNIFY_TRAITS - (1 if strict else 0):
            return f"{len(given)} {name}; Unify takes fewer than {UNIFY_TRAITS}"
    message_id = event.get("messageId")
    if isinstance(message_id, str) and len(message_id) > MESSAGE_ID_CHARS:
        return f"a messageId of {len(message_id)} characters; Unify takes {MESSAGE_ID_CHARS}"
    context = event.get("context")
    for holder in (event, context if isinstance(context, Mapping) else {}):
        group_id = holder.get("groupId")
        if isinstance(group_id, str) and not 0 < len(group_id) <= GROUP_ID_CHARS:
            return f"a groupId of {len(group_id)} characters; Unify takes 1 to {GROUP_ID_CHARS}"
    return None
