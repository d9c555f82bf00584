"""The trait key: how a cohort's name and id become the name of a trait, and back.

Four spellings are published and nothing says which one a workspace sees (segment facts 4.1 [doc]), so the
spelling is a template and the published ones are named styles.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from contracts.errors import BadTemplate, BadTraitKey

TRAIT_KEY_STYLES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "amplitude": "{name} ({id})",
        "segment": "[Amplitude] {name} ({id})",
        "partner": "[Amplitude] {name}: {id}",
        "partner-test": "{name}:{id}",
    }
)
"""Published spellings by name (segment facts 4.1 [doc]); the first is the default."""

DEFAULT_STYLE: Final = "amplitude"

_NAME: Final = r"[\s\S]+"
_ID: Final = r"[^ \t\n\r\f\v()\[\]\{\}:]+"
_FIELDS: Final = re.compile(r"\{(name|id)\}")
_SYNTAX: Final = frozenset("^$\\.*+?()[]{}|/")


@dataclass(frozen=True, slots=True)
class TraitKey:
    """Hold the two things that a trait key says."""

    name: str
    cohort_id: str


@dataclass(frozen=True, slots=True)
class TraitKeyFormat:
    """Write and read trait keys in one spelling.

    `style` is the published name of the spelling, or the template itself. `pattern` is an ECMA-262 regular
    expression that matches exactly the keys that `parse` understands.
    """

    style: str
    template: str
    pattern: str
    _reader: re.Pattern[str] = field(repr=False, compare=False)

    def format(self, name: str, cohort_id: str) -> str:
        """Write the trait key of a cohort; raise `BadTraitKey` when it could not be read back."""
        before, _, after = self.template.partition("{name}")
        key = before.replace("{id}", cohort_id) + name + after.replace("{id}", cohort_id)
        read = self.parse(key)
        if read is None or read.cohort_id != cohort_id or read.name != name:
            detail = (
                f"cohort name {name!r} with id {cohort_id!r} cannot be written as {self.template!r}: the name must "
                "not be empty, and the id must be free of white space, brackets and colons"
            )
            raise BadTraitKey(detail)
        return key

    def parse(self, key: str) -> TraitKey | None:
        """Read a trait key, or return None when it is not in this spelling."""
        match = self._reader.fullmatch(key)
        return TraitKey(match["name"], match["id"]) if match else None


@lru_cache(maxsize=64)
def trait_key_format(style_or_template: str = DEFAULT_STYLE) -> TraitKeyFormat:
    """Return the format for a published style, or for a template with one `{name}` and one `{id}`."""
    template = TRAIT_KEY_STYLES.get(style_or_template, style_or_template)
    found = [match[1] for match in _FIELDS.finditer(template)]
    if sorted(found) != ["id", "name"]:
        styles = ", ".join(TRAIT_KEY_STYLES)
        detail = (
            f"{style_or_template!r} is neither a trait key style ({styles}) nor a template: "
            "a template holds {name} once and {id} once"
        )
        raise BadTemplate(detail)
    reader, pattern = "", ""
    for part in re.split(r"(\{name\}|\{id\})", template):
        if part == "{name}":
            reader, pattern = reader + f"(?P<name>{_NAME})", pattern + _NAME
        elif part == "{id}":
            reader, pattern = reader + f"(?P<id>{_ID})", pattern + _ID
        else:
            reader, pattern = reader + re.escape(part), pattern + _ecma_escape(part)
    return TraitKeyFormat(style_or_template, template, f"^{pattern}$", re.compile(reader))


def _ecma_escape(text: str) -> str:
    """Escape only what ECMA-262 lets a Unicode pattern escape; `re.escape` escapes more."""
    return "".join("\\" + character if character in _SYNTAX else character for character in text)
