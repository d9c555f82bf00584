"""The control plane of a fake, /__lab/: routes made from its tables of operations and views.

Every fake has those of `core_tables` and adds its own. Views can be paged, counted and awaited.
"""

from __future__ import annotations

import functools
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing
from itertools import islice
from typing import TYPE_CHECKING, Any

import orjson
from flask import Blueprint, Response, request
from werkzeug.exceptions import HTTPException

from contracts.nearest import nearest
from mock_core.control.openapi import lab_document, vendor_document
from mock_core.control.operation import Filters, Operation, Rows, State, View
from mock_core.control.tables import CORE_OPERATIONS, CORE_VIEWS
from mock_core.deep_json import write_json
from mock_core.errors import BadControl, LabError, TooMany
from mock_core.guard import FAKE_HEADER, TOKEN_HEADER, admit, asking_page
from mock_core.workspace import DEFAULT

if TYPE_CHECKING:
    from mock_core.fake import Fake

__all__ = ["Filters", "Operation", "Rows", "State", "View", "control_blueprint", "wait_for"]

MAX_CONTROL_BODY = 256 * 1024 * 1024  # a cohort export to import may be large; nothing else is
PAGE = 100
MAX_PAGE = 10_000
PAGE_BYTES = 8 * 1024 * 1024  # a page ends with the row that reaches it
MAX_WAIT = 60.0
MAX_WAITING = 128  # calls that wait at a time; each holds a thread, and others want to be answered


def control_blueprint(fake: Fake[Any], token: str | None) -> Blueprint:
    """Build the /__lab/ routes of a fake from its tables."""
    blueprint = Blueprint("lab", __name__, url_prefix="/__lab")
    operations = (*CORE_OPERATIONS, *getattr(fake, "operations", ()), *_added(fake, "operations"))
    views = {view.name: view for view in (*CORE_VIEWS, *getattr(fake, "views", ()), *_added(fake, "views"))}

    @blueprint.before_request
    def guard() -> None:
        page = asking_page(request.headers.get("Origin"), request.headers.get("Sec-Fetch-Site"))
        admit(request.host, page, request.headers.get(TOKEN_HEADER), token)

    @blueprint.errorhandler(LabError)
    def refused(error: LabError) -> Response:
        return _json({"error": type(error).__name__, "message": str(error)}, error.http_status)

    @blueprint.after_request
    def signed(reply: Response) -> Response:
        reply.headers[FAKE_HEADER] = fake.vendor
        return reply

    def state() -> State:
        return fake.workspaces.get(request.headers.get("X-Lab-Workspace") or DEFAULT)

    def index() -> Response:
        return _json(
            {
                "vendor": fake.vendor,
                "workspace": state().workspace.name,
                "workspaces": fake.workspaces.names(),
                "entries": state().workspace.journal.last,
                "notes": state().workspace.notes,
                "operations": [f"{op.method} /__lab{op.path}: {op.doc}" for op in operations],
                "views": [f"GET /__lab/{view.name}: {view.doc}" for view in views.values()],
            }
        )

    def drop(name: str) -> Response:
        fake.workspaces.drop(name)
        return _json({"workspaces": fake.workspaces.names()})

    def document(write: Callable[[], dict[str, Any]]) -> Response:
        return _json(write())

    blueprint.add_url_rule("/", "index", index)
    blueprint.add_url_rule("/workspaces/<name>", "drop", drop, methods=["DELETE"])
    for path, write in (
        ("/openapi.json", lambda: lab_document(fake, operations, tuple(views.values()))),
        ("/vendor-openapi.json", lambda: vendor_document(fake)),
    ):
        blueprint.add_url_rule(path, path[1:].replace(".", "-"), functools.partial(document, write))
    for operation in operations:
        blueprint.add_url_rule(
            operation.path,
            f"{operation.method} {operation.path}",
            functools.partial(_operate, operation, state),
            methods=[operation.method],
        )
    for view in views.values():
        blueprint.add_url_rule(f"/{view.name}", f"view {view.name}", functools.partial(_page, view, state))
        blueprint.add_url_rule(f"/{view.name}/count", f"count {view.name}", functools.partial(_count, view, state))
    seats = threading.BoundedSemaphore(MAX_WAITING)
    blueprint.add_url_rule("/await", "await", functools.partial(_await, views, state, seats), methods=["POST"])
    return blueprint


