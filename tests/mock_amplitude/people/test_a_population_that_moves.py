"""Seeded people, churn by the hour, merges, and membership at any moment."""

from __future__ import annotations

import re
from collections import Counter
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_amplitude.errors import NotAMember, UnknownCohort
from mock_amplitude.people import ID_BITS, Member, Members, People
from mock_amplitude.people.population import ANONYMOUS_PER_MILLE
from mock_amplitude.people.scatter import Scatter
from mock_core.errors import BadControl, NotFound
from mock_core.seed import Seed
from tests.mock_amplitude.conftest import Desk

PEOPLE = People(Seed(7))
PEOPLE_OF_ZERO = People(Seed(0))
HOUR = 3600


def users(desk: Desk, cohort_id: str = "c", **past: int) -> list[str | None]:
    return [user_id for _, user_id in desk.amplitude.membership(cohort_id, **past)]


@given(st.integers(1, 64), st.integers(0, 2**64), st.integers())
def test_scattering_can_be_undone(bits: int, number: int, seed: int):
    """Every number comes back, whatever the width."""
    scatter = Scatter(bits, Random(seed))

    assert scatter.back(scatter(number % (1 << bits))) == number % (1 << bits)
    assert list(scatter.each([number % (1 << bits)])) == [scatter(number % (1 << bits))]


@given(st.integers(0, (1 << ID_BITS) - 1))
def test_an_id_leads_back_to_its_person(number: int):
    """Amplitude ids have 13 digits and are one person's; so are user ids."""
    amplitude_id, user_id = PEOPLE.amplitude_id(number), PEOPLE.user_id(number)

    assert len(str(amplitude_id)) == 13
    assert PEOPLE.number_of(amplitude_id) == number
    assert user_id is None or PEOPLE.find(user_id) == number


@given(st.integers(0, 50), st.integers(0, 50), st.sets(st.integers(0, 60), max_size=60))
def test_those_of_some_people_are_found_whichever_are_fewer(first: int, count: int, known: set[int]):
    """Among known Amplitude ids, those of a run of people: ids of nobody here are none of them."""
    ids = {PEOPLE.amplitude_id(number) for number in known} | {7}
    wanted = {PEOPLE.amplitude_id(number) for number in known if first <= number < first + count}

    found = PEOPLE.among(range(first, first + count), ids)

    assert (set(found), len(found)) == (wanted, len(wanted))


@given(st.text(max_size=40))
def test_text_that_is_nobodys_id_finds_nobody(text: str):
    """Or it is the id of whoever is found."""
    found = PEOPLE.find(text)

    assert found is None or PEOPLE.user_id(found) == text


def test_people_come_in_the_shapes_of_real_companies():
    """UUIDs, provider ids, leading zeros, addresses, quotes, non-Latin, case-only pairs; some have no id at all."""
    ids = [PEOPLE.user_id(number) for number in range(20_000)]
    known = [each for each in ids if each is not None]

    assert len(set(known)) == len(known)
    assert abs(ids.count(None) - 20 * ANONYMOUS_PER_MILLE) < 100
    patterns = {
        "uuid": r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
        "auth0": r"auth0\|[0-9a-f]{24}",
        "zeros": r"0\d{11}",
        "mail": r"[a-z.]+\d+@example\.\w+",
        "quoted": r'crm:.*, "\d+"',
        "scientific": r"\d+e10",
        "formula": r"=1\+\d+",
    }
    counts = Counter(name for each in known for name, pattern in patterns.items() if re.fullmatch(pattern, each))
    assert set(counts) == set(patterns)
    assert any(not each.isascii() for each in known)
    assert len({each.lower() for each in known}) < len(known)


def test_the_same_seed_makes_the_same_people():
    """And another seed makes others."""
    same, other = People(Seed(7)), People(Seed(8))

    assert [same.user_id(n) for n in range(200)] == [PEOPLE.user_id(n) for n in range(200)]
    assert [other.amplitude_id(n) for n in range(200)] != [PEOPLE.amplitude_id(n) for n in range(200)]
    assert same.properties(same.amplitude_id(3)) == PEOPLE.properties(PEOPLE.amplitude_id(3))


