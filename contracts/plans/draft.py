"""A plan's schema, read as Segment's validator reads draft-07: compiled, with every fault at its place.

A keyword with a fault is left out, unless it is clear what is meant, and the rest still counts: one slip in a rule
hides nothing else. Where that could turn a verdict round (under `not`, `if` and alternatives, or where references
lead) what is around it is left out as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final, TypeVar
from urllib.parse import unquote, urldefrag, urljoin

from contracts.explain import quote
from contracts.plans.dialect import BadPattern, Pattern, pattern
from contracts.plans.formats import FORMATS
from contracts.plans.node import Fault, Node, Path, is_circular
from contracts.plans.spelling import json_text

_Read = TypeVar("_Read")
_Keyword = Callable[["_Reader", Node, Any, Path, int], None]

TYPES: Final = ("array", "boolean", "integer", "null", "number", "object", "string")
DEEPEST: Final = 100
"""Levels of schemas in one another that are read; plans have a handful."""

_WIDTH: Final = 80
_COUNTS: Final = ("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties")
_LIMITS: Final = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")
_WORDS: Final = ("$id", "$schema", "$comment", "title", "description", "format", "contentMediaType", "contentEncoding")
_FLAGS: Final = ("uniqueItems", "readOnly")
_DATA: Final = ("enum", "const", "default", "examples")
_WHOLE: Final = {"not": "negated", "if": "condition"}
_SINGLE: Final = {
    "additionalProperties": "additional_properties",
    "additionalItems": "additional_items",
    "propertyNames": "property_names",
    "contains": "contains",
    "then": "then",
    "else": "otherwise",
}
_SEVERAL: Final = {"anyOf": "any_of", "oneOf": "one_of", "allOf": "all_of"}


def read_schema(document: Any) -> tuple[Node, tuple[Fault, ...]]:
    """Compile a schema; what has faults is left out of it."""
    reader = _Reader(document)
    root = reader.schema(document, (), 0)
    if reader.has_references and is_circular(root):
        reader.tell(Fault((), "a reference that leads back to itself", "references that end somewhere"))
    if reader.has_references and reader.unclear:
        root = Node()
    return root, tuple(reader.faults)


class _Reader:
    """Read the schemas of one document, each once, wherever references to it stand."""

    def __init__(self, document: Any) -> None:
        self.faults: list[Fault] = []
        self.unclear = 0
        """How many of them left something out."""
        self.has_references = False
        self._document = document
        self._known: dict[int, Node] = {}

    def tell(self, fault: Fault) -> None:
        """Add a fault."""
        self.faults.append(fault)
        self.unclear += not fault.is_clear

    def schema(self, value: Any, path: Path, depth: int) -> Node:
        """Read the schema at a place."""
        if isinstance(value, bool):
            return Node(never=not value, is_boolean=True)
        if not isinstance(value, dict):
            self._fault(path, value, "a schema: an object, true or false")
            return Node()
        if id(value) in self._known:
            return self._known[id(value)]
        node = self._known[id(value)] = Node()
        if depth > DEEPEST:
            self.tell(Fault(path, f"more than {DEEPEST} levels of schemas", "a schema that nests less"))
        elif "$ref" in value:  # what stands beside a reference does not count in draft-07
            self._reference(node, value["$ref"], (*path, "$ref"), depth)
            self._by_name(value.get("definitions", {}), (*path, "definitions"), depth)
        else:
            for keyword, inner in value.items():
                self._keyword(node, keyword, inner, (*path, keyword), depth)
            patterns = value.get("patternProperties")
            if isinstance(patterns, dict) and len(node.pattern_properties) < len(patterns):
                node.additional_properties = None  # which names are left over is not known
            for low, high in (("minLength", "maxLength"), ("minProperties", "maxProperties")):
                least, most = getattr(node, _name(low)), getattr(node, _name(high))
                if least is not None and most is not None and least > most:
                    self._fault((*path, low), value[low], f"at most {most}, which {high} says", clear=True)
        return node

    def _keyword(self, node: Node, keyword: str, value: Any, path: Path, depth: int) -> None:
        """Read one keyword into its field; unknown ones say nothing."""
        if keyword in _COUNTS:
            setattr(node, _name(keyword), self._count(value, path))
        elif keyword in _LIMITS:
            setattr(node, _name(keyword), self._number(value, path, above_zero=keyword == "multipleOf"))
        elif keyword in _WORDS:
            if not isinstance(value, str):
                self._fault(path, value, "a string", clear=keyword != "format")
            elif keyword == "format" and value in FORMATS:  # others hold for everything
                node.format = value
        elif keyword in _FLAGS:
            if not isinstance(value, bool):
                self._fault(path, value, "true or false", clear=keyword != "uniqueItems")
            elif keyword == "uniqueItems":
                node.unique_items = value
        elif keyword in _WHOLE:
            setattr(node, _WHOLE[keyword], self._sound(lambda: self.schema(value, path, depth + 1)))
        elif keyword in _SINGLE:
            setattr(node, _SINGLE[keyword], self.schema(value, path, depth + 1))
        elif keyword in _SEVERAL:
            nodes = self._sound(lambda: self._list(value, path, depth)) if keyword != "allOf" else None
            setattr(node, _SEVERAL[keyword], self._list(value, path, depth) if keyword == "allOf" else nodes or ())
        elif keyword in _OWN:
            _OWN[keyword](self, node, value, path, depth)

    def _type(self, node: Node, value: Any, path: Path, _: int) -> None:
        names = value if isinstance(value, list) else [value]
        wrong = [name for name in names if name not in TYPES]
        if wrong or not names:
            expected = f"{', '.join(TYPES)}; leave `type` out when any value will do"
            self._fault(path, value, expected, clear=not names)
            return
        node.types = tuple(dict.fromkeys(names))
        if len(node.types) < len(names):
            self._fault(path, value, "each type once", clear=True)

    def _enum(self, node: Node, value: Any, path: Path, _: int) -> None:
        if not isinstance(value, list) or not value:
            self._fault(path, value, "an array with one value at least", clear=value == [])
            return
        texts = [json_text(one) for one in value]
        node.enum, node.allowed = frozenset(texts), ", ".join(dict.fromkeys(texts))
        if len(node.enum) < len(texts):
            expected = "each value once: Segment's validator takes no schema with one twice"
            self._fault(path, value, expected, clear=True)

    def _const(self, node: Node, value: Any, _path: Path, _depth: int) -> None:
        node.const = json_text(value)

    def _pattern(self, node: Node, value: Any, path: Path, _: int) -> None:
        if isinstance(value, str):
            node.pattern = self._compiled(value, path)
        else:
            self._fault(path, value, "a pattern, as a string")

    def _required(self, node: Node, value: Any, path: Path, _: int) -> None:
        node.required = self._names(value, path)

    def _properties(self, node: Node, value: Any, path: Path, depth: int) -> None:
        node.properties = self._by_name(value, path, depth)

    def _pattern_properties(self, node: Node, value: Any, path: Path, depth: int) -> None:
        inner = self._by_name(value, path, depth)
        compiled = [(self._compiled(name, (*path, name)), schema) for name, schema in inner.items()]
        node.pattern_properties = tuple((found, schema) for found, schema in compiled if found is not None)

    def _definitions(self, _: Node, value: Any, path: Path, depth: int) -> None:
        self._by_name(value, path, depth)

    def _dependencies(self, node: Node, value: Any, path: Path, depth: int) -> None:
        if not isinstance(value, dict):
            self._fault(path, value, "an object with names or a schema for each name")
            return
        for name, needs in value.items():
            place = (*path, name)
            node.dependencies[name] = (
                self._names(needs, place) if isinstance(needs, list) else self.schema(needs, place, depth + 1)
            )

    def _items(self, node: Node, value: Any, path: Path, depth: int) -> None:
        if isinstance(value, list):
            node.positions = self._list(value, path, depth)
        else:
            node.items = self.schema(value, path, depth + 1)

    def _examples(self, _: Node, value: Any, path: Path, _depth: int) -> None:
        if not isinstance(value, list):
            self._fault(path, value, "an array", clear=True)

    def _reference(self, node: Node, value: Any, path: Path, depth: int) -> None:
        self.has_references = True
        found = _resolved(value, self._document) if isinstance(value, str) else None
        if found is None:
            self._fault(path, value, "a place in the same schema, such as #/definitions/NAME; nothing is fetched")
        else:
            node.target = self.schema(*found, depth + 1)

    def _number(self, value: Any, path: Path, *, above_zero: bool) -> float | None:
        if isinstance(value, bool) or not isinstance(value, int | float) or (above_zero and value <= 0):
            self._fault(path, value, "a number above 0" if above_zero else "a number")
            return None
        return value

    def _count(self, value: Any, path: Path) -> int | None:
        if isinstance(value, bool) or not isinstance(value, int | float) or value < 0 or value != int(value):
            self._fault(path, value, "an integer, 0 or more")
            return None
        if isinstance(value, float):
            found = f"{quote(str(path[-1]))}: {int(value)}, written with a point or an exponent"
            self.tell(
                Fault(path, found, f"{int(value)} in digits only, as Segment's validator takes it", is_clear=True)
            )
        return int(value)

    def _names(self, value: Any, path: Path) -> tuple[str, ...]:
        if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
            self._fault(path, value, "an array of names")
            return ()
        names = tuple(dict.fromkeys(value))
        if len(names) < len(value):
            self._fault(path, value, "each name once", clear=True)
        return names

    def _by_name(self, value: Any, path: Path, depth: int) -> dict[str, Node]:
        if not isinstance(value, dict):
            self._fault(path, value, "an object with a schema for each name")
            return {}
        return {name: self.schema(inner, (*path, name), depth + 1) for name, inner in value.items()}

    def _list(self, value: Any, path: Path, depth: int) -> tuple[Node, ...]:
        if not isinstance(value, list) or not value:
            self._fault(path, value, "an array with one schema at least", clear=value == [])
            return ()
        return tuple(self.schema(inner, (*path, index), depth + 1) for index, inner in enumerate(value))

    def _sound(self, read: Callable[[], _Read]) -> _Read | None:
        """Read what counts as a whole: with a fault anywhere in it, it is left out."""
        before = self.unclear
        found = read()
        return found if self.unclear == before else None

    def _compiled(self, text: str, path: Path) -> Pattern | None:
        try:
            return pattern(text)
        except BadPattern as error:
            found = f"the pattern {quote(text)}: {error}"
            self.tell(Fault(path, found, "a pattern that RE2 takes", is_pattern=True))
            return None

    def _fault(self, path: Path, value: Any, expected: str, *, clear: bool = False) -> None:
        keyword = next((part for part in reversed(path) if isinstance(part, str)), "jsonSchema")
        self.tell(Fault(path, f"{quote(keyword)}: {_shown(value)}", expected, is_clear=clear))


_OWN: Final[dict[str, _Keyword]] = {
    "type": _Reader._type,
    "enum": _Reader._enum,
    "const": _Reader._const,
    "pattern": _Reader._pattern,
    "required": _Reader._required,
    "properties": _Reader._properties,
    "patternProperties": _Reader._pattern_properties,
    "definitions": _Reader._definitions,
    "dependencies": _Reader._dependencies,
    "items": _Reader._items,
    "examples": _Reader._examples,
}


def _name(keyword: str) -> str:
    """Return the field of a keyword: minLength is `min_length`."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in keyword)


