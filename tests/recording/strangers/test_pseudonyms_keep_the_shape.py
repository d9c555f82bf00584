"""What a value becomes: somebody else of the same shape, always the same, and nobody twice."""

from __future__ import annotations

import re
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recording.strangers import Pseudonyms
from tests.generating import EXAMPLES

KEY = b"a key of thirty-two bytes, a test's"
IDS = st.one_of(
    st.from_regex(r"[A-Za-z0-9_.\-]{2,24}", fullmatch=True),
    st.from_regex(r"0{0,3}[1-9][0-9]{3,15}", fullmatch=True),
    st.from_regex(r"(usr_|user-|U)[a-f0-9]{6,16}", fullmatch=True),
    st.from_regex(r"[a-zA-Z]{1,8}(\.[a-z]{2,8})?(\+[a-z]{3})?@[a-z]{3,9}\.(com|org|co\.uk)", fullmatch=True),
    st.uuids().map(str),
    st.text(alphabet="абвгдежзиклмнопäöüéèñ李王张刘", min_size=3, max_size=12),
)


def pseudonyms(values: list[str]) -> Pseudonyms:
    """Return pseudonyms that know these originals."""
    names = Pseudonyms(KEY)
    for value in values:
        names.learn(value)
    return names


def shape(text: str) -> str:
    """Return the classes of a text's characters."""
    kinds = ((str.isdecimal, "9"), (str.isupper, "A"), (str.islower, "a"), (str.isalpha, "x"))
    return "".join(next((kind for test, kind in kinds if test(each)), each) for each in text)


@settings(max_examples=15 * EXAMPLES, deadline=None)
@given(st.lists(IDS, min_size=1, max_size=12, unique=True))
def test_different_people_stay_different_and_are_nobody_of_them(values: list[str]):
    """Injective and stable; no pseudonym is somebody's original, whatever the case."""
    names = pseudonyms(values)
    given_to = {value: names.of(value) for value in values}

    assert len(set(given_to.values())) == len(values)
    assert given_to == {value: names.of(value) for value in reversed(values)}
    letters = re.compile(r"[^\W_]")
    assert not {each for each in given_to.values() if letters.search(each)} & set(values)


@settings(max_examples=15 * EXAMPLES, deadline=None)
@given(st.from_regex(r"[A-Za-z]{3,9}[-_.]?[A-Za-z0-9]{4,20}", fullmatch=True))
def test_letters_stay_letters_of_their_case_and_digits_digits(value: str):
    """Place by place, separators where they were."""
    assert shape(pseudonyms([value]).of(value)) == shape(value)


@given(st.uuids())
@settings(max_examples=10 * EXAMPLES, deadline=None)
def test_a_uuid_stays_one_of_its_version_and_variant(value: UUID):
    """And in capitals, if it was."""
    names = pseudonyms([str(value)])
    other = UUID(names.of(str(value)))

    assert (other.version, other.variant) == (value.version, value.variant)
    if any(each.isalpha() for each in str(value)):
        assert names.of(str(value).upper()) == str(other).upper()


def test_an_address_stays_one_that_nobody_has():
    """E-mail goes to a reserved domain, the same for colleagues; IP addresses are of ranges that are not routed."""
    names = pseudonyms(["ada@corp.com", "grace@corp.com", "84.12.33.7", "2a02:8070::1"])
    ada, grace = names.of("ada@corp.com"), names.of("grace@corp.com")

    assert re.fullmatch(r"[a-z]{3}@[a-z]{4}\.test", ada)
    assert ada.partition("@")[2] == grace.partition("@")[2]
    assert re.fullmatch(r"(198\.1[89]|2[45]\d\.\d+)\.\d+\.\d+", names.of("84.12.33.7"))
    assert names.of("2a02:8070::1").startswith("2001:db8:")
    assert names.of("127.0.0.1") == names.of("127.0.0.1")


@pytest.mark.parametrize(
    ("one", "other", "differ"),
    [
        ("Ada.L@corp.com", "ada.l@corp.com", str.lower),
        ("USR-8FA3", "usr-8fa3", str.lower),
        ("0042137", "42137", lambda text: text.lstrip("0")),
        (" ada", "ada", str.strip),
        ("+49 170 1234567", "+491701234567", lambda text: text.replace(" ", "")),
        ("u-1001", "1001", lambda text: text.removeprefix("u-")),
    ],
)
def test_what_was_apart_by_its_spelling_alone_stays_so(one: str, other: str, differ):
    """A bug that hangs on case, leading zeros, blanks, or a prefix survives."""
    names = pseudonyms([one, other])

    assert names.of(one) != names.of(other)
    assert differ(names.of(one)) == differ(names.of(other))


def test_a_name_is_the_same_whole_and_in_parts():
    """`Ada Lovelace` and the first name `Ada` are one person."""
    names = pseudonyms(["Ada Lovelace", "Ada"])

    assert names.of("Ada Lovelace").split()[0] == names.of("Ada")


def test_where_a_shape_has_no_room_left_it_grows():
    """Ten people with ids of one digit, and no pseudonym is another's id."""
    people = [str(number) for number in range(10)]
    names = pseudonyms(people)
    others = [names.of(each) for each in people]

    assert len(set(others)) == len(people)
    assert not set(others) & set(people)


def test_another_key_makes_other_people():
    """And the same key the same ones, in another recording, too."""
    assert pseudonyms(["ada@corp.com"]).of("ada@corp.com") == pseudonyms(["ada@corp.com"]).of("ada@corp.com")
    assert Pseudonyms(b"another" * 4).of("ada@corp.com") != Pseudonyms(KEY).of("ada@corp.com")
