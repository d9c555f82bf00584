"""Everything about a sync that the vendors leave open, as named settings with defaults.

Most are the unknowns of amplitude facts 7: what Amplitude's own sync does there is unpublished, so it is a choice.
Each field says what it does and what it may be; `sync show` and the documentation are printed from here.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from contracts.errors import ContractsError
from contracts.limits import BATCH_BYTES, BATCH_ITEMS
from contracts.nearest import nearest
from contracts.trait_key import TRAIT_KEY_STYLES, trait_key_format
from syncer.errors import WrongCall
from syncer.limits import BatchLimits
from syncer.wire import RetryPolicy


def _choice(*choices: str, says: str, source: str) -> Any:
    """Declare a setting that is one of a few words; the first is the default. `source` is the fact it rests on."""
    return field(default=choices[0], metadata={"says": says, "choices": choices, "source": source})


def _text(default: str, says: str, *, source: str) -> Any:
    """Declare a setting that is any text."""
    return field(default=default, metadata={"says": says, "source": source})


def _number(default: float, low: float, high: float, says: str, *, source: str) -> Any:
    """Declare a setting that is a number within bounds, both included."""
    return field(default=default, metadata={"says": says, "low": low, "high": high, "source": source})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Hold one value for every open question; raise `WrongCall` for a value that cannot be."""

    # What is sent
    trait_key: str = _text(
        "amplitude",
        f"Spelling of the trait: {', '.join(TRAIT_KEY_STYLES)}, or a template.",
        source="amplitude facts 4.1 [doc] several spellings, 7.1: which one is sent is unknown",
    )
    cohort_name: str = _text(
        "",
        "Name to use in the trait key instead of the cohort's own; empty for its own.",
        source="ours: the name in the key without a rename at Amplitude",
    )
    trait_value: str = _choice(
        "boolean",
        "text",
        says='How membership is written: JSON booleans, or the strings "True" and "False".',
        source="amplitude facts 4.1 [doc] booleans in one page, True and False in another, 7.2",
    )
    mode: str = _choice(
        "mirror",
        "additive",
        says="Whether leaves are told (mirror), or a member once told stays one (additive).",
        source="segment facts 4.2 [doc] leaves are told; additive is ours",
    )
    order: str = _choice(
        "enters-first",
        "leaves-first",
        "interleaved",
        says="Which changes of a run are sent first; interleaved goes by user id.",
        source="amplitude facts 3.2 [doc] order not guaranteed, 7.6: which goes first is unknown",
    )

    # How it is sent
    transport: str = _choice(
        "batch",
        "identify",
        says="One /v1/batch call for many users, or one /v1/identify call for each.",
        source="amplitude facts 4.2 [inferred] a batch, 7.3: the route is unpublished",
    )
    batch_events: int = _number(
        1_000, 1, BATCH_ITEMS, "Most events in one batch.", source="amplitude facts 3.3 [doc] 1,000 by default, 7.3"
    )
    batch_bytes: int = _number(
        450_000,
        32_800,
        BATCH_BYTES,
        "Most bytes in one batch, as sent.",
        source="segment facts 1.7 [doc] 500 KB; amplitude facts 4.2 [inferred] a cap in bytes, 7.3",
    )
    parallel: int = _number(
        4,
        1,
        64,
        "Batches in flight at once; 1 is strictly one after the other.",
        source="amplitude facts 3.3 [doc] 4 in parallel",
    )
    events_per_second: float = _number(
        0.0,
        0,
        1e9,
        "Most events sent in a second; 0 for no limit. Engage takes 1,000.",
        source="segment facts 1.7 [doc] 1,000 a second recommended",
    )
    request_timeout: float = _number(
        30.0, 0.1, 3_600, "Seconds to wait for a reply.", source="amplitude facts 7.4: unknown but for webhooks"
    )

    # When it fails
    retries: int = _number(
        8,
        0,
        100,
        "Tries after the first, for each batch and each call to Amplitude.",
        source="amplitude facts 3.3 [doc] 8 retries",
    )
    retry_base: float = _number(
        1.0, 0, 3_600, "Seconds before the second try.", source="amplitude facts 0 [doc] first wait 1 s"
    )
    retry_factor: float = _number(
        2.0,
        1,
        10,
        "How many times longer each further wait is.",
        source="amplitude facts 0 [inferred] doubling reaches over two minutes in eight waits",
    )
    retry_jitter: float = _number(
        0.0, 0, 1, "Share of a wait that chance may add.", source="amplitude facts 7.4: unknown"
    )
    retry_on: str = _choice(
        "transient",
        "everything",
        says="Retry lost replies, 408, 410, 425, 429, 460 and 5xx only, or whatever went wrong.",
        source="amplitude facts 3.3 [inferred] which statuses are retried, 7.4",
    )
    retry_after_cap: float = _number(
        3_600.0,
        0,
        604_800,
        "Longest Retry-After that is waited for; a longer one stops the run for a later one.",
        source="segment facts 1.6 [doc] Retry-After; how long is waited for is ours",
    )
    retry_budget: int = _number(
        1_000,
        0,
        10**9,
        "Retries of all batches together, after which the run stops.",
        source="ours: a run that cannot succeed ends",
    )
    breaker_failures: int = _number(
        10,
        1,
        10**9,
        "Failed tries in a row, of all batches, after which one try at a time goes out.",
        source="ours: a service in trouble is left alone",
    )
    breaker_seconds: float = _number(
        30.0, 0, 3_600, "Seconds between such single tries.", source="ours: a service in trouble is left alone"
    )
    refusals_in_a_row: int = _number(
        25,
        1,
        10**9,
        "Events refused in a row after which the endpoint is at fault, not they: the run stops.",
        source="ours: an endpoint that refuses everybody is at fault",
    )
    partial_failure: str = _choice(
        "resend",
        "commit",
        "fail",
        says="Users refused for good: the next run tells them again; or they count as told, as Amplitude labels "
        "such a run; or the run counts as failed and the next one tells them again.",
        source="amplitude facts 3.3 [doc] such a run is marked successful; 3.2 [inferred] what is sent again, 7.5",
    )

    # The export
    poll_interval: float = _number(
        5.0,
        0.01,
        3_600,
        "Longest wait between two looks at an export job, in seconds.",
        source="amplitude facts 1.2 D [client] 1 to 60 s seen",
    )
    poll_budget: float = _number(
        1_800.0,
        0,
        604_800,
        "Seconds after which an export job is taken for stuck.",
        source="amplitude facts 1.2 D [client] 35 s to 10 min seen; so long is ours",
    )
    size_limit: int = _number(
        2_000_000, 0, 10**9, "Most members taken; 0 for no limit.", source="amplitude facts 0 [doc] 2,000,000 users"
    )
    over_size_limit: str = _choice(
        "fail",
        "truncate",
        says="A cohort over the limit: the run fails, or the rest is left out.",
        source="amplitude facts 3.1 [inferred] the run fails, 7.22",
    )
    export_bytes: int = _number(
        2_000_000_000,
        0,
        10**13,
        "Most bytes of an export, inflated; more looks like a broken one: the run fails. 0 for no limit.",
        source="ours: a download that does not end is no export",
    )
    most_leaves: float = _number(
        0.5,
        0,
        1,
        "Share of the members that may leave in one run; more, if it is more than few_leaves, looks like a broken "
        "export: the run fails. 1 allows everybody to.",
        source="ours: an export cut short looks like a mass leave",
    )
    few_leaves: int = _number(
        2_000,
        0,
        10**9,
        "Members that may leave in one run whatever share they are.",
        source="ours: an export cut short looks like a mass leave",
    )

    # What happens to the cohort and the target
    rename: str = _choice(
        "keep",
        "resync",
        "resync-and-clear",
        says="A renamed cohort: only changes get the new key; or everybody does; or everybody does, and the old "
        "key is set to false.",
        source="amplitude facts 3.5 [inferred] only changes get the new key, 7.7",
    )
    archived: str = _choice(
        "fail",
        "ignore",
        "clear",
        says="An archived cohort: the run fails, goes on, or tells everybody false.",
        source="amplitude facts 3.5 [doc] the next sync fails; 7.8: what is sent is unknown",
    )
    deleted: str = _choice(
        "fail",
        "clear",
        says="A cohort that is gone: the run fails, or tells everybody false.",
        source="amplitude facts 3.5 [inferred] nothing is sent, 7.8",
    )
    target_change: str = _choice(
        "full",
        "keep",
        says="Another key under a target's name: a first sync, or the same source with a new key.",
        source="amplitude facts 3.5 [inferred] a first sync, 7.9",
    )
    edit: str = _choice(
        "diff",
        "full",
        says="The run after an edit of the sync: a difference, or everybody again.",
        source="amplitude facts 3.5 [doc] it runs at once; [inferred] a difference, 7.9",
    )
    removal: str = _choice(
        "nothing",
        "clear",
        says="A sync that is removed: nothing is sent, or everybody is told false.",
        source="amplitude facts 3.5 [inferred] no clean-up is known, 7.8",
    )

    def __post_init__(self) -> None:
        for each in dataclasses.fields(self):
            object.__setattr__(self, each.name, _checked(each, getattr(self, each.name)))
        try:
            trait_key_format(self.trait_key)
        except ContractsError as error:
            raise WrongCall(f"setting trait_key: {error}") from error

    @classmethod
    def of(cls, values: Mapping[str, object]) -> Settings:
        """Make settings from words as a file or a command line gives them."""
        known = {each.name for each in dataclasses.fields(cls)}
        for name in values:
            if name not in known:
                raise WrongCall(f"there is no setting {name!r}; {nearest(name, known)}")
        return cls(**values)  # type: ignore[arg-type]  # __post_init__ checks and converts every value

    @property
    def limits(self) -> BatchLimits:
        """Return how large one request may be."""
        events = 1 if self.transport == "identify" else self.batch_events
        return BatchLimits(bytes=self.batch_bytes, events=events)

    @property
    def retry_policy(self) -> RetryPolicy:
        """Return how often and how patiently to try."""
        return RetryPolicy(
            retries=self.retries,
            base=self.retry_base,
            factor=self.retry_factor,
            jitter=self.retry_jitter,
            retry_after_cap=self.retry_after_cap,
            everything=self.retry_on == "everything",
        )

    def as_dict(self) -> dict[str, object]:
        return dataclasses.asdict(self)


