"""The sizes and counts Segment publishes, each beside the fact it rests on."""

from __future__ import annotations

from typing import Final

EVENT_BYTES: Final = 32_768
"""Bytes of one event as sent: 33,087 were refused, 30,082 were not (segment facts 1.7 [doc][obs])."""

BATCH_BYTES: Final = 512_000
"""Bytes of one batch body: the documented 500 KB read as 500 * 1024 (segment facts 1.7 [doc][inferred])."""

BATCH_ITEMS: Final = 2_500
"""Items of one batch; the surplus is answered 200 and dropped (segment facts 1.7 [doc])."""

MESSAGE_ID_CHARS: Final = 100
"""Characters of a messageId; the edge takes more and Unify drops the event (segment facts 1.7 [doc][obs])."""

UNIFY_TRAITS: Final = 300
"""Traits or properties from which on Unify drops the whole event (segment facts 1.7 [doc])."""

PROPERTIES: Final = 10_000
"""Properties of one event; the surplus is dropped (segment facts 1.7 [doc])."""

GROUP_ID_CHARS: Final = 500
"""Characters of a groupId; Unify drops longer ones (segment facts 1.7 [doc])."""

WAREHOUSE_STRING_CHARS: Final = 512
"""Characters of a warehouse string; the rest is cut off (segment facts 1.7 [doc])."""

COLUMN_BYTES: Final = 63
"""Bytes of a PostgreSQL identifier, the shortest of the usual warehouses (segment facts 5.1 [inferred])."""

AMPLITUDE_ID_CHARS: Final = 5
"""Characters below which Amplitude refuses a user id by default (amplitude facts 5.1 [doc])."""

COHORT_MEMBERS: Final = 2_000_000
"""Members of a cohort that Amplitude exports (amplitude facts 0 [doc])."""

LONGEST_LINE: Final = 1024 * 1024
"""Bytes of one line of NDJSON that are read; twice the largest batch that the edge takes (ours)."""
