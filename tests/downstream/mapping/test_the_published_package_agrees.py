"""Mappings are carried out, and fields checked, as Segment's own package does it."""

from __future__ import annotations

import copy
import json
from random import Random
from typing import Any

from contracts.javascript import json_text
from downstream.mapping import Field, MappingError, PayloadRefused, checked, transform, without_empty
from tests.downstream.mapping.mappings import event, fields, mapping, payload
from tests.published import ask_published


def declared(given: dict[str, Any]) -> dict[str, Field]:
    """Return the package's fields as ours."""
    return {
        name: Field(
            one["label"],
            one["type"],
            required=one.get("required", False),
            multiple=one.get("multiple", False),
            nullable=one.get("allowNull", False),
            additional=one.get("additionalProperties", False),
            choices=tuple(each if isinstance(each, str) else each["value"] for each in one.get("choices", ())),
            properties=declared(one["properties"]) if "properties" in one else None,
        )
        for name, one in given.items()
    }


def mapped(question: dict[str, Any]) -> dict[str, Any]:
    """Return what the twin makes, with an error that has no words."""
    try:
        return {"value": json.loads(json_text(transform(question["mapping"], question["event"])))}
    except MappingError:
        return {"error": ""}


def fitted(question: dict[str, Any]) -> dict[str, Any]:
    """Return the payload as the twin's fields have it, or the words of its refusal."""
    given = declared(question["fields"])
    try:
        return {"value": checked(given, without_empty(given, question["payload"], is_batch=question["batch"]))}
    except PayloadRefused as refused:
        return {"error": str(refused)}


def test_ten_thousand_mappings_make_the_same():
    """Every directive but @liquid, whole and wrong; the order of keys, too."""
    random = Random(20261130)
    asked = [{"op": "map", "mapping": mapping(random), "event": event(random)} for _ in range(10_000)]

    answers = ask_published(copy.deepcopy(asked))

    differing = [
        (question, answer, mapped(question))
        for question, answer in zip(asked, answers, strict=True)
        if mapped(question) != ({"error": ""} if "error" in answer else answer)
    ]
    assert differing[:3] == []
    assert sum("value" in answer for answer in answers) > 4_000


def test_fields_bend_and_refuse_with_the_same_words():
    """Coercion, unknown keys, nulls, empty texts, and every message."""
    random = Random(20261130)
    asked = []
    for _ in range(1_500):
        of = fields(random)
        asked.append({"op": "fields", "fields": of, "payload": payload(random, of), "batch": random.random() < 0.3})

    answers = ask_published(asked)

    differing = [
        (question, answer, fitted(question))
        for question, answer in zip(asked, answers, strict=True)
        if fitted(question) != answer
    ]
    assert differing[:3] == []
    assert sum("value" in answer for answer in answers) > 200
