"""Naming: how often the sources name a thing, which is how much hangs on it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_WORD = re.compile(r"[A-Za-z_]\w*")
_ATTRIBUTE = re.compile(r"(?<=[\w)\]]\.)[a-z_]\w*")
_IMPORT = re.compile(r"^\s*(?:from|import) ([\w.]+)", re.MULTILINE)
_FAULT = re.compile(r"\bfault: ([a-z][a-z-]+)")


@dataclass(frozen=True, slots=True)
class Named:
    """How often what is named: words by file (all of them under the empty name), attributes, modules, faults."""

    words: Mapping[str, Counter[str]]
    attributes: Counter[str]
    modules: Counter[str]
    armed: Counter[str]

    @classmethod
    def of(cls, root: Path, rooms: Sequence[str]) -> Named:
        """Count in the sources of some rooms, and in the scenarios that are shipped."""
        words: dict[str, Counter[str]] = {}
        attributes: Counter[str] = Counter()
        modules: Counter[str] = Counter()
        for room in rooms:
            for path in sorted((root / room).rglob("*.py")):
                source = path.read_text(encoding="utf-8")
                words[path.relative_to(root).as_posix()] = Counter(_WORD.findall(source))
                attributes.update(_ATTRIBUTE.findall(source))
                modules.update(_IMPORT.findall(source))
        words[""] = sum(words.values(), Counter())
        library = (root / "scenarios" / "library").glob("*.yaml")
        armed = Counter(fault for path in library for fault in _FAULT.findall(path.read_text(encoding="utf-8")))
        return cls(words, attributes, modules, armed)

    def imports(self, file: str) -> int:
        """Return how often a module is imported, under whatever name the rooms lie."""
        module = file.removesuffix("/__init__.py").removesuffix(".py").replace("/", ".")
        return sum(number for name, number in self.modules.items() if name == module or name.endswith(f".{module}"))

    def words_of(self, file: str) -> Counter[str]:
        """Return the words of a file, or without one those of all."""
        return self.words.get(file, Counter())
