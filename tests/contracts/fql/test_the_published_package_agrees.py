"""The twin reads, writes and judges 10,000 filters as Segment's own package does."""

from __future__ import annotations

from random import Random

from tests.contracts.fql.filters import event, expression
from tests.contracts.fql.twin import twin, without_words
from tests.published import ask_published


def test_ten_thousand_filters_do_what_the_package_says():
    """Tree, error, text written back, and every verdict; the events hold what the filters ask for."""
    random = Random(20261129)
    asked = [
        {"op": "fql", "query": expression(random), "events": [event(random) for _ in range(3)]} for _ in range(10_000)
    ]

    answers = ask_published(asked)

    differing = [
        (question, answer)
        for question, answer in zip(asked, answers, strict=True)
        if without_words(answer) != twin(question["query"], question["events"])
    ]
    assert differing[:3] == []
    verdicts = [each.get("value") for answer in answers for each in answer["matches"]]
    assert verdicts.count(True) > 2_000
    assert sum(answer["error"] is None for answer in answers) > 6_000
