"""Why an action gets nothing."""

from __future__ import annotations


class MappingError(ValueError):
    """A mapping cannot be carried out, whatever the event: no vendor is called (destination facts 5)."""


class PayloadRefused(ValueError):
    """What a mapping made does not fit the action's fields; the message is the package's (destination facts 3)."""
