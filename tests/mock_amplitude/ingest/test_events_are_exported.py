"""Exports of events: an archive by the hour of arrival, after a lag, in Amplitude's names."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from typing import Any

import pytest

HOUR = 3_600
DOCUMENTED = {
    *("server_received_time", "app", "device_carrier", "$schema", "city", "user_id", "uuid", "event_time", "platform"),
    *("os_version", "amplitude_id", "processed_time", "user_creation_time", "version_name", "ip_address", "paying"),
    *("dma", "group_properties", "user_properties", "client_upload_time", "$insert_id", "event_type", "library"),
    *("amplitude_attribution_ids", "device_type", "device_manufacturer", "start_version", "location_lng"),
    *("server_upload_time", "event_id", "location_lat", "os_name", "amplitude_event_type", "device_brand", "groups"),
    *("event_properties", "data", "device_id", "language", "device_model", "country", "region", "adid", "session_id"),
    *("is_attribution_event", "device_family", "sample_rate", "idfa", "client_event_time"),
}


def export(desk: Any, start: str, end: str) -> Any:
    return desk.get("/api/2/export", params={"start": start, "end": end})


def files(answer: Any) -> dict[str, list[Any]]:
    """Read an archive as clients do: every member is gzip of JSON lines."""
    assert answer.status_code == 200, answer.text
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    assert archive.testzip() is None
    return {
        name: [json.loads(line) for line in gzip.decompress(archive.read(name)).splitlines()]
        for name in archive.namelist()
    }


def test_an_event_has_the_names_of_an_export(desk: Any, send: Any):
    """The documented fields and no others; times as text, -1 for no session, the properties of its moment."""
    send(
        {"user_id": "user-1", "insert_id": "i", "time": 1_767_600_000_123, "carrier": "T", "app_version": "2.0"},
        {"user_id": "user-1", "user_properties": {"plan": "pro"}, "session_id": 5, "ip": "$remote"},
    )
    desk.clock.advance(3 * HOUR)
    answer = export(desk, "20260105T09", "20260105T09")
    ((name, (first, second)),) = files(answer).items()

    assert answer.headers["Content-Type"] == "application/zip"
    assert name == "100001/100001_2026-01-05_9#0.json.gz"
    assert set(first) == DOCUMENTED
    assert first["event_time"] == first["client_event_time"] == "2026-01-05 08:00:00.123000"
    assert first["server_upload_time"] == "2026-01-05 09:00:00.000000"
    assert (first["$insert_id"], first["device_carrier"], first["version_name"]) == ("i", "T", "2.0")
    assert (first["session_id"], second["session_id"]) == (-1, 5)
    assert (first["user_properties"], second["user_properties"]) == ({}, {"plan": "pro"})
    assert first["amplitude_id"] == second["amplitude_id"]
    assert first["uuid"] != second["uuid"]
    assert second["ip_address"] is None


def test_hours_are_those_of_arrival_and_come_after_the_lag(desk: Any, send: Any):
    """A late event lies in a later file; both ends of the range are included; too early there is nothing, in words."""
    send({"user_id": "user-1", "time": 1})
    desk.clock.advance(HOUR)
    send({"user_id": "user-1", "time": 1})
    desk.clock.advance(2 * HOUR)
    early = export(desk, "20260105T10", "20260105T23")
    one = files(export(desk, "20260105T00", "20260105T23"))
    desk.clock.advance(HOUR)
    both = files(export(desk, "20260105T09", "20260105T10"))

    assert (early.status_code, desk.details(early)) == (404, "Raw data files were not found.")
    told = "those of 2026-01-05T10:00:00.000Z can be exported from 2026-01-05T13:00:00.000Z on"
    assert early.json()["error"]["metadata"]["lab"] == told
    assert list(one) == ["100001/100001_2026-01-05_9#0.json.gz"]
    assert list(both) == [f"100001/100001_2026-01-05_{hour}#0.json.gz" for hour in (9, 10)]
    assert export(desk, "20260105T11", "20260105T12").status_code == 404


def test_what_was_not_kept_is_not_exported(desk: Any, send: Any):
    """Repetitions and events of other projects; identifications by /identify are no events, $identify is one."""
    desk.amplitude.put_project("other", "secret")
    send({"user_id": "user-1", "insert_id": "i"}, {"user_id": "user-1", "insert_id": "i"})
    send({"user_id": "user-1", "event_type": "$identify", "user_properties": {"$set": {"a": 1}}})
    told = {"api_key": "lab-api-key", "identification": '{"user_id": "user-1", "user_properties": {"b": 1}}'}
    desk.anyone.post(f"{desk.url}/identify", data=told)
    payload = {"api_key": "other", "events": [{"event_type": "y", "user_id": "user-1"}]}
    desk.anyone.post(f"{desk.url}/2/httpapi", json=payload)
    desk.clock.advance(4 * HOUR)

    def types() -> list[str]:
        return [
            event["event_type"]
            for lines in files(export(desk, "20260105T09", "20260105T09")).values()
            for event in lines
        ]

    assert types() == ["x", "$identify"]
    desk.amplitude.configure(export_identifies=False)
    assert types() == ["x"]


def test_a_clock_that_was_moved_back_mixes_no_hours(desk: Any, send: Any):
    """What came twice in the same hour of the lab's time lies in one file."""
    send({"user_id": "user-1"})
    desk.clock.advance(HOUR)
    send({"user_id": "user-2"})
    desk.clock.freeze(desk.start + 60)
    send({"user_id": "user-3"})
    desk.clock.advance(5 * HOUR)
    found = files(export(desk, "20260105T00", "20260105T23"))

    assert [[event["user_id"] for event in lines] for lines in found.values()] == [["user-1", "user-3"], ["user-2"]]


