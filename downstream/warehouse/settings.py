"""Everything about a warehouse that nobody published, or that its documents contradict, with defaults."""

from __future__ import annotations

from dataclasses import dataclass

from contracts.limits import WAREHOUSE_STRING_CHARS
from mock_core.settings import setting


@dataclass(frozen=True, slots=True)
class WarehouseSettings:
    """The choices of the warehouse; read and changed under /__lab/warehouse/settings."""

    loads: str = setting(
        "hourly",
        "When delivered events are loaded: at every full hour of the lab's clock, or each time the lab is asked.",
        source="warehouse facts 1 [doc] best case hourly at :00",
        choices=("hourly", "at once"),
    )
    type_from: str = setting(
        "first",
        "Which value fixes the type of a new column: the first one ever, or the last one in the load that brings it.",
        source="warehouse facts 1: the documents give three rules; here are the two that a load can show",
        choices=("first", "last_in_batch"),
    )
    reserved: str = setting(
        "discard",
        "A trait or property whose column is Segment's own, such as `received_at`: left out, or kept with `_` before.",
        source="warehouse facts 1 [doc] discarded; RudderStack puts `_` before [sdk]",
        choices=("discard", "prefix"),
    )
    names_met: str = setting(
        "last",
        "Of two names of one event that share a column, the one whose value is kept.",
        source="warehouse facts 8: unknown",
        choices=("last", "first"),
    )
    long_names: str = setting(
        "faithful",
        "A name longer than the engine keeps: cut as the engine cuts it, so that two may share a column; its values "
        "left out; or shortened with a hash at its end, so that both survive.",
        source="warehouse facts 2 [run]; what Segment does is unknown (8)",
        choices=("faithful", "refuse", "suffix"),
    )
    names: str = setting(
        "engine",
        "Whose limit of a name counts: that of the database, or the 63 bytes of PostgreSQL or the 127 of Redshift "
        "wherever the tables are.",
        source="segment facts 5.1 [inferred]: the limits of the engines",
        choices=("engine", "postgres", "redshift"),
    )
    full_table: str = setting(
        "leave_out",
        "A column more than the engine allows: its values are left out, or the load fails.",
        source="warehouse facts 4 [run] 1,600 on PostgreSQL; what Segment does is unknown (8)",
        choices=("leave_out", "fail"),
    )
    text_width: int = setting(
        WAREHOUSE_STRING_CHARS,
        "Characters of a text that are kept; 0 keeps all.",
        source="segment facts 5.1 [doc] 512; warehouse facts 1: unstated for PostgreSQL",
    )
    fractions: str = setting(
        "cut",
        "A number with a fraction in a column of integers: cut towards zero, or left out.",
        source="warehouse facts 3: the engines disagree; RudderStack cuts [sdk]",
        choices=("cut", "drop"),
    )
    null_trait: str = setting(
        "clears",
        "A trait sent as null empties the cell in `users`, or the cell keeps its value.",
        source="warehouse facts 8: unknown; as the profile's null_trait",
        choices=("clears", "keeps"),
    )
    users_order: str = setting(
        "delivery",
        "Which of two values `users` and `accounts` keep, of one load or of two: the one delivered last, the one "
        "received last, or the one with the later timestamp.",
        source="warehouse facts 8: unknown; as the profile's profile_order; RudderStack's is received_at (7 [sdk])",
        choices=("delivery", "received_at", "timestamp"),
    )
    users_from: str = setting(
        "delivered",
        "Whether a delivered event whose id is in the table already still changes `users`.",
        source="warehouse facts 1 [doc] latest state, 7 [doc] dedupes on id; for users unknown",
        choices=("delivered", "deduplicated"),
    )
    sent_at: str = setting(
        "corrected",
        "The column sent_at: with the skew of the sender's clock taken out, which makes it received_at, or as sent.",
        source="segment facts 5.1 [doc] adjusted by the loader for skew",
        choices=("corrected", "as_sent"),
    )
