"""List, and one cohort at once: fields, nulls, switches, headers (amplitude facts 1.1, 1.2 A and B, 2.1)."""

from __future__ import annotations

import re
from hashlib import sha1
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.mock_amplitude.conftest import Desk

FIELDS = {
    "appId", "archived", "definition", "description", "finished", "id", "name", "published", "type", "lastMod",
    "createdAt", "lastComputed", "hidden", "metadata", "view_count", "popularity", "last_viewed", "chart_id",
    "edit_id", "is_predictive", "is_official_content", "location_id", "shortcut_ids", "per_app_metadata",
    "cohort_definition_type", "cohort_output_type", "is_generated_content", "owners", "viewers", "size",
}  # fmt: skip


def listed(desk: Desk, **params: str) -> list[dict[str, object]]:
    answer: list[dict[str, object]] = desk.get("/api/3/cohorts", params=params).json()["cohorts"]
    return answer


def test_an_object_has_the_live_fields_and_no_other(desk: Desk):
    """Every field of live objects is there, and syncMetadata is absent, not null."""
    desk.amplitude.create_cohort("Power Users", cohort_id="7abc12de")

    (cohort,) = listed(desk)

    assert set(cohort) == FIELDS
    assert cohort["appId"] == 100001
    assert cohort["type"] == "redshift"
    assert cohort["createdAt"] == cohort["lastMod"] == int(desk.start)
    assert cohort["definition"]["orClauses"] == [cohort["definition"]["andClauses"]]


def test_a_cohort_nobody_computed_has_nulls(desk: Desk):
    """finished false, size null, lastComputed null, as live ones have (facts 6, row 41)."""
    desk.amplitude.create_cohort("New", members=["u1"])

    (cohort,) = listed(desk)

    assert (cohort["finished"], cohort["size"], cohort["lastComputed"]) == (False, None, None)


def test_getting_a_cohort_computes_it(desk: Desk):
    """The one fetched by id becomes finished; refreshCohort=false leaves it as it was."""
    desk.amplitude.create_cohort("Seen", cohort_id="seen", members=["u1", None])

    before = desk.get("/api/3/cohorts/seen", params={"refreshCohort": "false"}).json()
    after = desk.get("/api/3/cohorts/seen").json()

    assert (before["cohort"]["finished"], before["user_ids"]) == (False, [])
    assert (after["cohort"]["finished"], after["cohort"]["size"]) == (True, 2)
    assert after["user_ids"] == ["u1", None]
    assert all(isinstance(each, int) and each > 2**32 for each in after["amplitude_ids"])
    assert listed(desk)[0]["size"] == 2


def test_amplitude_ids_can_be_left_out_or_written_as_text(desk: Desk):
    """amp_ids=false drops the key; the element type is a setting because both were seen."""
    desk.amplitude.create_cohort("C", cohort_id="c", members=["u1"])
    desk.amplitude.configure(amplitude_ids_as="string")

    assert "amplitude_ids" not in desk.get("/api/3/cohorts/c", params={"amp_ids": "false"}).json()
    assert isinstance(desk.get("/api/3/cohorts/c").json()["amplitude_ids"][0], str)


def test_sync_metadata_is_there_when_asked_for(desk: Desk):
    """One-time and disabled syncs are left out; a cohort without syncs has an empty list."""
    desk.amplitude.create_cohort("Synced", cohort_id="synced")
    desk.amplitude.create_cohort("Alone", cohort_id="alone")
    stamp = "2026-01-05T08:00:00.848454-07:00"
    desk.amplitude.put_sync("synced", frequency="hourly", last_successful=stamp, params={"target": "Prod"})
    desk.amplitude.put_sync("synced", target="braze", frequency="once")
    desk.amplitude.put_sync("synced", target="s3", frequency="daily", enabled=False)

    synced, alone = listed(desk, includeSyncInfo="true")

    assert synced["syncMetadata"] == [
        {
            "target": "segment",
            "frequency": "hourly",
            "last_successful": stamp,
            "last_failure": None,
            "params": {"target": "Prod"},
        }
    ]
    assert alone["syncMetadata"] == []


def test_archived_are_listed_and_unpublished_are_not(desk: Desk):
    """Both are switches; deleted ones are gone."""
    for cohort_id in ("kept", "archived", "hidden", "deleted"):
        desk.amplitude.create_cohort(cohort_id, cohort_id=cohort_id)
    desk.amplitude.archive("archived")
    desk.amplitude.unpublish("hidden")
    desk.amplitude.delete("deleted")

    assert [(each["id"], each["archived"]) for each in listed(desk)] == [("kept", False), ("archived", True)]
    desk.amplitude.configure(list_archived=False, list_unpublished=True)
    assert [each["id"] for each in listed(desk)] == ["kept", "hidden"]


def test_old_sdks_filter_by_ids_joined_with_comma_and_space(desk: Desk):
    """The undocumented `cohortIds=a, b`."""
    for cohort_id in "abc":
        desk.amplitude.create_cohort(cohort_id, cohort_id=cohort_id)

    assert [each["id"] for each in listed(desk, cohortIds="a, c")] == ["a", "c"]


def test_answers_carry_the_live_headers(desk: Desk):
    """charset in capitals, a weak ETag of 40 hex digits, no caching, a clearing cookie, no rate-limit headers."""
    answer = desk.anyone.get(f"{desk.url}/api/3/cohorts", auth=desk.session.auth)

    assert answer.headers["Content-Type"] == "application/json; charset=UTF-8"
    assert answer.headers["ETag"] == f'W/"{sha1(answer.content).hexdigest()}"'
    assert re.fullmatch(r"dash;dur=\d+", answer.headers["Server-Timing"])
    assert answer.headers["Cache-Control"] == "no-cache, no-store, must-revalidate"
    assert (answer.headers["Pragma"], answer.headers["Expires"]) == ("no-cache", "0")
    assert answer.headers["Set-Cookie"].startswith("SERVERID=;")
    assert "Content-Length" not in answer.headers
    assert not [name for name in answer.headers if name.lower().startswith("x-ratelimit")]


def test_names_need_not_be_unique_and_may_hold_anything(desk: Desk):
    """Three cohorts of one name, with quotes, emoji and parentheses, keep their own ids (facts 6, row 9)."""
    name = 'Pöwer "users" (beta) 🚀 a.b'
    ids = {desk.amplitude.create_cohort(name).id for _ in range(3)}

    assert {each["id"] for each in listed(desk) if each["name"] == name} == ids
    assert all(re.fullmatch(r"[a-z0-9]{8}", each) for each in ids)


def test_template_cohorts_are_the_six_of_a_new_project(desk: Desk):
    """Owner `amp`, never computed, with definitions of the live shapes."""
    desk.amplitude.create_templates()

    cohorts = listed(desk)

    assert len(cohorts) == 6
    assert {tuple(each["owners"]) for each in cohorts} == {("amp",)}
    kinds = {
        clause["type"] for each in cohorts for part in each["definition"]["andClauses"] for clause in part["orClauses"]
    }
    assert kinds == {"retention", "distinct_interval", "event", "new_active"}


@pytest.mark.parametrize("path", ["/api/3/cohorts/nothere", "/api/3/cohorts/", "/api/3/cohorts/%F0%9F%9A%80"])
def test_an_unknown_cohort_is_404_with_an_envelope(desk: Desk, path: str):
    """Whatever the id looks like; the list itself answers with a slash at its end."""
    answer = desk.get(path)

    assert answer.status_code == (200 if path.endswith("cohorts/") else 404)