def test_large_hours_are_cut_and_the_archive_repeats(desk: Any, send: Any, monkeypatch: pytest.MonkeyPatch):
    """Several files an hour; the same bytes when asked again; a folder's entry is a setting."""
    monkeypatch.setattr("mock_amplitude.routes.archive.LINES_A_MEMBER", 2)
    send(*({"user_id": f"user-{number}"} for number in range(5)))
    desk.clock.advance(4 * HOUR)
    first, again = (export(desk, "20260105T09", "20260105T09").content for _ in range(2))
    desk.amplitude.configure(export_folder_entry=True)
    with_folder = export(desk, "20260105T09", "20260105T09").content

    assert first == again
    names = zipfile.ZipFile(io.BytesIO(first)).namelist()
    assert [name.partition("#")[2] for name in names] == ["0.json.gz", "1.json.gz", "2.json.gz"]
    assert zipfile.ZipFile(io.BytesIO(with_folder)).namelist() == ["100001/", *names]


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        ("20260105", "20260105T09", "start is '20260105', expected an hour as 20261130T05"),
        ("20260105T09", "", "end is '', expected an hour"),
        ("20260105T25", "20260105T26", "expected an hour"),
        ("20260105T09", "20260105T08", "end is before start"),
        ("20250104T09", "20260104T09", "larger than 365 days"),
    ],
)
def test_ranges_that_are_none_are_refused(desk: Any, start: str, end: str, words: str):
    """In words (loop facts 1 [inferred]: a day without an hour is seen, and should answer 400)."""
    answer = export(desk, start, end)

    assert answer.status_code == 400
    assert words in desk.details(answer)


def test_more_than_four_gigabytes_are_refused(desk: Any, send: Any):
    """Counted by what was uploaded; a setting, for nobody uploads that to a test."""
    send({"user_id": "user-1"})
    desk.clock.advance(4 * HOUR)
    desk.amplitude.configure(max_export_bytes=10)

    answer = export(desk, "20260105T09", "20260105T09")

    assert (answer.status_code, "larger than 4GB" in desk.details(answer)) == (400, True)


def test_activity_tells_a_person_with_their_events(desk: Any, send: Any):
    """The latest first, a page of them; what was merged is told with the rest, under the one who stayed."""
    send(
        {"user_id": "user-1", "time": 1_767_000_000_000, "country": "Peru"},
        {"device_id": "device-1", "event_type": "y"},
    )
    send(
        {
            "user_id": "user-1",
            "device_id": "device-1",
            "event_type": "z",
            "platform": "iOS",
            "user_properties": {"a": 1},
        }
    )
    one, other, _ = (each.amplitude_id for each in desk.amplitude.ingested())
    desk.amplitude.create_cohort("C", cohort_id="c", members=["user-1"])

    def activity(who: int | None, **more: Any) -> Any:
        return desk.get("/api/2/useractivity", params={"user": str(who), **more}).json()

    told = activity(one)
    assert told == activity(other)
    assert [event["event_type"] for event in told["events"]] == ["z", "y", "x"]
    assert [event["event_type"] for event in activity(one, direction="earliest", offset=1, limit=1)["events"]] == ["y"]
    about = told["userData"]
    assert (about["user_id"], about["canonical_amplitude_id"], about["merged_amplitude_ids"]) == (
        "user-1",
        one,
        [other],
    )
    assert (about["num_events"], about["first_used"], about["last_used"]) == (3, "2025-12-29", "2026-01-05")
    assert (about["properties"], about["cohort_ids"], about["platform"]) == ({"a": 1}, ["c"], "iOS")
    assert about["last_device_id"] in about["device_ids"]
    desk.amplitude.add_people(["ann"])
    ann = desk.amplitude.world.cohorts.directory.amplitude_id("ann")
    assert (activity(ann)["userData"]["num_events"], activity(ann)["events"]) == (0, [])


@pytest.mark.parametrize(
    "query", ["", "user=5", "user=x", "user=1&limit=1001", "user=1&offset=-1", "user=1&direction=up"]
)
def test_activity_of_nobody_is_refused(desk: Any, query: str):
    """And of pages that are none."""
    assert desk.get(f"/api/2/useractivity?{query}").status_code == 400


def test_looks_at_users_have_an_hour_s_quota(desk: Any):
    """360, search and activity together (amplitude facts 0 [doc]); a look that finds nobody counts, too."""
    desk.amplitude.configure(user_lookups_per_hour=3)
    statuses = [
        desk.get(f"/api/2/{what}").status_code for what in ("usersearch?user=a", "useractivity", "usersearch?user=a")
    ]
    over = desk.get("/api/2/usersearch?user=a")
    desk.clock.advance(HOUR)

    assert (statuses, over.status_code) == ([200, 400, 200], 429)
    assert desk.get("/api/2/usersearch?user=a").status_code == 200


def test_exports_of_cohorts_have_the_properties_that_events_told(desk: Any, send: Any):
    """As they were when the download was asked for."""
    send({"user_id": "user-1", "user_properties": {"plan": "pro"}})
    desk.amplitude.create_cohort("C", cohort_id="c", members=["user-1"], published=True)
    request_id = desk.request("c", props=1)
    send({"user_id": "user-1", "user_properties": {"plan": "free"}})
    desk.clock.advance(2)
    lines = desk.get(f"/api/5/cohorts/request/{request_id}/file").text.splitlines()

    assert lines[0] == '"amplitude_id","user_id","plan"'
    assert lines[1].endswith('"user-1","pro"')
