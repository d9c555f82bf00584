"""A cohort with a definition has the members that its events make: they enter by events, and leave by time alone."""

from __future__ import annotations

from typing import Any

import pytest

DAY = 86_400
TWICE = 'performed "Order Completed" at least 2 times in 30 days where tier is gold'


def order(user: str, ago: float = 0, *, at: float, name: str = "Order Completed", **held: Any) -> dict[str, Any]:
    return {
        "event_type": name,
        "user_id": user,
        "time": round((at - ago) * 1000),
        "event_properties": {"tier": "gold", **held},
    }


def send(desk: Any, *events: dict[str, Any], key: str = "lab-api-key") -> None:
    answer = desk.anyone.post(f"{desk.url}/batch", json={"api_key": key, "events": list(events)})
    assert answer.status_code == 200, answer.text


def members(desk: Any, cohort_id: str = "gold") -> list[str | None]:
    return sorted(str(user) for _, user in desk.amplitude.membership(cohort_id))


def test_a_member_enters_by_events_and_leaves_by_time(desk: Any):
    """Twice within 30 days; a millisecond after the first is 30 days old nobody is in."""
    desk.amplitude.create_cohort("Gold", cohort_id="gold", definition=TWICE)
    send(desk, order("ada-1815", DAY, at=desk.start), order("grace-1906", at=desk.start))
    assert members(desk) == []

    send(desk, order("ada-1815", at=desk.start))
    assert members(desk) == ["ada-1815"]

    desk.clock.advance(29 * DAY)
    assert members(desk) == ["ada-1815"]
    desk.clock.advance(0.001)
    assert members(desk) == []


def test_an_export_has_the_members_of_its_moment(desk: Any):
    """Requesting it computes the cohort (amplitude facts 7.17)."""
    desk.amplitude.create_cohort("Gold", cohort_id="gold", definition=TWICE)
    send(desk, order("ada-1815", at=desk.start), order("ada-1815", 1, at=desk.start))
    first = desk.download("gold").text
    desk.clock.advance(31 * DAY)

    assert "ada-1815" in first
    assert "ada-1815" not in desk.download("gold").text
    assert desk.get("/api/3/cohorts/gold").json()["user_ids"] == []


def test_events_are_asked_again_only_when_something_came_or_time_changed_it(desk: Any):
    """A lab that is looked at does no work."""
    desk.amplitude.create_cohort("Gold", cohort_id="gold", definition=TWICE)
    send(desk, order("ada-1815", at=desk.start), order("ada-1815", at=desk.start))
    members(desk)
    computer = desk.amplitude._computer
    asked = computer.asked

    desk.clock.advance(10 * DAY)
    members(desk)
    assert computer.asked == asked

    assert desk.amplitude.next_change() == round((desk.start + 30 * DAY) * 1000) + 1
    desk.clock.advance(20 * DAY + 1)
    assert members(desk) == []
    assert computer.asked == asked + 1


def test_what_happened_is_in_the_journal(desk: Any):
    """So a journal tells who was in it wherever it is read, at any moment."""
    desk.amplitude.create_cohort("Gold", cohort_id="gold", definition=TWICE)
    send(desk, order("ada-1815", at=desk.start), order("ada-1815", at=desk.start))
    members(desk)
    entered = desk.amplitude.workspace.journal.last
    desk.clock.advance(31 * DAY)
    members(desk)
    told = [e.data for e in desk.amplitude.workspace.journal.walk(kind="control") if e.data["op"] == "cohort.evaluate"]

    assert [(len(each["entered"]), len(each["left"])) for each in told] == [(1, 0), (0, 1)]
    assert [user for _, user in desk.amplitude.membership("gold", entry=entered)] == ["ada-1815"]


def test_events_of_another_project_count_for_nothing(desk: Any):
    """Each has its own."""
    desk.amplitude.put_project("other-api-key", "other-secret-key")
    desk.amplitude.create_cohort("Gold", cohort_id="gold", definition=TWICE)
    send(desk, order("ada-1815", at=desk.start), order("ada-1815", at=desk.start), key="other-api-key")

    assert members(desk) == []


def test_an_anonymous_member_is_one_and_follows_a_merge(desk: Any):
    """The events of a device are those of the user who turns out to have it (amplitude facts 5.6)."""
    desk.amplitude.create_cohort("Gold", cohort_id="gold", definition=TWICE)
    send(desk, order("ada-1815", at=desk.start))
    anonymous = {**order("", at=desk.start), "device_id": "device-1"}
    del anonymous["user_id"]
    send(desk, anonymous, anonymous)
    assert members(desk) == ["None"]

    send(desk, {**order("ada-1815", at=desk.start, name="Login"), "device_id": "device-1"})
    assert members(desk) == ["ada-1815"]
    assert len(desk.amplitude._computer.events_of(100001, next(iter(desk.amplitude.membership("gold")))[0])) in {3, 4}


