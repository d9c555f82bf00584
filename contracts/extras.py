"""What a plain install leaves out, and how it is asked for: heavy parts that most do without."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from typing import Final

EXTRAS: Final[Mapping[str, str]] = {
    "cryptography": "secure",
    "distributed": "cluster",
    "duckdb": "sync",
    "psycopg": "postgres",
    "trustme": "secure",
}
"""The extra that brings a module."""


@cache
def is_installed(module: str) -> bool:
    """Say whether a module is there, without importing it."""
    return find_spec(module) is not None


def lacking(module: str, what: str) -> str | None:
    """Say in a sentence that `what` needs a module that is not installed, and how to get it; None when it is there."""
    if is_installed(module):
        return None
    return f"{what} needs {module}: pip install 'cohortlab[{EXTRAS[module]}]'"
