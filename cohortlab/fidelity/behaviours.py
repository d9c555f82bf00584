"""Behaviours: every setting, route, fault, discard code, rule and piece of code that rests on a fact, with its source.

Settings, routes, faults and rules are asked for theirs; of the rest the sources are read, wherever they lie: in a
checkout or in what is installed. Nothing is kept beside them that could grow old.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import contracts
from cohortlab.fidelity.citations import Text, cited_by_sources
from cohortlab.fidelity.confidence import cited, confidences
from cohortlab.fidelity.naming import Named
from cohortlab.fidelity.reading import documented, settings_read
from contracts.catalogue import all_rules
from mock_amplitude import AmplitudeFake, AmplitudeSettings
from mock_core.faults import CORE_FAULTS
from mock_core.settings import described
from mock_segment import SegmentFake, SegmentSettings
from syncer import Settings
from syncer.settings import described as described_of_engine

ROOMS = ("contracts", "mock_core", "mock_segment", "mock_amplitude", "syncer", "downstream")
FAKES = ("segment", "amplitude", "engine")
_WHOSE = {
    "contracts": "segment",
    "mock_core": "both fakes",
    "mock_segment": "segment",
    "downstream": "segment",
    "mock_amplitude": "amplitude",
    "syncer": "engine",
}
_SETTINGS: Mapping[str, tuple[str, Any]] = {
    "segment": ("mock_segment/settings.py", SegmentSettings()),
    "amplitude": ("mock_amplitude/settings.py", AmplitudeSettings()),
}
_OF_ENGINE = "syncer/settings.py"
_SETTINGS_FILES = {*(file for file, _ in _SETTINGS.values()), _OF_ENGINE}
_FAKES: tuple[tuple[type[Any], str], ...] = ((SegmentFake, "segment"), (AmplitudeFake, "amplitude"))


@dataclass(frozen=True, slots=True)
class Behaviour:
    """One thing that a fake or the engine does, and what it rests on.

    `facts` are sections of the fact sheets, `confidences` every confidence its citations have, the least sure last.
    `settings` change it; `places` is how often the sources name it.
    """

    fake: str
    kind: str
    name: str
    says: str
    file: str
    facts: tuple[str, ...]
    confidences: tuple[str, ...]
    source: str
    settings: tuple[str, ...] = ()
    places: int = 0

    @property
    def confidence(self) -> str:
        """Return how sure it is: as sure as the least sure of what it rests on; empty when it cites nothing."""
        return self.confidences[-1] if self.confidences else ""

    @property
    def is_guess(self) -> bool:
        """Say whether something of it nobody published."""
        return self.confidence == "inferred"

    @property
    def is_module(self) -> bool:
        """Say whether it is a module as a whole."""
        return self.kind == "code" and self.name == Path(self.file).stem

    def concerns(self, fake: str) -> bool:
        """Say whether it is one of a fake's, or the engine's."""
        return self.fake == fake or (self.fake == "both fakes" and fake in {"segment", "amplitude"})

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "confidence": self.confidence}


@cache
def behaviours() -> tuple[Behaviour, ...]:
    """Return every behaviour, those without a citation too: settings, routes, faults, rules, then code by its file."""
    root = Path(str(contracts.__file__)).parents[1]
    told = [*_settings(), *_routes(root), *_faults(), *_rules()]
    covered = {(each.file, each.name) for each in told if each.kind == "setting"} | _handlers()
    texts = [each for each in cited_by_sources(root, ROOMS) if each.file not in _SETTINGS_FILES]
    code = list(_code((each for each in texts if (each.file, each.symbol) not in covered), root))
    named = Named.of(root, ROOMS)
    return tuple(replace(each, places=_places(each, named)) for each in (*told, *code))


def guesses(known: Iterable[Behaviour]) -> list[Behaviour]:
    """Return what nobody published, by how much hangs on it: what no setting changes first, then by places."""
    return sorted(
        (each for each in known if each.is_guess), key=lambda each: (bool(each.settings), -each.places, each.name)
    )


def _behaviour(fake: str, kind: str, name: str, *, says: str, file: str, text: str, **more: Any) -> Behaviour:
    facts = cited(text, fake if fake in {"segment", "amplitude"} else "")
    found = confidences(text, facts, is_source=kind == "setting")
    return Behaviour(fake, kind, name, " ".join(says.split()), file, facts, found, " ".join(text.split()), **more)


def _settings() -> Iterator[Behaviour]:
    for fake, (file, settings) in _SETTINGS.items():
        for each in described(settings):
            name, says, text = each["name"], each["doc"], each["source"]
            yield _behaviour(fake, "setting", name, says=says, file=file, text=text, settings=(name,))
    for each in described_of_engine(Settings()):
        name, says, text = each["setting"], each["says"], each["source"]
        yield _behaviour("engine", "setting", name, says=says, file=_OF_ENGINE, text=text, settings=(name,))


def _routes(root: Path) -> Iterator[Behaviour]:
    """Yield the routes of both fakes, those that one function answers with the same method together."""
    for kind, fake in _FAKES:
        paths: dict[tuple[str, str], list[Any]] = {}
        for route in kind.routes:
            handler = _handler(route.handle)
            paths.setdefault((route.method, handler.__qualname__), []).append(route)
        for (method, _), routes in paths.items():
            handler = _handler(routes[0].handle)
            name = f"{method} {' '.join(route.path for route in routes)}"
            file = _file_of(handler.__module__)
            asked = settings_read(root / file, handler.__qualname__, _names())
            says, text = routes[0].doc, handler.__doc__ or ""
            yield _behaviour(fake, "route", name, says=says, file=file, text=text, settings=asked)


def _faults() -> Iterator[Behaviour]:
    for kind, fake in _FAKES:
        for name, fault in kind.fault_kinds.items():
            if name in CORE_FAULTS and fake == "amplitude":
                continue  # told with those of the other
            whose = "both fakes" if name in CORE_FAULTS else fake
            text = fault.__doc__ or ""
            file = _file_of(fault.__module__)
            yield _behaviour(whose, "fault", name, says=text.splitlines()[0], file=file, text=text)


def _rules() -> Iterator[Behaviour]:
    for rule in all_rules():
        fake = "amplitude" if rule.source.facts.startswith("amplitude") else "segment"
        name = f"{rule.code} {rule.name}"
        says = f"{rule.message} Discarded as {rule.discard_code}." if rule.discard_code else rule.message
        yield _behaviour(fake, "rule", name, says=says, file="contracts/catalogue", text=str(rule.source))


def _code(texts: Iterable[Text], root: Path) -> Iterator[Behaviour]:
    """Yield what cites beyond those, a name of a file once, with the settings that are read in it."""
    grouped: dict[tuple[str, str], list[str]] = {}
    for each in texts:
        grouped.setdefault((each.file, each.symbol), []).append(each.text)
    for (file, symbol), several in grouped.items():
        fake = _WHOSE[file.split("/")[0]]
        path = root / file
        found = _behaviour(
            fake,
            "code",
            symbol or Path(file).stem,
            says=documented(path, symbol) or several[0].strip("\"'"),
            file=file,
            text=" ".join(several),
            settings=settings_read(path, symbol, _names()),
        )
        if found.facts or found.confidences:
            yield found


def _names() -> set[str]:
    """Return the names of all settings."""
    names = {field for _, settings in _SETTINGS.values() for field in settings.__dataclass_fields__}
    return names | set(Settings.__dataclass_fields__)


def _handlers() -> set[tuple[str, str]]:
    """Return the names whose docstrings are told as routes and faults."""
    handlers = [_handler(route.handle) for kind, _ in _FAKES for route in kind.routes]
    faults = [fault for kind, _ in _FAKES for fault in kind.fault_kinds.values()]
    return {(_file_of(each.__module__), each.__qualname__) for each in (*handlers, *faults)}


def _handler(handle: Callable[..., Any]) -> Callable[..., Any]:
    while isinstance(handle, partial):
        handle = handle.func
    unwrapped: Callable[..., Any] = inspect.unwrap(handle)
    return unwrapped


def _file_of(module: str) -> str:
    """Return the file of a module below the rooms, whatever name the rooms lie under."""
    here = contracts.__name__.removesuffix("contracts")
    return f"{module.removeprefix(here).replace('.', '/')}.py"


def _places(each: Behaviour, named: Named) -> int:
    """Count what hangs on it.

    For a setting: how often the sources ask it, as `.name`; for a route: its paths; for a fault: how often a shipped
    scenario arms it; for a rule: the contracts that hold it; for a module: its imports; for another name: how often
    the sources name it beyond where it is defined, a private one in its own file.
    """
    match each.kind:
        case "setting":
            return named.attributes[each.name]
        case "route":
            return len(each.name.split()) - 1
        case "fault":
            return named.armed[each.name]
        case "rule":
            return len(next(rule.contracts for rule in all_rules() if rule.code == each.name[:4]))
    if each.is_module:
        return named.imports(each.file)
    word = each.name.split(".")[-1]
    return max(0, named.words_of(each.file if word.startswith("_") else "")[word] - 1)