def test_a_user_property_counts_from_the_next_event_on(desk: Any):
    """Identify is no event (amplitude facts 2.4, row 8)."""
    desk.amplitude.create_cohort("Pro", cohort_id="pro", definition="last had gp:plan is pro in 30 days")
    send(desk, order("ada-1815", at=desk.start))
    identify = {"api_key": "lab-api-key", "identification": '{"user_id":"ada-1815","user_properties":{"plan":"pro"}}'}
    assert desk.anyone.post(f"{desk.url}/identify", data=identify).status_code == 200
    assert members(desk, "pro") == []

    desk.clock.advance(60)
    send(desk, order("ada-1815", at=desk.start + 60))
    assert members(desk, "pro") == ["ada-1815"]


def test_a_late_event_changes_who_is_in(desk: Any):
    """Counted by its own time, whenever it comes (amplitude facts 2.4, row 9)."""
    desk.amplitude.create_cohort("Gold", cohort_id="gold", definition=TWICE)
    send(desk, order("ada-1815", at=desk.start))
    desk.clock.advance(DAY)
    send(desk, order("ada-1815", 5 * DAY, at=desk.start))

    assert members(desk) == ["ada-1815"]


def test_an_event_of_tomorrow_counts_tomorrow(desk: Any):
    """Clocks of devices go wrong; what is still to come has not happened."""
    desk.amplitude.create_cohort("Active", cohort_id="gold", definition="active in 7 days")
    send(desk, order("ada-1815", -DAY, at=desk.start))
    assert members(desk) == []

    desk.clock.advance(DAY)
    assert members(desk) == ["ada-1815"]
    desk.clock.freeze(desk.start)  # a clock that jumps back
    assert members(desk) == []


def test_whoever_was_deleted_is_out(desk: Any):
    """With their events."""
    desk.amplitude.create_cohort("Active", cohort_id="gold", definition="active in 7 days")
    send(desk, order("ada-1815", at=desk.start), order("grace-1906", at=desk.start))
    known = {user: amplitude_id for amplitude_id, user in desk.amplitude.membership("gold")}
    desk.amplitude.forget(known["ada-1815"])

    assert members(desk) == ["grace-1906"]


def test_captures_that_are_reset_are_events_no_more(desk: Any):
    """A test that starts afresh has nobody's past."""
    desk.amplitude.create_cohort("Active", cohort_id="gold", definition="active in 7 days")
    send(desk, order("ada-1815", at=desk.start))
    assert members(desk) == ["ada-1815"]
    desk.amplitude.workspace.control("reset.captures")

    assert members(desk) == []


def test_more_events_than_a_few_are_asked_in_a_database(desk: Any):
    """With the same answer."""
    from mock_amplitude.computing import EventTable, computer

    desk.amplitude.configure(ingest_pace="off", ingest_daily_quota=0)
    desk.amplitude.create_cohort("Gold", cohort_id="gold", definition=TWICE)
    many = [order(f"user-{number % 1500}", at=desk.start) for number in range(computer.FEW + 10)]
    send(desk, *many[:1900])
    few = members(desk)
    send(desk, *many[1900:])

    assert len(few) == 400
    assert len(members(desk)) == computer.FEW + 10 - 1500
    held = desk.amplitude._computer._projects[100001].held
    assert isinstance(held, EventTable)
    person = next(iter(desk.amplitude.membership("gold")))[0]
    assert [event.properties["tier"] for event in held.events_of(person)] == [("gold",)] * 2


class TestCohortsOfCohorts:
    """A definition that reads another cohort."""

    def test_the_other_is_computed_first(self, desk: Any):
        """Whatever was computed when."""
        desk.amplitude.create_cohort("Gold", cohort_id="gold", definition=TWICE)
        desk.amplitude.create_cohort("Rest", cohort_id="rest", definition="active in 7 days, and not in cohort gold")
        send(
            desk, order("ada-1815", at=desk.start), order("ada-1815", at=desk.start), order("grace-1906", at=desk.start)
        )

        assert members(desk, "rest") == ["grace-1906"]

    def test_or_taken_as_it_was_computed_last(self, desk: Any):
        """By a setting: nobody knows which it is."""
        desk.amplitude.configure(cohorts_of_cohorts="as-computed")
        desk.amplitude.create_cohort("Gold", cohort_id="gold", definition="active in 7 days")
        desk.amplitude.create_cohort("Same", cohort_id="same", definition="in cohort gold")
        send(desk, order("ada-1815", at=desk.start))
        assert members(desk, "same") == []

        desk.amplitude.recompute("gold")
        assert members(desk, "same") == ["ada-1815"]

    def test_a_list_made_by_hand_is_read(self, desk: Any):
        """And read again when it changes."""
        desk.amplitude.create_cohort("List", cohort_id="list", members=["ada-1815"])
        desk.amplitude.create_cohort("Same", cohort_id="same", definition="in cohort list")
        assert members(desk, "same") == ["ada-1815"]

        desk.amplitude.enter("list", ["grace-1906"])
        assert members(desk, "same") == ["ada-1815", "grace-1906"]

    def test_one_that_reads_itself_or_nobody_is_told(self, desk: Any):
        """And keeps the members it has."""
        desk.amplitude.create_cohort("A", cohort_id="aa", definition="in cohort bb")
        assert "reads cohort 'bb'" in desk.lab("GET", "/cohorts/aa").json()["not_computed"][0]["words"]

        desk.amplitude.create_cohort("B", cohort_id="bb", definition="in cohort aa")
        told = desk.lab("GET", "/cohorts/aa").json()["not_computed"]
        assert told == [{"path": "", "words": "reads itself: aa -> bb -> aa"}]
        assert members(desk, "aa") == []


