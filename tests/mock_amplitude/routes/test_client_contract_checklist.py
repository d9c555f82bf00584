"""What known clients lean on, one by one (amplitude facts 8, and the bug classes of section 6)."""

from __future__ import annotations

import csv
import gzip
import io
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

if TYPE_CHECKING:
    from tests.mock_amplitude.conftest import Desk


def test_the_list_is_an_array_with_times_in_whole_seconds(desk: Desk):
    """AIRBYTE: `cohorts` is an array, no pagination, epoch seconds as integers."""
    for number in range(300):
        desk.amplitude.create_cohort(f"C{number}")

    answer = desk.get("/api/3/cohorts").json()

    assert list(answer) == ["cohorts"]
    assert len(answer["cohorts"]) == 300
    assert all(type(each["lastMod"]) is int and each["lastMod"] < 10**10 for each in answer["cohorts"])


def test_a_client_that_streams_tolerates_a_missing_length(desk: Desk):
    """NAVIKT: `Accept: application/json` on every GET, no content-length on the file where the framing is chunks."""
    desk.amplitude.configure(file_framing="chunked")
    desk.amplitude.create_cohort("C", cohort_id="c", members=["u1"])
    request_id = desk.request("c")
    desk.clock.advance(2)
    headers = {"Accept": "application/json", "Content-Type": "application/json"}

    answer = desk.get(f"/api/5/cohorts/request/{request_id}/file", headers=headers, stream=True)

    assert answer.status_code == 200
    assert "Content-Length" not in answer.headers


def test_the_csv_has_a_column_named_user_id_first_line(desk: Desk):
    """OLD-PROXY, csv.DictReader: the header names `user_id`; null user ids are empty fields."""
    desk.amplitude.create_cohort("C", cohort_id="c", members=["u1", None])

    rows = list(csv.DictReader(io.StringIO(desk.download("c").text)))

    assert [row["user_id"] for row in rows] == ["u1", ""]


def test_segments_client_probes_its_keys_with_a_user_search(desk: Desk):
    """SEG-REV: any 2xx for an owner's mail address, whoever that is; 403 with a wrong key."""
    path = f"/api/2/usersearch?user={quote('owner+x@example.com', safe='')}"

    good = desk.get(path)
    bad = desk.anyone.get(f"{desk.url}{path}", auth=("lab-api-key", "wrong"))

    assert (good.status_code, good.json()) == (200, {"matches": [], "type": "nomatch"})
    assert bad.status_code == 403


def test_the_seed_user_dance_of_segments_client(desk: Desk):
    """SEG-REV: find anybody by prefixes 1 to 9, create a list with that user, then remove the user again."""
    desk.amplitude.add_people(generated=50)
    found = next(
        match["user_id"]
        for prefix in "123456789"
        for match in desk.get("/api/2/usersearch", params={"user": prefix}).json()["matches"]
        if match["user_id"]
    )
    upload = {
        "name": "[Segment] Audience",
        "app_id": "100001",
        "id_type": "BY_USER_ID",
        "ids": [found],
        "owner": "owner@example.com",
        "published": True,
    }

    cohort_id = desk.post("/api/3/cohorts/upload", upload).json()["cohortId"]
    part = {"ids": [found], "id_type": "BY_NAME", "operation": "REMOVE"}
    answer = desk.post("/api/3/cohorts/membership", {"cohort_id": cohort_id, "memberships": [part]})

    assert answer.json()["memberships_result"][0]["skipped_ids"] == []
    assert desk.get(f"/api/5/cohorts/request/{cohort_id}").json()["cohort_id"] == cohort_id
    assert len(desk.amplitude.membership(cohort_id)) == 0


def test_search_finds_by_id_user_id_and_beginning(desk: Desk):
    """The documented types of a match; a match may have a null user_id."""
    desk.amplitude.create_cohort("C", members=["alice-1", "alice-2", None])
    amplitude_id = desk.amplitude.world.cohorts.directory.amplitude_id("alice-1")

    def search(user: object) -> tuple[str, int]:
        answer = desk.get("/api/2/usersearch", params={"user": str(user)}).json()
        return answer["type"], len(answer["matches"])

    assert search("alice-1") == search(amplitude_id) == ("match_user_or_device_id", 1)
    assert search("alice") == ("match_user_prefix", 2)
    assert search("bob") == ("nomatch", 0)
    assert None in [
        match["user_id"] for match in desk.get("/api/2/usersearch", params={"user": "16"}).json()["matches"]
    ]
    assert desk.get("/api/2/usersearch").status_code == 400


def test_an_amplitude_id_is_wider_than_32_bits(desk: Desk):
    """6, row 42: an integer of 13 digits, written in full."""
    desk.amplitude.create_cohort("C", cohort_id="c", members=["u1"])

    (row,) = csv.DictReader(io.StringIO(desk.download("c").text))

    assert int(row["amplitude_id"]) > 2**32
    assert len(row["amplitude_id"]) == 13


def test_gzip_inflated_twice_is_an_error_and_not_inflated_is_gibberish(desk: Desk):
    """6, row 26: with the header a client inflates once; without it the bytes are still gzip."""
    desk.amplitude.create_cohort("C", cohort_id="c", members=["u1"])

    once = desk.download("c").content
    with pytest.raises(gzip.BadGzipFile):
        gzip.decompress(once)
    desk.amplitude.configure(gzip="no-header")

    assert desk.download("c").content.startswith(b"\x1f\x8b")


def test_a_cohort_is_checked_for_by_asking_for_it_which_costs(desk: Desk):
    """6, row 19: existence checks use up the month until the answer is 429."""
    desk.amplitude.configure(monthly_requests=2)
    desk.amplitude.create_cohort("C", cohort_id="c")

    answers = [desk.get("/api/5/cohorts/request/c").status_code for _ in range(3)]

    assert answers == [202, 202, 429]


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_gateway_in_trouble_answers_as_a_fault_says(desk: Desk, status: int):
    """NAVIKT retries exactly these; nothing is counted for a call that never arrived."""
    desk.amplitude.create_cohort("C", cohort_id="c")
    desk.amplitude.workspace.arm({"fault": "status", "status": status, "match": {"key": "lab-api-key"}})

    assert desk.get("/api/5/cohorts/request/c").status_code == status
    assert desk.get("/api/3/cohorts/usage").json()["rest_download"]["usage"] == 0


def test_a_fault_strikes_one_project_only(desk: Desk):
    """The key of a call is its API key."""
    desk.amplitude.workspace.arm({"fault": "status", "status": 500, "match": {"key": "other"}})

    assert desk.get("/api/3/cohorts").status_code == 200
