"""OpenAPI 3.1 documents of a fake, written from the tables that make its routes, so that they cannot lie.

One for the vendor's routes, one for the control plane.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mock_core.control.bodies import fault_schema, settings_schema
from mock_core.control.operation import Operation, View

if TYPE_CHECKING:
    from mock_core.fake import Fake

Document = dict[str, Any]
_PART = re.compile(r"<(?:\w+:)?(\w+)>")
_JSON = "application/json"
_ERROR = {"type": "object", "required": ["error", "message"], "properties": {"message": {"type": "string"}}}
_WORKSPACE: Document = {
    "name": "X-Lab-Workspace",
    "in": "header",
    "required": False,
    "description": "the workspace that the call ends up in",
    "schema": {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$"},
}
_REFUSALS = {
    400: "The call is wrong; `message` says what was expected.",
    403: "The control plane does not answer this caller.",
}
_AWAIT = {
    "type": "object",
    "required": ["view"],
    "properties": {
        "view": {"type": "string"},
        "where": {"type": "object", "description": "filters of the view"},
        "at_least": {"type": "integer", "default": 1},
        "timeout": {"type": "number", "default": 5, "description": "real seconds, at most 60"},
    },
}


def vendor_document(fake: Fake[Any]) -> Document:
    """Write the document of a fake's vendor routes."""
    paths: Document = {}
    for route in fake.routes:
        statuses = dict(route.statuses) or {200: "Fine."}
        described: Document = {
            "summary": route.doc,
            "parameters": [*_path_parameters(route.path), *_query_parameters(route.query), _WORKSPACE],
            "responses": {
                str(status): _response(
                    words, route.produces if status < 300 else route.refuses, route.answers.get(status)
                )
                for status, words in statuses.items()
            },
        }
        _add_bad_workspace(described["responses"])
        if route.request_schema is not None:
            described["requestBody"] = _body(route.consumes, route.request_schema)
        paths.setdefault(_PART.sub(r"{\1}", route.path), {})[route.method.lower()] = described
    return _document(f"The {fake.vendor} fake: the vendor's routes", paths)


def _add_bad_workspace(responses: Document) -> None:
    """Say that any route refuses a workspace whose name cannot be one, in the lab's own words."""
    found = responses.setdefault("400", {"description": "The workspace has no usable name."})
    media = found.setdefault("content", {})
    schema = media.get(_JSON, {}).get("schema")
    if schema or _JSON not in media:  # one that describes nothing allows it already
        media[_JSON] = {"schema": {"anyOf": [schema, _ERROR]} if schema else _ERROR}


def lab_document(fake: Fake[Any], operations: Sequence[Operation], views: Sequence[View]) -> Document:
    """Write the document of a fake's control plane."""
    told = {"fault.arm": fault_schema(fake.fault_kinds), "settings.set": settings_schema(fake.state.settings)}
    paths: Document = {
        "/": {"get": _described("What there is.", (), {200: _response("The index.", _JSON)})},
        "/openapi.json": {"get": _described("This document.", (), {200: _response("It.", _JSON)})},
        "/vendor-openapi.json": {"get": _described("The vendor's routes.", (), {200: _response("Them.", _JSON)})},
        "/workspaces/{name}": {
            "delete": _described(
                "Forget a workspace.",
                [_parameter("name", "path")],
                {200: _response("Those left.", _JSON), 404: _response("There is none of that name.", _JSON, _ERROR)},
            )
        },
        "/await": {
            "post": _described(
                "Block until a view holds enough rows.",
                (),
                {200: _response("It does.", _JSON), 408: _response("It did not in time.", _JSON)},
                _body(_JSON, _AWAIT),
            )
        },
    }
    for operation in operations:
        parts = _path_parameters(operation.path)
        responses = {200: _response(operation.doc, operation.produces)}
        if parts:
            responses[404] = _response("There is no such thing.", _JSON, _ERROR)
        body = None
        if operation.raw:
            body = _body("application/octet-stream", {"type": "string", "format": "binary"})
        elif operation.method not in {"GET", "DELETE"}:
            body = _body(_JSON, told.get(operation.name, operation.schema), operation.example)
        paths.setdefault(_PART.sub(r"{\1}", operation.path), {})[operation.method.lower()] = _described(
            operation.doc, [*parts, *_query_parameters(operation.query)], responses, body
        )
    for view in views:
        filters = list(_query_parameters(view.filters))
        pages = [_parameter("after", "query", "cursor"), _parameter("limit", "query", "rows, at most 10,000")]
        rows = {
            "type": "object",
            "required": [view.name, "next"],
            "properties": {
                view.name: {"type": "array", "items": {"type": "object"}},
                "next": {"type": ["integer", "null"], "description": "the cursor to go on from"},
            },
        }
        missing = _response("There is nothing that a filter names.", _JSON, _ERROR)
        count = {"type": "object", "required": ["count"], "properties": {"count": {"type": "integer"}}}
        paths.setdefault(f"/{view.name}", {})["get"] = _described(
            view.doc, [*filters, *pages], {200: _response("A page.", _JSON, rows), 404: missing}
        )
        paths[f"/{view.name}/count"] = {
            "get": _described(
                f"How many: {view.doc}", filters, {200: _response("The count.", _JSON, count), 404: missing}
            )
        }
    return _document(
        f"The {fake.vendor} fake: its control plane", {f"/__lab{path}": methods for path, methods in paths.items()}
    )


def _document(title: str, paths: Document) -> Document:
    return {"openapi": "3.1.0", "info": {"title": title, "version": "1"}, "paths": paths}


def _described(
    doc: str, parameters: Iterable[Document], responses: Mapping[int, Document], body: Document | None = None
) -> Document:
    refusals = {status: _response(words, _JSON, _ERROR) for status, words in _REFUSALS.items()}
    described: Document = {
        "summary": doc,
        "parameters": list(parameters),
        "responses": {str(status): response for status, response in {**refusals, **responses}.items()},
    }
    if body is not None:
        described["requestBody"] = body
    return described


def _response(words: str, media: str | None, schema: Mapping[str, Any] | None = None) -> Document:
    return {"description": words} | ({"content": {media: {"schema": schema or {}}}} if media else {})


def _body(media: str, schema: Mapping[str, Any], example: Any = None) -> Document:
    return {"content": {media: {"schema": schema} | ({} if example is None else {"example": example})}}


def _path_parameters(path: str) -> list[Document]:
    return [_parameter(name, "path") for name in _PART.findall(path)]


def _query_parameters(query: Mapping[str, str]) -> list[Document]:
    return [_parameter(name, "query", doc) for name, doc in query.items()]


def _parameter(name: str, where: str, doc: str = "") -> Document:
    described: Document = {"name": name, "in": where, "required": where == "path", "schema": {"type": "string"}}
    return described | ({"description": doc} if doc else {})
