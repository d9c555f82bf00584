"""Two OpenAPI documents, written from the tables that make the routes, checked by schemathesis."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from mock_core import Clocks, LabClock
from mock_segment import SegmentFake, create_app

SHORT = settings(
    max_examples=6, deadline=None, phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck)
)


def app() -> Any:
    return create_app(SegmentFake(clocks=Clocks(LabClock(1_767_603_600.0))))


@pytest.mark.parametrize("document", ["vendor-openapi.json", "openapi.json"])
def test_no_route_answers_what_is_not_documented(document: str):
    """No 5xx, no undocumented status, media type or shape, on any input to any route."""
    import schemathesis  # seconds to import, and only here
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi import checks

    conformance = (checks.status_code_conformance, checks.content_type_conformance, checks.response_schema_conformance)
    schema = schemathesis.openapi.from_wsgi(f"/__lab/{document}", app())
    tried = set()

    for found in schema.get_all_operations():
        operation = found.ok()
        if operation.path == "/__lab/await":  # waiting is tested where time is; here it would only take some
            continue

        @given(case=operation.as_strategy())
        @SHORT
        def check(case: Any) -> None:
            case.call_and_validate(checks=[not_a_server_error, *conformance])
            tried.add(case.path)

        check()

    assert len(tried) > 20


def test_the_documents_are_openapi_31_and_complete():
    """Every route of the tables is in one of them."""
    client = app().test_client()
    vendor = client.get("/__lab/vendor-openapi.json").json
    lab = client.get("/__lab/openapi.json").json

    assert vendor["openapi"] == lab["openapi"] == "3.1.0"
    documented = {
        (method.upper(), path.replace("{", "<").replace("}", ">"))
        for path, methods in vendor["paths"].items()
        for method in methods
    }
    assert documented == {(route.method, route.path.replace("<path:", "<")) for route in SegmentFake.routes}
    assert {"/__lab/events", "/__lab/events/count", "/__lab/faults/{id}", "/__lab/await"} <= set(lab["paths"])
