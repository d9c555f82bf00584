"""Rehearse an Amplitude to Segment cohort sync offline, and be told what the real services never would.

What a user imports is here: `from cohortlab import Lab, SegmentClient, contract`. The names stand in `__init__.pyi`,
where type checkers read them; each is loaded when it is asked for.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module

from cohortlab._version import __version__ as __version__


@cache
def _homes() -> dict[str, tuple[str, str]]:
    """Return for each public name the module it lives in, and what it is called there."""
    import ast  # noqa: PLC0415 - reading the list takes longer than `cohortlab --help` has
    from importlib.resources import files  # noqa: PLC0415 - as above

    stub = files(__name__).joinpath("__init__.pyi").read_text(encoding="utf-8")
    imports = (node for node in ast.parse(stub).body if isinstance(node, ast.ImportFrom))
    return {each.asname or each.name: (str(node.module), each.name) for node in imports for each in node.names}


def __getattr__(name: str) -> object:
    if name == "__all__":
        return sorted(_homes())
    if name.startswith("__") or name not in _homes():
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, there = _homes()[name]
    found = globals()[name] = getattr(import_module(module), there)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *_homes()})
