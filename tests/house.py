"""The house as it is built: modules, what they import, and the drawing in ARCHITECTURE.md they are held against."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Import:
    """One import, wherever in a module it stands: the module asked, and the module or package face that answers."""

    by: str
    of: str
    line: int


class House:
    """The modules of some packages under one root, by their dotted names; a package's name is its `__init__`."""

    def __init__(self, root: Path, packages: Mapping[str, object]) -> None:
        self.files = {
            ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__"): path
            for package in packages
            for path in sorted((root / package).rglob("*.py"))
        }
        self._trees = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in self.files.items()}

    def is_face(self, module: str) -> bool:
        """Say whether a module is the `__init__` of a package."""
        return self.files[module].name == "__init__.py"

    def names_of(self, module: str) -> set[str]:
        """Return the names a module binds at its top: what it defines, and what it hands on."""
        bound = set()
        for node in self._trees[module].body:
            if isinstance(node, ast.ImportFrom | ast.Import):
                bound |= {alias.asname or alias.name for alias in node.names}
            elif isinstance(node, ast.FunctionDef | ast.ClassDef):
                bound.add(node.name)
        return bound

    def asked(self, module: str) -> set[str]:
        """Return the top-level names a module imports, ours and others'; a relative import asks for "."."""
        names = set()
        for node in ast.walk(self._trees[module]):
            if isinstance(node, ast.Import):
                names |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                names.add("." if node.level else (node.module or "").partition(".")[0])
        return names

    def imports(self, module: str) -> Iterator[Import]:
        """Yield the imports of the house's own modules, in functions and under TYPE_CHECKING, too."""
        for node in ast.walk(self._trees[module]):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    if alias.name in self.files:
                        yield Import(module, alias.name, node.lineno)
            elif isinstance(node, ast.ImportFrom) and node.module in self.files:
                handed_out = self.names_of(node.module) if self.is_face(node.module) else set()
                for alias in node.names:
                    inner = f"{node.module}.{alias.name}"
                    of = inner if inner in self.files and alias.name not in handed_out else node.module
                    yield Import(module, of, node.lineno)

    def all_imports(self) -> Iterator[Import]:
        """Yield every import of one module of the house by another."""
        for module in self.files:
            yield from self.imports(module)


def circle(house: House) -> list[str]:
    """Return modules that import each other in a loop, empty when none do."""
    graph = {module: {each.of for each in house.imports(module)} - {module} for module in house.files}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(reversed(error.args[1]))
    return []


def reaching_in(house: House) -> list[str]:
    """Return the imports of a wing's inner module by somebody outside that wing."""
    found = []
    for each in house.all_imports():
        wing = ".".join(each.of.split(".")[:2])
        if each.of != wing and each.by != wing and not each.by.startswith(f"{wing}."):
            found.append(f"{each.by}:{each.line} imports {each.of}; {wing} hands out what others use of it")
    return found


def drawn_wings(page: str) -> dict[str, list[set[str]]]:
    """Read the drawing under "## The wings": for each package its floors from the ground up, each a set of names.

    A package stands at the margin, `syncer/`; its floors are the lines below it, the top floor first.
    """
    (block,) = re.findall(r"^## The wings\n.*?^```\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    drawn: dict[str, list[set[str]]] = {}
    for line in block.splitlines():
        if line and not line.startswith(" "):
            floors = drawn.setdefault(line.strip().rstrip("/"), [])
        elif line.strip():
            floors.insert(0, {name.rstrip("/") for name in line.split()})
    return drawn


def upwards(house: House, package: str, floors: list[set[str]]) -> list[str]:
    """Return what of a package the drawing lacks or makes up, and each import that does not lead to a lower floor."""
    level = {name: number for number, names in enumerate(floors) for name in names}
    built = {module.split(".")[1] for module in house.files if module.startswith(f"{package}.")}
    found = [f"ARCHITECTURE.md does not draw {package}/{name}" for name in sorted(built - level.keys())]
    found += [f"ARCHITECTURE.md draws {package}/{name}, which is not there" for name in sorted(level.keys() - built)]
    if found:
        return found
    for each in house.all_imports():
        if not each.by.startswith(f"{package}."):
            continue
        if each.of == package:
            found.append(f"{each.by}:{each.line} imports the face of its own package; say the module or the wing")
            continue
        if not each.of.startswith(f"{package}."):
            continue
        by, of = each.by.split(".")[1], each.of.split(".")[1]
        if by != of and level[of] >= level[by]:
            found.append(f"{each.by}:{each.line} imports {each.of}, which stands no floor below it")
    return found
