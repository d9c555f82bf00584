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

        @given(case=operation.as_strategy())
        @SHORT
        def check(case: Any) -> None:
            if case.path == "/__lab/await" and isinstance(case.body, dict):
                case.body["timeout"] = 0.001  # waiting is tested where time is
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


def test_the_vendors_answers_have_a_shape():
    """Every JSON answer of a vendor route says what it looks like, and that a workspace may have no usable name."""
    vendor = app().test_client().get("/__lab/vendor-openapi.json").json

    for path, methods in vendor["paths"].items():
        for method, described in methods.items():
            assert "400" in described["responses"], (method, path)
            for status, response in described["responses"].items():
                schema = response.get("content", {}).get("application/json", {"schema": True})["schema"]
                assert schema, (method, path, status)


@pytest.mark.parametrize("path", ["/v1/pixel/track", "/v1/projects/wk/settings"])
def test_a_workspace_with_an_unusable_name_is_refused_as_documented(path: str):
    """In the lab's own words, on whatever route."""
    reply = app().test_client().get(path, headers={"X-Lab-Workspace": "../x"})

    assert (reply.status_code, reply.json["error"]) == (400, "BadControl")


def test_the_bodies_that_arm_and_set_are_described_from_their_tables():
    """Each fault with its fields, each setting with its choices."""
    lab = app().test_client().get("/__lab/openapi.json").json

    def body(path: str) -> Any:
        return lab["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"]

    shapes = {shape["properties"]["fault"]["const"]: shape for shape in body("/__lab/faults")["oneOf"]}
    assert set(shapes) == set(SegmentFake.fault_kinds)
    assert shapes["status"]["required"] == ["fault", "status"]
    assert {"retry_after", "match"} <= set(shapes["status"]["properties"])
    assert {"type": "string", "format": "date-time"} in shapes["late"]["properties"]["match"]["properties"]["since"][
        "anyOf"
    ]
    assert body("/__lab/settings")["properties"]["mode"]["enum"] == ["faithful", "strict"]
