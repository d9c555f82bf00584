"""`[tool.cohortlab.check]` in pyproject.toml: what a team always wants of `cohortlab check`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from contracts.errors import BadPolicy
from contracts.explain import describe, observe, validator
from contracts.nearest import nearest
from contracts.trait_key import DEFAULT_STYLE

_CODES: Final = {"type": "array", "items": {"type": "string"}}
_TEXT: Final = {"type": "string"}
_SETTINGS: Final[dict[str, Any]] = {
    "contract": _TEXT,
    "trait-key": _TEXT,
    "select": _CODES,
    "ignore": _CODES,
    "severity": {"type": "object", "additionalProperties": {"enum": ["error", "warning", "note"]}},
    "pedantic": {"type": "boolean"},
    "baseline": _TEXT,
    "fail-on": {"enum": ["error", "warning", "note", "never"]},
}
_WANTED: Final = {
    "select": "a list of codes",
    "ignore": "a list of codes",
    "severity": "a table of codes with error, warning or note",
    "pedantic": "true or false",
    "fail-on": "error, warning, note or never",
}


@dataclass(frozen=True, slots=True)
class Configuration:
    """Hold the settings of `cohortlab check` that a project keeps in its pyproject.toml."""

    contract: str | None = None
    trait_key: str = DEFAULT_STYLE
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    severity: dict[str, str] = field(default_factory=dict)
    pedantic: bool = False
    baseline: str | None = None
    fail_on: str = "warning"


def configuration(pyproject: dict[str, Any], file: str) -> Configuration:
    """Read the settings out of a parsed pyproject.toml; raise `BadPolicy` for a key or value that is not known."""
    section: Any = pyproject
    for name in ("tool", "cohortlab", "check"):
        section = section.get(name, {}) if isinstance(section, dict) else section
    if not isinstance(section, dict):
        raise BadPolicy(f"{file}: [tool.cohortlab.check] must be a table, not {describe(section)}")
    for key in section:
        if key not in _SETTINGS:
            raise BadPolicy(f"{file}: [tool.cohortlab.check] has no setting {key!r}; {nearest(key, _SETTINGS)}")
    judge = validator({"type": "object", "properties": _SETTINGS})
    for wrong in observe(judge, section, "", 1):
        key = wrong.pointer.split("/")[1]
        wanted = _WANTED.get(key, "a string")
        raise BadPolicy(f"{file}: {key} in [tool.cohortlab.check] must be {wanted}; found {wrong.found}")
    return Configuration(
        section.get("contract"),
        section.get("trait-key", DEFAULT_STYLE),
        tuple(section.get("select", ())),
        tuple(section.get("ignore", ())),
        section.get("severity", {}),
        section.get("pedantic", False),
        section.get("baseline"),
        section.get("fail-on", "warning"),
    )