def _resolved(reference: str, document: Any) -> tuple[Any, Path] | None:
    """Return what a reference leads to and its place, or None when that is outside of the document."""
    own = document.get("$id") if isinstance(document, dict) else None
    base = own if isinstance(own, str) else ""
    places = dict(_identified(document, base)) if base or not reference.startswith("#/") else {}
    whole = urljoin(base, reference)
    if whole in places:
        return places[whole]
    address, fragment = urldefrag(whole)
    if address != urldefrag(base)[0] or (fragment and not fragment.startswith("/")):
        return None
    found: Any = document
    path: Path = ()
    for part in unquote(fragment).split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(found, dict) and name in found:
            found, path = found[name], (*path, name)
        elif isinstance(found, list) and name.isascii() and name.isdecimal() and int(name) < len(found):
            found, path = found[int(name)], (*path, int(name))
        else:
            return None
    return found, path


def _identified(document: Any, base: str) -> Iterator[tuple[str, tuple[Any, Path]]]:
    """Yield the schemas that name themselves with `$id`; what only looks like one, in `enum` and `const`, does not."""
    waiting: list[tuple[Any, Path]] = [(document, ())]
    while waiting:
        value, path = waiting.pop()
        if isinstance(value, dict):
            if path and isinstance(value.get("$id"), str):
                yield urljoin(base, value["$id"]), (value, path)
            schemas = (entry for entry in value.items() if entry[0] not in _DATA)
            waiting.extend((inner, (*path, name)) for name, inner in schemas)
        elif isinstance(value, list):
            waiting.extend((inner, (*path, index)) for index, inner in enumerate(value))


def _shown(value: Any) -> str:
    text = json_text(value)
    return text if len(text) <= _WIDTH else f"{text[: _WIDTH - 3]}..."