def test_two_million_members_cost_a_byte_each(desk: Desk):
    """Made at once, counted at once, and the first of them can be read without reading the rest."""
    desk.amplitude.create_cohort("Big", cohort_id="c")

    entered = desk.amplitude.populate("c", 2_000_000)
    members = desk.amplitude.membership("c")

    assert entered == len(members) == 2_000_000
    assert next(iter(members)).amplitude_id in members


def test_populating_goes_on_where_it_stopped(desk: Desk):
    """New people each time, none twice; another cohort draws the same first ones, so cohorts overlap."""
    desk.amplitude.create_cohort("A", cohort_id="a")
    desk.amplitude.create_cohort("B", cohort_id="b")
    desk.amplitude.create_cohort("Far", cohort_id="far")
    desk.amplitude.populate("a", 50)
    desk.amplitude.populate("a", 50)
    desk.amplitude.populate("b", 30)
    desk.amplitude.populate("far", 10, start=1_000_000)

    a, b, far = (list(desk.amplitude.membership(each)) for each in ("a", "b", "far"))

    assert len({member.amplitude_id for member in a}) == 100
    assert b == a[:30]
    assert not set(far) & set(a)


def test_enter_and_leave_by_name(desk: Desk):
    """Entering twice is once; None is somebody new and anonymous; one person has one Amplitude id everywhere."""
    desk.amplitude.create_cohort("C", cohort_id="c", members=["u1"])
    desk.amplitude.create_cohort("D", cohort_id="d", members=["u1"])

    assert desk.amplitude.enter("c", ["u1", "u2", "u2", None, None]) == 3
    assert users(desk) == ["u1", "u2", None, None]
    assert desk.amplitude.leave("c", ["u1", "u1"]) == 1
    assert users(desk) == ["u2", None, None]
    assert desk.amplitude.enter("c", ["u1"]) == 1
    ids = {
        amplitude_id
        for cohort in "cd"
        for amplitude_id, user_id in desk.amplitude.membership(cohort)
        if user_id == "u1"
    }
    assert len(ids) == 1


def test_who_is_no_member_cannot_leave(desk: Desk):
    """One stranger among the leavers and nobody leaves; nothing is written down."""
    desk.amplitude.create_cohort("C", cohort_id="c", members=["u1"])
    before = desk.amplitude.workspace.journal.last

    with pytest.raises(NotAMember, match="'u9' is no member of 'C'"):
        desk.amplitude.leave("c", ["u1", "u9"])

    assert users(desk) == ["u1"]
    assert desk.amplitude.workspace.journal.last == before


def test_a_generated_person_leaves_and_returns_by_name(desk: Desk):
    """Named by the user id the population gave, the person is the same, not a newcomer."""
    desk.amplitude.create_cohort("C", cohort_id="c")
    desk.amplitude.populate("c", 100)
    before = list(desk.amplitude.membership("c"))
    someone = next(member for member in before if member.user_id)

    desk.amplitude.leave("c", [someone.user_id])
    assert someone not in list(desk.amplitude.membership("c"))
    desk.amplitude.enter("c", [someone.user_id])

    assert sorted(desk.amplitude.membership("c"), key=str) == sorted(before, key=str)


def test_set_members_replaces_everybody(desk: Desk):
    """In the order given."""
    desk.amplitude.create_cohort("C", cohort_id="c", members=["a", "b"])

    assert desk.amplitude.set_members("c", ["z", "b", None]) == 3
    assert users(desk) == ["z", "b", None]


