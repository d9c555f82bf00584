"""The published schemas: standard documents that every validator reads alike."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import jsonschema
import jsonschema_rs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.catalogue import all_rules
from contracts.check import CONTRACTS, contract
from contracts.errors import UnknownContract
from contracts.judging import CALLS
from contracts.policy import Policy
from contracts.publishing.schemas import SCHEMAS, schema
from contracts.trait_key import TRAIT_KEY_STYLES

NAMES = sorted(SCHEMAS)
WITHOUT_SIZES = Policy(ignore=("E101", "E102", "E106", "E107"))
LEAVES = (
    *(None, True, False, 0, -1, 7, 1.5, "", " ", "x", "true", "None", "u1", "user-001", "user-001\n", "abc (x1)\n"),
    *("2026-11-23T10:00:00Z", "2026-11-23T10:00:00", "0001-01-01T00:00:00Z", "12 Nov", "Identify", *CALLS),
)
VALUES = st.recursive(
    st.sampled_from(LEAVES) | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(("name", "All", "groupId", "device", "Power Users (x1)", "a")), inner, max_size=3
        )
    ),
    max_leaves=5,
)


def corpus() -> list[Any]:
    """Return every example of the catalogue that a schema can judge."""
    kept = [rule for rule in all_rules() if rule.contracts[0] in CONTRACTS and rule.code not in WITHOUT_SIZES.ignore]
    return [payload for rule in kept for payload in (rule.bad, rule.good) if rule.code != "D218"]


CORPUS = corpus()


@st.composite
def payloads(draw: st.DrawFn) -> Any:
    """Take an example and change some of it, so that payloads are near the border of what is allowed."""
    payload = json.loads(json.dumps(draw(st.sampled_from(CORPUS))))
    for _ in range(draw(st.integers(0, 3))):
        spot = payload
        while isinstance(spot, dict | list) and spot:
            keys = list(spot) if isinstance(spot, dict) else list(range(len(spot)))
            key = draw(st.sampled_from(keys))
            if draw(st.booleans()) or not isinstance(spot[key], dict | list):
                action = draw(st.sampled_from(("replace", "remove", "add")))
                if action == "replace":
                    spot[key] = draw(VALUES)
                elif action == "remove":
                    del spot[key]
                elif isinstance(spot, dict):
                    spot[draw(st.sampled_from(("userId", "type", "traits", "context", "x (y)", "timestamp")))] = draw(
                        VALUES
                    )
                break
            spot = spot[key]
    return payload


BOTH = {
    name: (jsonschema.Draft202012Validator(schema(name)), jsonschema_rs.Draft202012Validator(schema(name)))
    for name in NAMES
}


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_is_a_valid_draft_2020_12_document(name: str) -> None:
    """With an `$id`, a description, and examples that it accepts itself."""
    document = schema(name)

    jsonschema.Draft202012Validator.check_schema(document)
    assert document["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert document["$id"] == f"https://cohortlab.dev/schemas/{name}.schema.json"
    assert document["description"]
    assert document["examples"]
    assert all(BOTH[name][0].is_valid(example) for example in document["examples"])


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_refers_to_nothing_outside_itself(name: str) -> None:
    """It loads alone, with no file beside it and no network."""
    text = json.dumps(schema(name))

    assert "$anchor" not in text  # ajv in strict mode refuses it
    assert '"$ref": "http' not in text
    assert isinstance(jsonschema_rs.bundle(schema(name), offline=True), dict)


@pytest.mark.parametrize("name", NAMES)
def test_every_rule_in_a_schema_is_in_the_catalogue(name: str) -> None:
    """The title of each fragment is the code that explains it."""
    codes = {rule.name: rule.code for rule in all_rules()}

    for rule_name, fragment in schema(name)["$defs"].items():
        assert fragment["title"] == codes[rule_name]


@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow])
@given(payload=payloads())
def test_both_validators_agree_on_every_schema(payload: Any) -> None:
    """jsonschema is the reference; jsonschema-rs must never judge otherwise."""
    for name, (reference, quick) in BOTH.items():
        assert reference.is_valid(payload) == quick.is_valid(payload), name


@pytest.mark.parametrize(
    ("name", "payload", "holds"),
    [
        ("cohort-identify", {"type": "identify", "userId": "u1", "traits": {"Beta (x1)\n": True}}, False),
        (
            "harmless",
            {"type": "track", "event": "A", "userId": "user-001", "timestamp": "2026-11-23T08:00:00Z\n"},
            False,
        ),
        ("harmless", {"type": "track", "event": "A", "userId": "user-001", "properties": {"currency": "EUR\n"}}, False),
        ("harmless", {"type": "identify", "userId": "user-001", "traits": {"note": "null\n"}}, True),
    ],
)
def test_a_line_break_at_the_end_means_the_same_to_both(name: str, payload: Any, holds: bool) -> None:
    """Plain jsonschema, with its own `pattern`, and jsonschema-rs."""
    reference, quick = BOTH[name]

    assert reference.is_valid(payload) is quick.is_valid(payload) is holds


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(payload=payloads())
def test_a_contract_is_valid_exactly_when_its_schema_is(payload: Any) -> None:
    """What is published is what is enforced, but for sizes in bytes."""
    for name in CONTRACTS:
        if name == "batch" and isinstance(payload, dict) and not isinstance(payload.get("batch"), list):
            continue  # the envelope's own rules explain it; there are no items to compare
        judged = contract(name, policy=WITHOUT_SIZES)
        assert judged.is_valid(payload) == BOTH[name][1].is_valid(payload), name


@pytest.mark.parametrize("style", sorted(TRAIT_KEY_STYLES))
def test_another_spelling_gives_another_cohort_schema(style: str) -> None:
    """The schema of a style accepts that style's keys, and only those of the other published ones."""
    keys = {other: template.format(name="Power Users", id="abc123") for other, template in TRAIT_KEY_STYLES.items()}
    judge = jsonschema_rs.Draft202012Validator(schema("cohort-identify", style))

    accepted = {other for other, key in keys.items() if judge.is_valid({"userId": "u", "traits": {key: True}})}

    assert style in accepted
    assert accepted <= {style, "partner" if style == "partner-test" else style}


def test_an_unknown_schema_names_the_nearest() -> None:
    """The error is about what was probably meant."""
    with pytest.raises(UnknownContract, match="did you mean 'identify'"):
        schema("idetify")


def test_the_schemas_are_packaged() -> None:
    """Every schema is a file beside the code, so that it ships in the wheel."""
    packaged = {
        entry.name for entry in files("contracts").joinpath("schemas").iterdir() if entry.name.endswith(".json")
    }

    assert packaged == {f"{name}.schema.json" for name in NAMES}