def _added(fake: Fake[Any], table: str) -> Iterator[Any]:
    """Yield the rows that annexes add to one of a fake's tables."""
    for annexe in fake.annexes:
        yield from getattr(annexe, table)


def _operate(operation: Operation, state: Callable[[], State], **parts: str) -> Response:
    if operation.raw:
        return _operate_raw(operation, state, parts)
    payload = {**_json_body(), **parts}
    _validate(payload, operation, parts)
    return _answered(operation.run(state(), payload))


def _operate_raw(operation: Operation, state: Callable[[], State], parts: Mapping[str, str]) -> Response:
    """Run an operation that is given a file: as the body, or as the one file of a form (`curl -F`)."""
    form = request.mimetype == "multipart/form-data"
    body = _file_of_form() if form else _bounded_body()
    try:
        return _answered(operation.run(state(), {"body": body, **request.args.to_dict(), **parts}))
    except BadControl as error:
        if form or request.mimetype != "application/x-www-form-urlencoded" or b"\n" in body or not body:
            raise
        raise BadControl(f"{error} curl -d takes the line ends out of a file: send it with --data-binary.") from error


def _answered(answer: Any) -> Response:
    return answer if isinstance(answer, Response) else _json(answer)


@functools.cache
def _validator() -> Any:
    """Return a validator to which 5.0 is no integer: what is told is counted with."""
    import jsonschema  # noqa: PLC0415 - only control calls need it, and it is slow to import

    plain = jsonschema.Draft202012Validator
    extend: Any = jsonschema.validators.extend
    types = plain.TYPE_CHECKER.redefine("integer", lambda _types, value: type(value) is int)
    return extend(plain, type_checker=types)


def _validate(payload: Mapping[str, Any], operation: Operation, parts: Mapping[str, str]) -> None:
    import jsonschema  # noqa: PLC0415 - only control calls need it, and it is slow to import

    checked = {name: value for name, value in payload.items() if name not in parts}
    error = jsonschema.exceptions.best_match(_validator()(operation.schema).iter_errors(checked))
    if error is None:
        return
    where = "/".join(str(step) for step in error.absolute_path) or "the payload"
    known = operation.schema.get("properties", {})
    unknown = [name for name in checked if name not in known] if error.validator == "additionalProperties" else []
    extra = f" For {unknown[0]!r}, {nearest(unknown[0], known)}" if unknown else ""
    raise BadControl(f"{operation.method} /__lab{operation.path}: {where}: {error.message}.{extra}")


def _page(view: View, state: Callable[[], State]) -> Response:
    filters = request.args.to_dict()
    limit = _number(filters.pop("limit", str(PAGE)), "limit", 1, MAX_PAGE)
    after = _number(filters.pop("after", "0"), "after", 0, None)
    _check_filters(view, filters)
    page: list[bytes] = []
    size, last, following = 0, after, None
    for cursor, row in view.rows(state(), filters, after):
        if len(page) == limit or size >= PAGE_BYTES:
            following = last
            break
        page.append(write_json(row))
        size, last = size + len(page[-1]), cursor
    body = b'{%b:[%b],"next":%b}\n' % (orjson.dumps(view.name), b",".join(page), orjson.dumps(following))
    return Response(body, 200, mimetype="application/json")


def _count(view: View, state: Callable[[], State]) -> Response:
    filters = request.args.to_dict()
    _check_filters(view, filters)
    return _json({"count": sum(1 for _ in view.rows(state(), filters, 0))})


def _await(views: Mapping[str, View], state: Callable[[], State], seats: threading.BoundedSemaphore) -> Response:
    """Block until a view holds enough rows, waking on every journal entry; no client ever polls."""
    wanted = _json_body()
    name = str(wanted.get("view"))
    if name not in views:
        raise BadControl(f"await: there is no view {name!r}: {nearest(name, views)}")
    where, at_least = wanted.get("where", {}), wanted.get("at_least", 1)
    timeout = wanted.get("timeout", 5.0)
    if not isinstance(where, dict) or type(at_least) is not int or type(timeout) not in {int, float}:
        raise BadControl("await: expected {view, where: {filter: value}, at_least: number, timeout: seconds}.")
    filters = {str(key): _as_filter(value) for key, value in where.items()}
    _check_filters(views[name], filters)
    if not seats.acquire(blocking=False):
        raise TooMany(f"{MAX_WAITING} calls wait already, as many as a lab lets wait. Call again when one has ended.")
    try:
        found, held = wait_for(state(), views[name], filters, at_least, min(float(timeout), MAX_WAIT))
    finally:
        seats.release()
    return _json({"held": held, "count": found}, 200 if held else 408)