def test_churn_moves_a_cohort_by_the_hour(desk: Desk):
    """Nothing within the hour, then the shares asked for; some of those who enter had left before."""
    desk.amplitude.create_cohort("C", cohort_id="c")
    desk.amplitude.populate("c", 10_000)
    desk.amplitude.churn("c", enter=0.05, leave=0.02, returning=0.5)
    hours = []

    for minutes in (59, 1, 60, 180):
        desk.clock.advance(minutes * 60)
        hours.append({member.amplitude_id for member in desk.amplitude.membership("c")})

    still, first, second, later = hours
    assert len(still) == 10_000
    assert (len(still - first), len(first - still)) == (200, 500)
    assert len(first) == 10_300
    assert (second - first) & still  # returners
    assert len(later) > len(second)


def test_churn_of_a_small_cohort_still_happens(desk: Desk):
    """A share of less than one person an hour is a chance of one."""
    desk.amplitude.create_cohort("C", cohort_id="c", members=[f"u{n}" for n in range(10)])
    desk.amplitude.churn("c", enter=0.0, leave=0.02)

    desk.clock.advance(60 * HOUR)

    assert 1 <= len(desk.amplitude.membership("c")) < 10


def test_churn_stops_when_told(desk: Desk):
    """0 and 0 hold the cohort still."""
    desk.amplitude.create_cohort("C", cohort_id="c")
    desk.amplitude.populate("c", 100)
    desk.amplitude.churn("c", enter=0.1, leave=0.1)
    desk.clock.advance(HOUR)
    moved = users(desk)

    desk.amplitude.churn("c", enter=0, leave=0)
    desk.clock.advance(10 * HOUR)

    assert users(desk) == moved


def test_membership_at_any_entry_and_any_moment(desk: Desk):
    """By journal position and by time, hours of churn included; before its creation there was no cohort."""
    start = desk.clock.now_ms()
    desk.amplitude.create_cohort("C", cohort_id="c", members=["u1"])
    created = desk.amplitude.workspace.journal.last
    desk.clock.advance(HOUR)
    desk.amplitude.enter("c", ["u2"])
    desk.clock.advance(HOUR)
    desk.amplitude.populate("c", 1_000)
    desk.amplitude.churn("c", enter=0.1, leave=0.1)
    desk.clock.advance(HOUR * 1.5)
    once = users(desk)
    desk.clock.advance(HOUR)

    assert users(desk, entry=created) == ["u1"]
    assert users(desk, moment=start + 1_000) == ["u1"]
    assert users(desk, moment=start + HOUR * 1000) == ["u1", "u2"]
    assert users(desk, moment=start + round(HOUR * 3.5 * 1000)) == once != users(desk)
    with pytest.raises(UnknownCohort, match="then"):
        desk.amplitude.membership("c", entry=0)


def test_an_anonymous_member_identified_later_becomes_sendable(desk: Desk):
    """The same row gets a user id, in every cohort and from then on (facts 3.5, 5.6)."""
    desk.amplitude.create_cohort("C", cohort_id="c", members=["a", None, "b"])
    (_, anonymous, _) = desk.amplitude.membership("c")
    desk.amplitude.create_cohort("D", cohort_id="d", members=[anonymous])
    before = desk.amplitude.workspace.journal.last

    desk.amplitude.identify(anonymous.amplitude_id, "late")

    assert users(desk) == ["a", "late", "b"]
    assert users(desk, "d") == ["late"]
    assert users(desk, entry=before) == ["a", None, "b"]
    assert desk.amplitude.enter("c", ["late"]) == 0


def test_identified_as_somebody_known_the_two_become_one(desk: Desk):
    """The anonymous id merges into the user's; a cohort holding both holds one."""
    desk.amplitude.create_cohort("C", cohort_id="c", members=["known", None])
    anonymous = next(member for member in desk.amplitude.membership("c") if member.user_id is None)
    desk.amplitude.create_cohort("D", cohort_id="d", members=[anonymous])

    desk.amplitude.identify(anonymous.amplitude_id, "known")

    assert users(desk) == ["known"]
    assert list(desk.amplitude.membership("d")) == [next(iter(desk.amplitude.membership("c")))]


