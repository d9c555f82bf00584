"""Uploaded lists and their two vocabularies (amplitude facts 1.2 F, G; 6 rows 21 to 24)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests

from mock_core import build_app
from mock_core.inprocess import InProcessAdapter

if TYPE_CHECKING:
    from tests.mock_amplitude.conftest import Desk

UPLOAD = "/api/3/cohorts/upload"
MEMBERSHIP = "/api/3/cohorts/membership"


def body(**changes: Any) -> dict[str, Any]:
    """Return a whole upload of two known users and a stranger."""
    plain = {
        "name": "List",
        "app_id": 100001,
        "id_type": "BY_USER_ID",
        "ids": ["u1", "u2", "stranger"],
        "owner": "owner@example.com",
        "published": True,
    }
    return {name: value for name, value in {**plain, **changes}.items() if value is not ...}


@pytest.fixture
def known(desk: Desk) -> Desk:
    """A desk whose project knows u1 to u4."""
    desk.amplitude.add_people(["u1", "u2", "u3", "u4"])
    return desk


def members(desk: Desk, cohort_id: str) -> list[str | None]:
    return [user_id for _, user_id in desk.amplitude.membership(cohort_id)]


def uploaded(desk: Desk, **changes: Any) -> str:
    answer = desk.post(UPLOAD, body(**changes))
    assert answer.status_code == 200, answer.text
    return str(answer.json()["cohortId"])


def edit(desk: Desk, cohort_id: str, *parts: tuple[str, str, list[str]], **fields: Any) -> Any:
    memberships = [{"operation": operation, "id_type": kind, "ids": ids} for operation, kind, ids in parts]
    return desk.post(MEMBERSHIP, {"cohort_id": cohort_id, "memberships": memberships, **fields})


def test_an_upload_makes_a_list_of_those_who_exist(known: Desk):
    """camelCase cohortId, the counts, a sample of strangers, and the object as live answers carry it."""
    answer = known.post(UPLOAD, body()).json()

    cohort_id = answer["cohortId"]
    assert answer["metadata"] == {"matched": 2, "totals": 3, "invalid_ids_sample": ["stranger"]}
    assert members(known, cohort_id) == ["u1", "u2"]
    (listed,) = known.get("/api/3/cohorts").json()["cohorts"]
    assert answer["cohortsById"] == {cohort_id: listed}
    assert (listed["type"], listed["size"], listed["finished"]) == ("manual_upload", 2, True)
    assert listed["owners"] == ["owner@example.com"]
    assert listed["definition"]["andClauses"] == []
    assert "orClauses" not in listed["definition"]


def test_amplitude_ids_must_be_somebodys(known: Desk):
    """BY_AMP_ID takes the ids as text; an unknown number and a word are invalid."""
    amplitude_id = known.amplitude.world.cohorts.directory.amplitude_id("u1")

    answer = known.post(UPLOAD, body(id_type="BY_AMP_ID", ids=[str(amplitude_id), "12345", "u1", "9" * 40])).json()

    assert answer["metadata"] == {"matched": 1, "totals": 4, "invalid_ids_sample": ["12345", "u1", "9" * 40]}
    assert members(known, answer["cohortId"]) == ["u1"]


def test_an_existing_list_is_replaced_whole(known: Desk):
    """The id stays, everybody else leaves, the name may change."""
    cohort_id = uploaded(known)

    again = uploaded(known, name="Renamed", ids=["u3"], existing_cohort_id=cohort_id)

    assert again == cohort_id
    assert members(known, cohort_id) == ["u3"]
    assert [cohort.name for cohort in known.amplitude.cohorts()] == ["Renamed"]


def test_skip_save_only_checks(known: Desk):
    """Counts are told and nothing is made or replaced."""
    cohort_id = uploaded(known)

    fresh = known.post(UPLOAD, body(skip_save=True)).json()
    replaced = known.post(UPLOAD, body(skip_save=True, existing_cohort_id=cohort_id, ids=["u4"])).json()

    assert fresh["metadata"]["matched"] == 2
    assert replaced["cohortId"] == cohort_id
    assert len(known.amplitude.cohorts()) == 1
    assert members(known, cohort_id) == ["u1", "u2"]


def test_strangers_fail_an_upload_that_does_not_skip_them(known: Desk):
    """The metadata says who, and nothing is made."""
    answer = known.post(UPLOAD, body(skip_invalid_ids=False))

    assert answer.status_code == 400
    assert answer.json()["error"]["metadata"]["invalid_ids"] == ["stranger"]
    assert known.amplitude.cohorts() == []


@pytest.mark.parametrize(
    "changes",
    [
        {"ids": []},
        {"ids": ["nobody", "none"]},
        {"ids": "u1"},
        {"ids": ["u1", 2]},
        {"ids": ...},
        {"name": ...},
        {"name": 7},
        {"owner": ...},
        {"published": ...},
        {"published": "yes"},
        {"app_id": ...},
        {"app_id": "abc"},
        {"app_id": True},
        {"app_id": 1.5},
        {"app_id": "9" * 5_000},
        {"id_type": "BY_NAME"},
        {"id_type": ["BY_USER_ID"]},
        {"skip_save": "no"},
        {"ids": ["x" * 10_000_000]},
    ],
    ids=lambda changes: "-".join(f"{name}={str(value)[:12]}" for name, value in changes.items()),
)
def test_a_malformed_upload_is_400_and_makes_nothing(known: Desk, changes: dict[str, Any]):
    """Wrong types, missing fields, the other call's vocabulary, a 10 MB id: an envelope, no cohort, a journal line."""
    before = known.amplitude.workspace.journal.last

    answer = known.post(UPLOAD, body(**changes))

    assert answer.status_code == 400
    assert known.details(answer)
    assert known.amplitude.cohorts() == []
    assert known.amplitude.workspace.journal.last == before + 1


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[]", b"null", b'{"a": NaN}', b"\xff\xfe", b'{"a": "\\ud800"}', b"{}\x00"]
)
@pytest.mark.parametrize("path", [UPLOAD, MEMBERSHIP])
def test_a_body_that_is_no_json_object_is_400(known: Desk, path: str, data: bytes):
    """Whatever the bytes, an envelope."""
    answer = known.session.post(f"{known.url}{path}", data=data)

    assert answer.status_code == 400
    assert answer.json()["error"]["http_code"] == 400