def _as_filter(value: Any) -> str:
    return value if isinstance(value, str) else write_json(value).decode()


def wait_for(state: State, view: View, filters: Filters, at_least: int, timeout: float) -> tuple[int, bool]:
    """Block until a view has `at_least` rows or `timeout` real seconds pass; return the count and whether it held.

    A state whose folds change as time passes says when in `next_change()`, in milliseconds of the lab's clock.
    """
    deadline = time.monotonic() + timeout  # in real seconds, whatever the lab's clock says
    journal, clock = state.workspace.journal, state.workspace.clock
    next_change: Callable[[], int | None] = getattr(state, "next_change", lambda: None)
    while True:
        seen = journal.last
        found = sum(1 for _ in islice(view.rows(state, filters, 0), max(at_least, 1)))
        if found >= at_least:
            return found, True
        left = deadline - time.monotonic()
        if left <= 0:
            return found, False
        change = None if clock.is_frozen else next_change()
        patience = left if change is None else min(left, max(0.001, (change - clock.now_ms()) / 1000))
        journal.wait_beyond(seen, patience)


def _check_filters(view: View, filters: Filters) -> None:
    for name in filters:
        if name not in view.filters:
            raise BadControl(f"View {view.name!r} has no filter {name!r}: {nearest(name, view.filters)}")


def _number(text: str, name: str, low: int, high: int | None) -> int:
    if not text.isdecimal() or len(text) > 18 or int(text) < low or (high is not None and int(text) > high):
        raise BadControl(
            f"{name} is {text[:40]!r}, expected a number from {low}{'' if high is None else f' to {high}'}."
        )
    return int(text)


def _json_body() -> dict[str, Any]:
    body = _bounded_body()
    if not body:
        return {}
    try:
        payload = orjson.loads(body)
        orjson.dumps(payload)
    except orjson.JSONDecodeError as error:
        form = " It came as a form: send JSON with curl -d." if request.mimetype == "multipart/form-data" else ""
        raise BadControl(f"The body is not JSON: {error}.{form}") from error
    except TypeError as error:  # what orjson reads and does not write again, nobody tells a lab in earnest
        raise BadControl("The body is nested more than 250 levels deep.") from error
    if not isinstance(payload, dict):
        raise BadControl(f"The body is a JSON {type(payload).__name__}, expected an object.")
    return payload


def _file_of_form() -> bytes:
    """Return the one file that a form brings."""
    if request.content_length is None or request.content_length > MAX_CONTROL_BODY:
        raise BadControl(f"A form must say its length, expected at most {MAX_CONTROL_BODY} bytes.")
    with ExitStack() as held:
        try:
            files = [held.enter_context(closing(file)) for _, file in request.files.items(multi=True)]
        except HTTPException as error:  # too many parts, or fields that are too large
            raise BadControl(f"The form cannot be read: {error.description}") from error
        if len(files) != 1:
            raise BadControl(
                f"The form brings {len(files)} files, expected one: curl -F file=@FILE, or curl --data-binary @FILE."
            )
        body: bytes = files[0].read()
    return body


def _bounded_body() -> bytes:
    length = request.content_length
    if length is not None and length > MAX_CONTROL_BODY:
        raise BadControl(f"The body is {length} bytes, expected at most {MAX_CONTROL_BODY}.")
    try:
        body: bytes = request.stream.read(MAX_CONTROL_BODY + 1) if length is None else request.stream.read(length)
    except (ValueError, OSError) as error:  # cut off, malformed or too slow
        raise BadControl(f"The body did not come as announced: {error}.") from error
    if len(body) > MAX_CONTROL_BODY:
        raise BadControl(f"The body is over {MAX_CONTROL_BODY} bytes.")
    return body


def _json(payload: Any, status: int = 200) -> Response:
    return Response(write_json(payload, orjson.OPT_APPEND_NEWLINE), status, mimetype="application/json")