def test_a_generated_anonymous_member_is_identified_too(desk: Desk):
    """The population said None; the lab now says who it is, also where the person is drawn later."""
    desk.amplitude.create_cohort("C", cohort_id="c")
    desk.amplitude.populate("c", 200)
    anonymous = next(member for member in desk.amplitude.membership("c") if member.user_id is None)

    desk.amplitude.identify(anonymous.amplitude_id, "late")
    desk.amplitude.create_cohort("D", cohort_id="d")
    desk.amplitude.populate("d", 200)

    assert Member(anonymous.amplitude_id, "late") in list(desk.amplitude.membership("c"))
    assert list(desk.amplitude.membership("d")) == list(desk.amplitude.membership("c"))


def test_user_ids_never_merge(desk: Desk):
    """Who has a user id keeps it; nobody's Amplitude id cannot be identified."""
    desk.amplitude.create_cohort("C", cohort_id="c", members=["a", "b"])
    someone = next(iter(desk.amplitude.membership("c")))

    with pytest.raises(BadControl, match="never merge"):
        desk.amplitude.identify(someone.amplitude_id, "b")
    with pytest.raises(NotFound, match="Nobody has"):
        desk.amplitude.identify(5, "b")


def test_a_forgotten_person_leaves_every_cohort(desk: Desk):
    """Privacy deletion: no row is left to tell of the leave."""
    desk.amplitude.create_cohort("C", cohort_id="c", members=["a", "b"])
    someone = next(iter(desk.amplitude.membership("c")))

    desk.amplitude.forget(someone.amplitude_id)

    assert users(desk) == ["b"]


Step = tuple[str, int]
STEPS = st.lists(
    st.tuples(st.sampled_from(["add", "discard", "draw", "copy", "rename"]), st.integers(0, 60)), max_size=40
)


@given(STEPS)
def test_a_membership_behaves_as_a_dictionary(steps: list[Step]):
    """Against a plain dictionary: same members, same length, same answers, and copies do not move along."""
    members, model, drawn = Members(PEOPLE), {}, 0
    copies: list[tuple[Members, dict[int, str | None]]] = []

    for verb, number in steps:
        amplitude_id = PEOPLE.amplitude_id(number)
        if verb == "add":
            assert members.add(Member(amplitude_id, PEOPLE.user_id(number))) == (amplitude_id not in model)
            model.setdefault(amplitude_id, PEOPLE.user_id(number))
        elif verb == "discard":
            assert members.discard(amplitude_id) == (amplitude_id in model)
            model.pop(amplitude_id, None)
        elif verb == "draw":
            for drawn_number in members.draw(number % 7):
                model.setdefault(PEOPLE.amplitude_id(drawn_number), PEOPLE.user_id(drawn_number))
                drawn += 1
        elif verb == "rename" and amplitude_id in model:
            members.rename(amplitude_id, f"renamed {number}")
            model[amplitude_id] = f"renamed {number}"
        elif verb == "copy":
            copies.append((members.copy(), dict(model)))

    for found, expected in [(members, model), *copies]:
        assert dict(found) == expected
        assert len(found) == len(expected)
        assert all(amplitude_id in found for amplitude_id in expected)


@given(st.integers(0, 300), st.integers(0, 300), st.integers())
def test_picking_picks_members_once(count: int, gone: int, seed: int):
    """As many as asked for or as there are, all different, all of the right sort."""
    members = Members(PEOPLE)
    members.draw(200)
    for number in range(min(gone, 200)):
        members.discard(PEOPLE.amplitude_id(number))
    for number in range(5):
        members.add(Member(number + 1, f"named {number}"))

    random = Random(seed)

    present = members.pick(count, random)
    absent = members.pick(count, random, present=False)

    assert len(set(present)) == len(present) == min(count, len(members))
    assert all(amplitude_id in members for amplitude_id in present)
    assert len(set(absent)) == len(absent) == min(count, 205 - len(members))
    assert not any(amplitude_id in members for amplitude_id in absent)