class TestByHand:
    """Members put in by hand, and definitions that cannot be computed."""

    def test_what_cannot_be_computed_is_told_and_keeps_its_members(self, desk: Any):
        """With the path of what nobody knows."""
        unknown = {"andClauses": [{"negated": False, "orClauses": [{"type": "funnel"}]}]}
        desk.amplitude.create_cohort("Odd", cohort_id="odd", definition=unknown, members=["ada-1815"])
        row = desk.lab("GET", "/cohorts/odd").json()

        assert row["not_computed"][0]["path"] == "andClauses[0].orClauses[0].type"
        assert row["in_words"] is None
        assert members(desk, "odd") == ["ada-1815"]

    def test_whoever_puts_people_in_by_hand_has_the_say(self, desk: Any):
        """Until the definition is edited again."""
        desk.amplitude.create_cohort("Gold", cohort_id="gold", definition=TWICE)
        desk.amplitude.enter("gold", ["ada-1815"])
        assert members(desk) == ["ada-1815"]
        assert "by hand" in desk.lab("GET", "/cohorts/gold").json()["not_computed"][0]["words"]

        desk.amplitude.edit("gold", definition=TWICE)
        assert members(desk) == []

    def test_a_definition_that_is_edited_has_other_members(self, desk: Any):
        """At once."""
        desk.amplitude.create_cohort("Gold", cohort_id="gold", definition=TWICE)
        send(desk, order("ada-1815", at=desk.start))
        desk.lab("PATCH", "/cohorts/gold", json={"definition": TWICE.replace("at least 2 times ", "")})

        assert members(desk) == ["ada-1815"]


def test_a_definition_in_words_is_stored_as_json_and_told_in_words(desk: Any):
    """By the control plane, as a scenario has it."""
    made = desk.lab("POST", "/cohorts", json={"name": "Gold", "cohort_id": "gold", "definition": TWICE}).json()

    assert made["in_words"] == TWICE
    assert made["not_computed"] == made["contradictions"] == []
    clause = made["definition"]["andClauses"][0]["orClauses"][0]
    assert (clause["type"], clause["time_value"], clause["operator_value"]) == ("event", 30, 2)


def test_words_that_cannot_be_read_are_refused_at_the_word(desk: Any):
    """With a picture."""
    answer = desk.lab("POST", "/cohorts", json={"name": "Gold", "definition": "performed x in 30 dais"})

    assert answer.status_code == 400
    assert "did you mean 'days'?" in answer.text


def test_a_definition_that_contradicts_itself_is_told(desk: Any):
    """Its cohort is empty, and says why."""
    made = desk.lab("POST", "/cohorts", json={"name": "X", "definition": "performed x exactly 0 times"}).json()

    assert "nobody's" in made["contradictions"][0]["words"]


def test_a_zone_that_is_none_is_refused(desk: Any):
    """A lab would not know what a day is."""
    answer = desk.lab("POST", "/settings", json={"project_time_zone": "Mars/Phobos"})

    assert answer.status_code == 400
    assert "a time zone such as" in answer.text


@pytest.mark.parametrize(("zone", "is_in"), [("UTC", False), ("America/Los_Angeles", True)])
def test_midnight_is_that_of_the_projects_zone(desk: Any, zone: str, is_in: bool):
    """Yesterday in UTC is today on the other side of the world."""
    desk.amplitude.configure(project_time_zone=zone, rolling_window="calendar")
    desk.amplitude.create_cohort("Today", cohort_id="gold", definition="active in 1 day")
    desk.clock.freeze(1_767_657_600)  # 2026-01-06T00:00:00Z
    send(desk, order("ada-1815", 3600, at=1_767_657_600))

    assert (members(desk) == ["ada-1815"]) is is_in


def test_a_cohort_that_needs_history_has_no_real_time_sync(desk: Any):
    """As the pages say (amplitude facts 2.4, row 11)."""
    desk.amplitude.create_cohort("Weekly", cohort_id="gold", definition="performed _active in each 7 days of 28 days")
    answer = desk.lab("POST", "/cohorts/gold/syncs", json={"frequency": "minute"})

    assert answer.status_code == 400
    assert "no real-time sync" in answer.text
