"""The table that ships against Segment's own code: every row anew, and requests for names that nobody measured."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any

import pytest

from downstream.measuring import alike, identify, measured_table, prepared, steady
from downstream.node import NodeProcess, plausible
from downstream.table import row_as_dict, table, table_version
from tests.destinations import installation

LETTERS = "abcXYZ019 _-.:;,/\\'\"()[]{}<>$&=+%#@!?*~^|äöß€日本語\U0001f389\t"
VALUES: tuple[Any, ...] = (True, False, "gold", 'say "x"', 7, -1.5, None)


@pytest.fixture(scope="module")
def process() -> Iterator[NodeProcess]:
    """Return a process of its own: every destination of the package is loaded into it."""
    with NodeProcess(installation()) as started:
        yield started


def test_every_row_is_measured_again(process: NodeProcess) -> None:
    """`make destinations` would change nothing: the version is the installed one, and so is every row."""
    fresh = [json.loads(json.dumps(row_as_dict(row))) for row in measured_table(process)]

    assert table_version() == process.installation.version
    assert fresh == [row_as_dict(row) for row in table().values()]


def test_requests_for_other_names_and_values_are_the_packages_own(process: NodeProcess) -> None:
    """What a row says for a trait and a value is, to the byte, what the package sends for them."""
    chance = random.Random(17)
    differing = []
    for row in table().values():
        if not row.arrives:
            continue
        destination = prepared(process, row)
        keys = ["".join(chance.choices(LETTERS, k=chance.randint(2, 40))) + "(k1)" for _ in range(6)]
        pairs = [(key, chance.choice(VALUES)) for key in keys]
        results = destination.send_many(
            [identify(key, value, row.needs) for key, value in pairs for _ in (1, 2)], plausible
        )
        for (key, value), first, second in zip(pairs, results[::2], results[1::2], strict=True):
            said = row.sent(key, value)
            twice = zip(first.exchanges, second.exchanges, strict=True)
            sent = [alike(steady(one.request), steady(other.request))["body"] for one, other in twice]
            if said is None and not sent:
                continue
            if said is None or said.body.decode() not in sent:
                differing.append((row.slug, key, value))
        destination.close()

    assert differing == []