def test_who_is_merged_or_deleted_does_not_come_back_by_chance(desk: Desk):
    """Neither by churn nor by being drawn for another cohort; entered by name it is somebody anew."""
    desk.amplitude.create_cohort("C", cohort_id="c", members=["known"])
    desk.amplitude.populate("c", 300)
    merged, deleted = [member for member in desk.amplitude.membership("c") if member.user_id is None][:2]
    desk.amplitude.identify(merged.amplitude_id, "known")
    desk.amplitude.forget(deleted.amplitude_id)

    desk.amplitude.churn("c", enter=0.3, leave=0.3, returning=0.5)
    desk.clock.advance(20 * HOUR)
    desk.amplitude.create_cohort("D", cohort_id="d")
    desk.amplitude.populate("d", 300)

    for amplitude_id in (merged.amplitude_id, deleted.amplitude_id):
        assert amplitude_id not in desk.amplitude.membership("c")
        assert amplitude_id not in desk.amplitude.membership("d")
        assert amplitude_id not in {each for each, _ in desk.amplitude.membership("d")}
    with pytest.raises(NotFound):
        desk.amplitude.identify(deleted.amplitude_id, "anew")


def test_an_id_that_looks_generated_brings_nobody_else_into_being(desk: Desk):
    """Naming person 500 of the population does not make the 500 before exist."""
    user_id = next(each for number in range(500, 600) if (each := PEOPLE_OF_ZERO.user_id(number)))
    desk.amplitude.create_cohort("C", cohort_id="c", members=[user_id])

    assert desk.amplitude.world.cohorts.directory.drawn == 0
    desk.amplitude.populate("c", 600)
    assert len(desk.amplitude.membership("c")) == 600
    assert users(desk).count(user_id) == 1


def test_years_of_churn_are_refused_in_words(desk: Desk):
    """By hours times members, not by hours; where nobody moves the clock may go anywhere."""
    desk.amplitude.create_cohort("C", cohort_id="c1")
    desk.amplitude.populate("c1", 20_000)
    desk.amplitude.churn("c1", enter=0.1, leave=0.1)
    stood = desk.clock.now()

    far = desk.lab("POST", "/clock", json={"advance": 94_608_000})
    near = desk.lab("POST", "/clock", json={"advance": 7200})
    desk.amplitude.churn("c1", enter=0, leave=0)
    still = desk.lab("POST", "/clock", json={"advance": 94_608_000})

    assert (far.status_code, near.status_code, still.status_code) == (400, 200, 200)
    assert "enters and leaves of cohorts that churn" in far.json()["message"]
    assert desk.clock.now() == stood + 7200 + 94_608_000


def test_a_long_way_is_gone_in_pieces_that_leave_room_for_others(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    """The journal is let go between them, and the members are those of one go."""
    together = [(each.amplitude_id, each.user_id) for each in _after_a_month(desk, "c1")]
    monkeypatch.setattr("mock_amplitude.world.MOVES_AT_ONCE", 50)
    other = Desk()
    lock, taken = other.amplitude.workspace.journal.lock, []
    monkeypatch.setattr(other.amplitude.workspace.journal, "lock", _Counted(lock, taken))

    pieces = [(each.amplitude_id, each.user_id) for each in _after_a_month(other, "c1")]

    assert pieces == together
    assert len(taken) > 720 * 40 / 60
    other.close()


def _after_a_month(desk: Desk, cohort_id: str) -> list[Any]:
    desk.amplitude.create_cohort("C", cohort_id=cohort_id)
    desk.amplitude.populate(cohort_id, 200)
    desk.amplitude.churn(cohort_id, enter=0.1, leave=0.1)
    desk.clock.advance(720 * 3600)
    return list(desk.amplitude.membership(cohort_id))


class _Counted:
    """A lock that counts how often it is taken."""

    def __init__(self, lock: Any, taken: list[None]) -> None:
        self._lock, self._taken = lock, taken

    def __enter__(self) -> None:
        self._taken.append(None)
        self._lock.__enter__()

    def __exit__(self, *what: object) -> None:
        self._lock.__exit__(*what)
