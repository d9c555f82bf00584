"""People: an endless, seeded population of which nothing is stored.

Person 0, 1, 2 ... has an Amplitude id, a user id or none, and properties, all computed from the number and the
seed, so that a cohort of millions costs nothing until somebody reads it. An id can be traced back to its person.

User ids come in the shapes real companies use: UUIDs, identity-provider ids, numbers, numbers with leading zeros,
addresses, CRM keys with quotes and commas, non-Latin names, pairs that differ in case only, ids that look like a
number in scientific notation. Amplitude ids have 13 digits (amplitude facts 6, row 42 [client]).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import cache, lru_cache
from importlib.resources import files
from itertools import chain, islice
from typing import Any

from mock_amplitude.people.scatter import Scatter
from mock_core.seed import Seed

FIRST_GENERATED = 1_610_000_000_000
FIRST_NAMED = 1_620_000_000_000  # people the lab was told of by user id; a range of their own
FIRST_ARRIVED = 1_630_000_000_000  # people who came with their events; one more
ID_BITS = 30
TOKEN_BITS = 60
ANONYMOUS_PER_MILLE = 30
PAGE = 2_048
LONGEST_ID = 120  # nobody here has a longer user id

_TOKENS = (1 << TOKEN_BITS) - 1
_TWIN = 0x5DEECE66D1CE4E5  # turns a token into another one that looks unrelated
_ADJACENT = 0x9E3779B97F4A7C15  # an odd number that stirs well: 2**64 over the golden ratio


class People:
    """The population of one seed.

    A number is scattered to make the Amplitude id, and that is stirred to make the token that user ids are built of.
    """

    def __init__(self, seed: Seed) -> None:
        self.reseed(seed)

    def reseed(self, seed: Seed) -> None:
        """Become the population of another seed."""
        self._seed = seed
        self._ids = Scatter(ID_BITS, seed.fresh("amplitude ids"))
        self._stir = seed.fresh("user ids").randrange(1 << TOKEN_BITS) | 1
        self._unstir = pow(self._stir, -1, 1 << TOKEN_BITS)

    @property
    def _names(self) -> Names:
        return _names_of(self._seed.value)

    def amplitude_id(self, number: int) -> int:
        """Return the Amplitude id of a person."""
        return FIRST_GENERATED + self._ids(number)

    def named_id(self, number: int) -> int:
        """Return the Amplitude id of the person the lab was told of as its `number`-th."""
        return FIRST_NAMED + self._ids(number)

    def arrived_id(self, number: int) -> int:
        """Return the Amplitude id of the person who came with an event as the `number`-th."""
        return FIRST_ARRIVED + self._ids(number)

    def number_of(self, amplitude_id: int) -> int | None:
        """Return whose Amplitude id it is; None when it is outside this population's range."""
        scattered = amplitude_id - FIRST_GENERATED
        return self._ids.back(scattered) if 0 <= scattered < 1 << ID_BITS else None

    def among(self, numbers: range, known: Collection[int]) -> list[int]:
        """Return which of the `known` Amplitude ids belong to people of these numbers."""
        if len(numbers) < len(known):
            ids = (FIRST_GENERATED + scattered for scattered in self._ids.each(numbers))
            return [amplitude_id for amplitude_id in ids if amplitude_id in known]
        return [amplitude_id for amplitude_id in known if self.number_of(amplitude_id) in numbers]

    def user_id(self, number: int) -> str | None:
        """Return the user id of a person, None for an anonymous one."""
        return self._page([number])[0][1]

    def rows(self, numbers: Iterable[int]) -> Iterator[tuple[int, str | None]]:
        """Yield Amplitude id and user id of many people."""
        rest = iter(numbers)
        return chain.from_iterable(iter(lambda: self._page(list(islice(rest, PAGE))), []))

    def _page(self, numbers: list[int]) -> list[tuple[int, str | None]]:
        shapes, stir = _SHAPES, self._stir
        ids = self._ids.each(numbers)
        tokens = [(mixed := scattered * stir & _TOKENS) ^ mixed >> TOKEN_BITS // 2 for scattered in ids]
        user_ids = [
            None if token % 1000 < ANONYMOUS_PER_MILLE else shapes[number >> 1 & 127](self, number, token)
            for number, token in zip(numbers, tokens, strict=True)
        ]
        return list(zip([FIRST_GENERATED + scattered for scattered in ids], user_ids, strict=True))

    def find(self, user_id: str) -> int | None:
        """Return whose user id it is; None for an id that nobody here has."""
        if len(user_id) > LONGEST_ID or _ANYBODY.fullmatch(user_id) is None:
            return None
        for pattern, read in _READERS:
            found = pattern.fullmatch(user_id)
            if found is not None:
                number = read(self, found)
                if 0 <= number < 1 << ID_BITS and self.user_id(number) == user_id:
                    return number
        return None

    def _by_token(self, token: int) -> int:
        """Return whose token it is, -1 for nobody's."""
        scattered = (token ^ token >> TOKEN_BITS // 2) * self._unstir & _TOKENS
        return self._ids.back(scattered) if scattered < 1 << ID_BITS else -1

    def properties(self, amplitude_id: int) -> dict[str, Any]:
        """Return the user properties of whoever has this Amplitude id; built-ins carry their bare names."""
        token = amplitude_id * _ADJACENT >> 7 & (1 << 48) - 1
        names = self._names
        country = names.countries[token % 97 % len(names.countries)]
        return {
            "country": country,
            "city": names.cities[token % 193],
            "language": names.languages[token % 89 % len(names.languages)],
            "platform": ("iOS", "Android", "Web")[token % 3],
            "plan": ("free", "free", "pro", "team", "enterprise")[token % 5],
            "company": names.companies[token % 199],
            "logins": token % 400,
            "tags": ["beta", "newsletter", "referred"][: token % 4],
        }


class Names:
    """Names, companies and places, a few hundred of each, in the order of a seed; people are combined from them."""

    def __init__(self, seed: Seed) -> None:
        random, pool = seed.fresh("names"), _pool()
        self.users, self.lasts, self.foreign, self.companies, self.cities = (
            random.sample(names, len(names)) for names in pool
        )
        self.countries = ["United States", "Germany", "Japan", "Brazil", "India", "France", "Côte d'Ivoire", "Türkiye"]
        self.languages = ["English", "German", "Japanese", "Portuguese", "Hindi", "French", "Turkish"]


@cache
def _pool() -> tuple[list[str], ...]:
    """Return the names there are: made with Faker (MIT licence), and kept, so that a seed stays the same people."""
    pool = json.loads(files(__package__).joinpath("names.json").read_text(encoding="utf-8"))
    return pool["users"], pool["lasts"], pool["foreign"], pool["companies"], pool["cities"]


@lru_cache(maxsize=64)
def _names_of(seed: int) -> Names:
    return Names(Seed(seed))


def _uuid(_people: People, _number: int, token: int) -> str:
    digits = f"{token << TOKEN_BITS | token ^ _TWIN:030x}"
    return f"{digits[:8]}-{digits[8:12]}-4{digits[12:15]}-a{digits[15:18]}-{digits[18:]}"


def _auth0(_people: People, _number: int, token: int) -> str:
    return f"auth0|{token:015x}{(token ^ _TWIN) >> 24:09x}"


def _object_id(_people: People, _number: int, token: int) -> str:
    return f"{token:015x}{(token ^ _TWIN) >> 24:09x}"


def _google(_people: People, _number: int, token: int) -> str:
    return f"google-oauth2|10{token:019d}"


def _customer(_people: People, _number: int, token: int) -> str:
    return f"cus_{token:015x}"


def _serial(_people: People, number: int, _token: int) -> str:
    return str(20_000_000 + number)


def _padded(_people: People, number: int, _token: int) -> str:
    return f"{number:012d}"


def _email(people: People, number: int, token: int) -> str:
    return f"{people._names.users[token & 255]}{number}@example.{('com', 'org', 'net')[token % 3]}"


def _mixed_case_email(people: People, number: int, token: int) -> str:
    return f"{people._names.lasts[token & 255]}.{number}@Example.COM"


def _crm(people: People, number: int, token: int) -> str:
    return f'crm:{people._names.companies[token % 199]}, "{number}"'


def _foreign(people: People, number: int, token: int) -> str:
    return f"{people._names.foreign[token & 63]}-{number}"


def _account(_people: People, number: int, _token: int) -> str:
    # Two neighbours differ in case only.
    return f"{'acct' if number & 1 else 'ACCT'}-{number >> 1:08d}"


def _scientific(_people: People, number: int, _token: int) -> str:
    return f"{number}e10"


def _formula(_people: People, number: int, _token: int) -> str:
    return f"=1+{number}"


Shape = Callable[[People, int, int], str]
_MIX: Sequence[tuple[Shape, int]] = (
    (_uuid, 44),
    (_auth0, 14),
    (_email, 14),
    (_customer, 10),
    (_object_id, 10),
    (_serial, 8),
    (_google, 8),
    (_padded, 7),
    (_mixed_case_email, 4),
    (_account, 4),
    (_crm, 2),
    (_foreign, 1),
    (_scientific, 1),
    (_formula, 1),
)
_SORTED: Sequence[Shape] = [shape for shape, share in _MIX for _ in range(share)]  # 128 of them
_SHAPES: Sequence[Shape] = [_SORTED[place * 37 & 127] for place in range(128)]  # mixed, two neighbours alike

Read = Callable[[People, "re.Match[str]"], int]


def _by_token(base: int) -> Read:
    return lambda people, found: people._by_token(int("".join(found.groups()), base))


def _by_number(offset: int = 0) -> Read:
    return lambda _people, found: int(found[1]) - offset


_NUMBER = r"(\d{1,11})"
_READERS: Sequence[tuple[re.Pattern[str], Read]] = (
    (re.compile(r"([0-9a-f]{8})-([0-9a-f]{4})-4([0-9a-f]{3})-a[0-9a-f]{3}-[0-9a-f]{12}"), _by_token(16)),
    (re.compile(r"(?:auth0\||cus_|)([0-9a-f]{15})(?:[0-9a-f]{9})?"), _by_token(16)),
    (re.compile(r"google-oauth2\|10(\d{19})"), _by_token(10)),
    (re.compile(r"(\d{12})"), _by_number()),
    (re.compile(r"(\d{8,11})"), _by_number(20_000_000)),
    (re.compile(rf".*?\D{_NUMBER}@[Ee]xample\.\w+"), _by_number()),
    (re.compile(rf".*?[a-z.]{_NUMBER}@example\.\w+"), _by_number()),
    (re.compile(rf'crm:.*"{_NUMBER}"'), _by_number()),
    (re.compile(rf".*-{_NUMBER}", re.DOTALL), _by_number()),
    (re.compile(r"ACCT-(\d{8,11})"), lambda _people, found: int(found[1]) * 2),
    (re.compile(r"acct-(\d{8,11})"), lambda _people, found: int(found[1]) * 2 + 1),
    (re.compile(rf"{_NUMBER}e10"), _by_number()),
    (re.compile(rf"=1\+{_NUMBER}"), _by_number()),
)
# Most ids are nobody's, and most of those are told by what every user id here is or has.
_LIKE_OURS = r"(?=[0-9a-f]+\Z|[^@:|_=-]*[@:|_=-])"
_ANYBODY = re.compile(
    _LIKE_OURS + "(?:" + "|".join(f"(?:{pattern.pattern})" for pattern, _ in _READERS) + ")", re.DOTALL
)