def test_more_than_100_000_ids_are_refused(known: Desk):
    """One id too many; exactly as many are taken."""
    known.amplitude.add_people(generated=100_001)
    ids = [str(known.amplitude.world.cohorts.directory.people.amplitude_id(number)) for number in range(100_001)]

    assert known.post(UPLOAD, body(id_type="BY_AMP_ID", ids=ids)).status_code == 400
    assert known.post(UPLOAD, body(id_type="BY_AMP_ID", ids=ids[1:])).json()["metadata"]["matched"] == 100_000


def test_app_id_may_be_text_and_may_have_to_match(known: Desk):
    """Segment's client sends it as text; whether another project's is refused is a setting."""
    assert known.post(UPLOAD, body(app_id="100001")).status_code == 200
    assert known.post(UPLOAD, body(app_id=5)).status_code == 200
    known.amplitude.configure(upload_app_id="must-match")
    assert known.post(UPLOAD, body(app_id="100001")).status_code == 200
    assert known.post(UPLOAD, body(app_id=5)).status_code == 400


def test_only_lists_of_the_project_can_be_replaced(known: Desk):
    """An unknown id is 404, a cohort with a definition 400."""
    known.amplitude.create_cohort("Behavioral", cohort_id="behave")

    assert known.post(UPLOAD, body(existing_cohort_id="nothere")).status_code == 404
    assert known.post(UPLOAD, body(existing_cohort_id="behave")).status_code == 400


def test_membership_adds_and_removes_in_order(known: Desk):
    """snake_case cohort_id and one result per part, in order, with the ids that were skipped."""
    cohort_id = uploaded(known)

    answer = edit(
        known,
        cohort_id,
        ("ADD", "BY_NAME", ["u3", "ghost"]),
        ("REMOVE", "BY_NAME", ["u1", "u3"]),
        ("ADD", "BY_NAME", []),
    )

    assert answer.json() == {
        "cohort_id": cohort_id,
        "memberships_result": [
            {"skipped_ids": ["ghost"], "id_type": "BY_NAME", "operation": "ADD"},
            {"skipped_ids": [], "id_type": "BY_NAME", "operation": "REMOVE"},
            {"skipped_ids": [], "id_type": "BY_NAME", "operation": "ADD"},
        ],
    }
    assert members(known, cohort_id) == ["u2"]
    assert known.amplitude.cohort(cohort_id).size == 1


def test_adding_a_member_and_removing_a_stranger_do_nothing(known: Desk):
    """Both succeed and are not called skipped."""
    cohort_id = uploaded(known)

    answer = edit(known, cohort_id, ("ADD", "BY_NAME", ["u1"]), ("REMOVE", "BY_NAME", ["u4"]))

    assert [part["skipped_ids"] for part in answer.json()["memberships_result"]] == [[], []]
    assert members(known, cohort_id) == ["u1", "u2"]


def test_uploads_words_are_taken_by_membership_unless_told_otherwise(known: Desk):
    """BY_USER_ID on membership was a real bug; as strict as the documents it is a 400."""
    cohort_id = uploaded(known)
    amplitude_id = str(known.amplitude.world.cohorts.directory.amplitude_id("u3"))

    assert edit(known, cohort_id, ("ADD", "BY_AMP_ID", [amplitude_id])).status_code == 200
    assert edit(known, cohort_id, ("REMOVE", "BY_USER_ID", ["u1"])).status_code == 200
    assert members(known, cohort_id) == ["u2", "u3"]
    known.amplitude.configure(upload_id_types_on_membership=False)
    assert edit(known, cohort_id, ("ADD", "BY_USER_ID", ["u1"])).status_code == 400
    assert edit(known, cohort_id, ("ADD", "BY_NAME", ["u1"])).status_code == 200
    assert edit(known, cohort_id, ("REMOVE", "BY_ID", [amplitude_id])).status_code == 200


