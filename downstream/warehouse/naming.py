"""What a name is called in a database: snake case, then what the engine keeps of it, and which schema a source gets."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

from contracts.warehouse import ENGINES, column_name

_HASH_BYTES: Final = 9  # `_` and eight hexadecimal digits


@dataclass(frozen=True, slots=True)
class Limits:
    """What an engine takes: bytes of a name, columns of a table; None where it has no limit (warehouse facts 2, 4)."""

    name_bytes: int | None = None
    columns: int | None = None


def limits_as(limits: Limits, names: str) -> Limits:
    """Return an engine's limits with the length of names that another one keeps; `engine` leaves them as they are.

    So a clash on PostgreSQL or Redshift shows itself in DuckDB as well (segment facts 5.1 [inferred]).
    """
    return limits if names == "engine" else Limits(ENGINES[names].longest, limits.columns)


@dataclass(frozen=True, slots=True)
class Name:
    """A name on an engine; `engine` is what it keeps of the snake-cased one."""

    snake: str
    engine: str

    @property
    def is_cut(self) -> bool:
        return self.engine != self.snake


def name_of(key: str, limits: Limits, *, suffixed: bool = False) -> Name:
    """Return what a trait, property or event is called.

    A name that is too long is cut to whole letters, as PostgreSQL does (warehouse facts 2 [run]); `suffixed` puts a
    hash of the whole into the last nine bytes, so that two names stay two.
    """
    snake = column_name(key)
    most = limits.name_bytes
    if most is None or len(snake.encode()) <= most:
        return Name(snake, snake)
    if not suffixed:
        return Name(snake, _cut(snake, most))
    ending = blake2b(snake.encode(), digest_size=4).hexdigest()
    return Name(snake, f"{_cut(snake, most - _HASH_BYTES)}_{ending}")


def schema_name(source: str, taken: Container[str], limits: Limits) -> str:
    """Return the schema of a source: its name as a slug, with a number where another has it already.

    Each source has one of its own (warehouse facts 1 [doc]).
    """
    slug = column_name(source) or "source"
    if slug.startswith("pg_"):  # PostgreSQL keeps these names to itself
        slug = f"source_{slug}"
    slug = _cut(slug, (limits.name_bytes or 128) - 6)
    number, name = 1, slug
    while name in taken:
        number += 1
        name = f"{slug}_{number}"
    return name


def _cut(name: str, most: int) -> str:
    return name.encode()[:most].decode("utf-8", "ignore")
