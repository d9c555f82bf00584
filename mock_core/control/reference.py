"""Reference tables of a fake for its documentation page, written from the tables that the code runs on.

A page holds them between `<!-- table: NAME -->` and `<!-- end -->`; `refreshed` puts the current ones in.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from mock_core.control.operation import Operation
from mock_core.control.tables import CORE_OPERATIONS
from mock_core.faults import CORE_FAULTS, Fault
from mock_core.settings import described

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    from mock_core.fake import Fake

_TABLE = re.compile(r"(<!-- table: ([a-z-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def reference(fake: type[Fake[Any]], settings: DataclassInstance) -> dict[str, str]:
    """Return the tables of a fake by name: routes, settings, faults, operations, views."""
    return {
        "routes": table(
            ("route", ""),
            ((_code(f"{route.method} {route.path}"), route.doc) for route in fake.routes if route.method != "OPTIONS"),
        ),
        "settings": _settings(settings),
        "faults": _faults({name: kind for name, kind in fake.fault_kinds.items() if name not in CORE_FAULTS}),
        "operations": table(
            ("operation", ""),
            ((_code(f"{each.method} /__lab{each.path}"), each.doc) for each in getattr(fake, "operations", ())),
        ),
        "curl": curl_block(fake, getattr(fake, "operations", ())),
        "views": table(
            ("view", "", "filters"),
            (
                (_code(f"GET /__lab/{view.name}"), view.doc, ", ".join(map(_code, view.filters)))
                for view in getattr(fake, "views", ())
            ),
        ),
    }


# What stands in an example for a part of a path.
_PARTS = {"cohort_id": "7abc12de", "project_id": "100001", "amplitude_id": "4000000000001", "id": "fault-1"}


def curl_block(fake: type[Fake[Any]], operations: Iterable[Operation]) -> str:
    """Return one command for a shell for each operation, at the port that the fake has unless told otherwise."""
    base_url = f"http://127.0.0.1:{fake.default_port}"
    return "".join(("```bash\n", *(f"{each.curl(base_url, _PARTS)}\n" for each in operations), "```\n"))


def every_fake_curl(fake: type[Fake[Any]]) -> str:
    """Return the same for what every fake can be told."""
    return curl_block(fake, CORE_OPERATIONS)


def refreshed(page: str, tables: Mapping[str, str]) -> str:
    """Return a page with its tables written anew; those it names and nobody made stay as they are."""
    return _TABLE.sub(
        lambda found: f"{found[1]}{tables.get(found[2], '')}{found[3]}" if found[2] in tables else found[0], page
    )


def _settings(settings: DataclassInstance) -> str:
    rows = []
    for each in described(settings):
        others = ", ".join(_code(_word(choice)) for choice in each["choices"] if choice != each["default"])
        rows.append((_code(each["name"]), _code(_word(each["default"])), others, each["doc"], each["source"]))
    return table(("setting", "default", "others", "what it decides", "rests on"), rows)


def _faults(kinds: Mapping[str, type[Fault]]) -> str:
    rows = []
    for name, kind in kinds.items():
        fields = ", ".join(_code(field.name) for field in dataclasses.fields(kind))
        rows.append((_code(name), fields, (kind.__doc__ or "").splitlines()[0]))
    return table(("fault", "fields", ""), rows)


def table(headings: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Write a table of a page; a bar in a cell is escaped."""
    lines = [list(headings)]
    lines += [["---"] * len(lines[0]), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def _code(text: str) -> str:
    return f"`{text}`"


def _word(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