def test_an_id_nobody_has_fails_the_whole_call_when_not_skipped(known: Desk):
    """Nothing of the call is done."""
    cohort_id = uploaded(known)

    answer = edit(known, cohort_id, ("ADD", "BY_NAME", ["u3"]), ("ADD", "BY_NAME", ["ghost"]), skip_invalid_ids=False)

    assert answer.status_code == 400
    assert answer.json()["error"]["metadata"]["invalid_ids"] == ["ghost"]
    assert members(known, cohort_id) == ["u1", "u2"]


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"cohort_id": 5, "memberships": []},
        {"memberships": []},
        {"cohort_id": "x"},
        {"cohort_id": "x", "memberships": [7]},
        {"cohort_id": "x", "memberships": [{"ids": ["a"], "id_type": "BY_NAME", "operation": "add"}]},
        {"cohort_id": "x", "memberships": [{"ids": ["a"], "id_type": "BY_NAME"}]},
        {"cohort_id": "x", "memberships": [{"ids": [1], "id_type": "BY_NAME", "operation": "ADD"}]},
        {"cohort_id": "x", "memberships": [{"ids": ["a"] * 100_001, "id_type": "BY_NAME", "operation": "ADD"}]},
    ],
)
def test_a_malformed_membership_call_is_400(known: Desk, payload: Any):
    """Before anything is looked up or changed."""
    assert known.post(MEMBERSHIP, payload).status_code == 400


def test_membership_of_other_cohorts(known: Desk):
    """Unknown is 404; a cohort with a definition is 400, or allowed as a setting."""
    known.amplitude.create_cohort("Behavioral", cohort_id="behave")

    assert edit(known, "nothere", ("ADD", "BY_NAME", ["u1"])).status_code == 404
    assert edit(known, "behave", ("ADD", "BY_NAME", ["u1"])).status_code == 400
    known.amplitude.configure(membership_on_behavioral="allow")
    assert edit(known, "behave", ("ADD", "BY_NAME", ["u1"])).status_code == 200
    assert members(known, "behave") == ["u1"]


def test_a_call_while_another_holds_the_cohort_is_429(known: Desk):
    """On the lab's clock, for as long as the setting says; other cohorts are free."""
    first, second = uploaded(known), uploaded(known, name="Other")
    known.amplitude.configure(membership_edit_seconds=3.0)
    at = known.clock.now()
    assert edit(known, first, ("ADD", "BY_NAME", ["u3"])).status_code == 200
    assert known.clock.now() == at + 3  # the answer comes when the work is done
    known.clock.freeze(at + 1)

    assert edit(known, first, ("ADD", "BY_NAME", ["u4"])).status_code == 429
    assert edit(known, second, ("ADD", "BY_NAME", ["u4"])).status_code == 200
    known.clock.freeze(at + 10)
    assert edit(known, first, ("ADD", "BY_NAME", ["u4"])).status_code == 200


def test_calls_that_overlap_in_fact_are_refused(known: Desk, monkeypatch: pytest.MonkeyPatch):
    """Of two calls on one cohort at the same time, the later one is a 429; one on another cohort is not."""
    first, second = uploaded(known), uploaded(known, name="Other")
    meanwhile: list[int] = []
    directory = known.amplitude.world.cohorts.directory
    find = directory.find

    def find_slowly(posted: str, id_type: str) -> int | None:
        if posted == "u3" and not meanwhile:  # two more calls arrive while the first is at work
            meanwhile.extend(
                edit(known, cohort_id, ("REMOVE", "BY_NAME", ["u1"])).status_code for cohort_id in (first, second)
            )
        return find(posted, id_type)

    monkeypatch.setattr(directory, "find", find_slowly)

    answer = edit(known, first, ("ADD", "BY_NAME", ["u3"]))

    assert (answer.status_code, meanwhile) == (200, [429, 200])
    assert members(known, first) == ["u1", "u2", "u3"]
    assert edit(known, first, ("REMOVE", "BY_NAME", ["u1"])).status_code == 200


def test_a_body_beyond_the_bound_is_413(known: Desk):
    """Read no further than the bound, answered in the envelope, noted in the journal."""
    session = requests.Session()
    session.auth = known.session.auth
    session.mount("http://", InProcessAdapter(build_app(known.fake, max_body=200), known.clock))

    answer = session.post(f"{known.url}{UPLOAD}", data=b"x" * 201)

    assert (answer.status_code, answer.json()["error"]["http_code"]) == (413, 413)
    assert known.lab("GET", "/requests").json()["requests"][-1]["status"] == 413


def test_a_path_that_is_no_route_says_what_was_meant(known: Desk):
    """404 in Amplitude's envelope, with the nearest path."""
    answer = known.get("/api/3/cohort")

    assert answer.status_code == 404
    assert "Did you mean /api/3/cohorts?" in answer.json()["error"]["message"]
