"""The warehouse: names as go-snakecase writes them, and collisions over a stream of events."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.warehouse import Warehouse
from contracts.warehouse.columns import column_name, snake_case, truncated


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("inviteYourCustomersAddInvites", "invite_your_customers_add_invites"),
        ("sample___text", "sample_text"),
        ("CStringRef", "cstring_ref"),
        ("2FA Enabled", "2fa_enabled"),
        ("FOO:BAR$BAZ", "foo_bar_baz"),
        ("lk0B@bFmjrLQ_Z6YL", "lk0_b_b_fmjr_lq_z6yl"),
        ("edf_6N", "edf_6n"),
        ("f_pX9", "f_p_x9"),
        ("samPLE text", "sam_ple_text"),
        ("_5TEst", "5test"),
        ("[Amplitude] Power Users (abc123)", "amplitude_power_users_abc123"),
        ("Power Users (abc123)", "power_users_abc123"),
        ("[Amplitude] Power Users: abc123", "amplitude_power_users_abc123"),
        ("Power Users (aBc123)", "power_users_a_bc123"),
        ("[Amplitude] Café Lovers (x1)", "amplitude_caf_lovers_x1"),
        ("日本 (x1)", "x1"),
        ("2024 Buyers (x1)", "2024_buyers_x1"),
        ("iOS Users (ab)", "i_os_users_ab"),
        ("Trial > 7 days (p0x1y2)", "trial_7_days_p0x1y2"),
        ("userId", "user_id"),
        ("User ID", "user_id"),
        ("user_id", "user_id"),
    ],
)
def test_names_become_columns_as_published(name: str, column: str) -> None:
    """The vectors of the library's own tests, and of the fact sheet."""
    assert snake_case(name) == column


@given(st.text(max_size=30))
def test_a_column_is_stable_and_plain(name: str) -> None:
    """Writing a column's name again changes nothing, and only ASCII letters, digits and underscores are left."""
    column = snake_case(name)

    assert snake_case(column) == column
    assert set(column) <= set("abcdefghijklmnopqrstuvwxyz0123456789_")


def test_a_digit_gets_an_underscore_and_a_long_name_is_cut() -> None:
    """Redshift prefixes digits, PostgreSQL cuts at 63 bytes."""
    assert column_name("2024 Buyers (x1)") == "_2024_buyers_x1"
    assert len(truncated(column_name("x" * 100))) == 63


def codes(*events: dict[str, Any]) -> list[str]:
    """Return what a stream of events breaks."""
    warehouse = Warehouse()
    return [violation.rule.code for event in events for violation in warehouse.see(event)]


def identify(**traits: Any) -> dict[str, Any]:
    """Return an identify call."""
    return {"type": "identify", "userId": "user-001", "traits": traits}


def test_a_collision_is_told_once() -> None:
    """A million events with two colliding names are one finding, not a million."""
    first, second = identify(**{"Power Users (x1)": True}), identify(**{"power-users (x1)": True})

    assert codes(first, second, first, second, second) == ["W601"]


def test_nested_objects_collide_with_flat_names() -> None:
    """`address.street` and `address_street` are one column."""
    assert codes(identify(address={"street": "x"}), identify(address_street="y")) == ["W601"]


@pytest.mark.parametrize(
    ("first", "then", "expected"),
    [
        (True, "true", ["W602"]),
        ("true", True, ["W602"]),
        (1, "one", ["W602"]),
        (1, 1.5, ["W612"]),
        (1.5, 1, []),
        ("x", 1, []),
        ("2026-11-23T10:00:00Z", "yesterday", ["W602"]),
        ("2026-11-23T10:00:00Z", "2026-11-24T10:00:00Z", []),
        (True, None, []),
        (None, True, []),
    ],
)
def test_the_first_value_fixes_the_type(first: object, then: object, expected: list[str]) -> None:
    """Later values are cast where that works; where it does not, they are lost."""
    assert codes(identify(flag=first), identify(flag=then), identify(flag=then)) == expected


def test_tables_have_columns_of_their_own() -> None:
    """The same name in two events is two columns."""
    paid = {"type": "track", "userId": "u", "event": "Paid", "properties": {"total": 1}}
    asked = {"type": "track", "userId": "u", "event": "Asked", "properties": {"total": "1"}}

    assert codes(paid, asked) == []


@given(
    st.lists(
        st.builds(
            identify, a=st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=3)
        ),
        max_size=8,
    )
)
def test_what_is_known_has_nothing_to_tell(events: list[dict[str, Any]]) -> None:
    """The quick answer never hides a finding."""
    warehouse = Warehouse()

    for event in events:
        known = warehouse.is_known(event)
        told = list(warehouse.see(event))
        assert not (known and told)
