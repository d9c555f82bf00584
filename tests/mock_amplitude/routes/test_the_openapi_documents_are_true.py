"""Two OpenAPI documents, written from the tables that make the routes, checked by schemathesis."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings

from mock_amplitude import AmplitudeFake, create_app
from mock_core import Clocks, LabClock

SHORT = settings(
    max_examples=6, deadline=None, phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck)
)
KEYS = {"Authorization": "Basic bGFiLWFwaS1rZXk6bGFiLXNlY3JldC1rZXk="}


@pytest.fixture
def app() -> Iterator[Flask]:
    fake = AmplitudeFake(clocks=Clocks(LabClock(1_767_603_600.0)))
    yield create_app(fake)
    fake.close()


@pytest.mark.parametrize(("document", "headers"), [("vendor-openapi.json", KEYS), ("openapi.json", {})])
def test_no_route_answers_what_is_not_documented(app: Flask, document: str, headers: dict[str, str]):
    """No 5xx, no undocumented status, media type or shape, on any input to any route."""
    import schemathesis  # seconds to import, and only here
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi import checks

    conformance = (checks.status_code_conformance, checks.content_type_conformance, checks.response_schema_conformance)
    schema = schemathesis.openapi.from_wsgi(f"/__lab/{document}", app)
    tried = set()

    for found in schema.get_all_operations():
        operation = found.ok()
        if operation.path.endswith(("/await", "/populate")):  # one waits, the other makes millions: tested elsewhere
            continue

        @given(case=operation.as_strategy())
        @SHORT
        def check(case: Any) -> None:
            case.call_and_validate(headers=headers, checks=[not_a_server_error, *conformance])
            tried.add(case.path)

        check()

    assert len(tried) > 10


def test_the_documents_are_openapi_31_and_complete(app: Flask):
    """Every route of the tables is in one of them."""
    client = app.test_client()
    vendor = client.get("/__lab/vendor-openapi.json").json
    lab = client.get("/__lab/openapi.json").json

    assert vendor["openapi"] == lab["openapi"] == "3.1.0"
    documented = {(method.upper(), path) for path, methods in vendor["paths"].items() for method in methods}
    assert documented == {
        (route.method, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", route.path)) for route in AmplitudeFake.routes
    }
    assert {"/__lab/cohorts/{cohort_id}/import", "/__lab/members/count", "/__lab/await"} <= set(lab["paths"])