def described(settings: Settings) -> list[dict[str, Any]]:
    """Return every setting with its value, its default, what it may be and what it says."""
    return [
        {
            "setting": each.name,
            "value": getattr(settings, each.name),
            "default": each.default,
            "allowed": _allowed(each),
            "says": each.metadata["says"],
            "source": each.metadata["source"],
        }
        for each in dataclasses.fields(settings)
    ]


def _allowed(each: dataclasses.Field[Any]) -> str:
    if "choices" in each.metadata:
        return ", ".join(each.metadata["choices"])
    return f"{each.metadata['low']:,} to {each.metadata['high']:,}" if "low" in each.metadata else "text"


def _checked(each: dataclasses.Field[Any], value: object) -> object:
    """Return the value in its type, or raise `WrongCall` with what it may be."""
    choices = each.metadata.get("choices")
    if choices is not None:
        if value not in choices:
            raise WrongCall(f"setting {each.name} is one of {', '.join(choices)}, not {value!r}")
        return value
    if "low" not in each.metadata:
        if not isinstance(value, str):
            raise WrongCall(f"setting {each.name} is text, not {value!r}")
        return value
    low, high = each.metadata["low"], each.metadata["high"]
    number = _number_in(value, whole=isinstance(each.default, int))
    if number is None or not low <= number <= high:
        raise WrongCall(f"setting {each.name} is a number from {low:g} to {high:g}, not {value!r}")
    return number


def _number_in(value: object, *, whole: bool) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    if not whole:
        return number
    return int(number) if number.is_integer() else None
