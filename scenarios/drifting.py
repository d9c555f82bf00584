"""Drift: recorded answers held against what the fakes answer to the same calls, and the settings that would follow.

The same calls are made again to a lab that was told the same, at the same times. Trouble is left out: a 429, 5xx or a
broken connection says nothing of what a service answers. A setting is said to follow a drift when it was tried: with it
the lab answers like the real service.
"""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urljoin

import orjson
import requests

from mock_core.errors import LabError
from scenarios.keeping import Happening, Story, route_of
from scenarios.lab import AMPLITUDE_URL, API_KEY, SECRET_KEY, SEGMENT_URL, Lab

_PASSING: Final = frozenset({0, 408, 425, 429, *range(500, 600)})
_HEADERS: Final = ("content-type", "content-encoding", "retry-after", "location", "vary", "www-authenticate")
_CITED: Final = re.compile(r"(?:amplitude|segment) facts [^)\n:;]+(?:\[[a-z]+\])?")
_MOST_CALLS: Final = 400  # that are made again for each setting that is tried
_AS_MANY: Final[Mapping[str, Sequence[int]]] = {"inline_rows": (0, 1_000_000_000)}


@dataclass(frozen=True, slots=True)
class Drift:
    """Where the lab is unlike what was recorded: at which route, in what, and how often; what that rests on.

    `entry` is the first that shows it. `setting` would follow it, as `name: value`; empty where none does.
    """

    fake: str
    route: str
    what: str
    recorded: str
    lab: str
    entry: int
    times: int = 1
    rests_on: str = ""
    setting: str = ""

    def as_dict(self) -> dict[str, Any]:
        return dataclasses.asdict(self)


@dataclass(frozen=True, slots=True)
class Drifts:
    """What was found: the drifts, how many answers were held against the lab's, and how many could not be."""

    found: tuple[Drift, ...]
    compared: int
    troubles: int
    without_answer: int


@dataclass(frozen=True, slots=True)
class Answer:
    """Of an answer what is compared: status, headers, the shape of a JSON body, an export's columns."""

    status: int
    headers: Mapping[str, str]
    shape: frozenset[str] | None = None
    columns: str | None = None


def drifts(story: Story) -> Drifts:
    """Hold the answers of a story against those of a lab."""
    calls = [each for each in story.happenings if each.kind == "request"]
    told = [each for each in calls if "answered" in each.data]
    compared = [each for each in told if each.data["status"] not in _PASSING and not each.data["answered"].get("cut")]
    found = _differing(story, {}, compared)
    if not found:
        return Drifts((), len(compared), len(told) - len(compared), len(calls) - len(told))
    chosen = _followed(story, found, compared[:_MOST_CALLS])
    return Drifts(tuple(chosen), len(compared), len(told) - len(compared), len(calls) - len(told))


def _followed(story: Story, found: Sequence[Drift], calls: Sequence[Happening]) -> Iterator[Drift]:
    """Yield the drifts with the first setting that was tried and makes the lab answer like that."""
    follow: dict[tuple[str, str, str], str] = {}
    before = {_key(each) for each in found}
    for fake, name, value in _choices(story.lab, {each.fake for each in found}):
        after = {_key(each) for each in _differing(story, {fake: {name: value}}, calls)}
        if after - before:
            continue  # it would make other answers unlike
        for key in before - after:
            if key[0] == fake:
                follow.setdefault(key, f"{name}: {orjson.dumps(value).decode()}")
    for each in found:
        yield dataclasses.replace(each, setting=follow.get(_key(each), ""))


def _key(drift: Drift) -> tuple[str, str, str]:
    return drift.fake, drift.route, drift.what


def _choices(lab: Lab, fakes: set[str]) -> Iterator[tuple[str, str, Any]]:
    """Yield every other value of each setting that has few."""
    for fake in sorted(fakes):
        settings = getattr(lab, fake).settings
        for field in dataclasses.fields(settings):
            values = field.metadata["choices"] or _AS_MANY.get(field.name, ())
            values = values or ((not field.default,) if isinstance(field.default, bool) else ())
            for value in values:
                if value != field.default:
                    yield fake, field.name, value


def _differing(story: Story, settings: Mapping[str, Mapping[str, Any]], calls: Sequence[Happening]) -> list[Drift]:
    """Make the calls again in a lab of their own and return where its answers are others."""
    found: dict[tuple[str, str, str], Drift] = {}
    many: Counter[tuple[str, str, str]] = Counter()
    with _Again(story, settings) as again:
        for call, answer in again.answers({(each.fake, each.seq) for each in calls}):
            for drift in _between(call, _recorded(call), answer, again.routes(call.fake)):
                found.setdefault(_key(drift), drift)
                many[_key(drift)] += 1
    return [dataclasses.replace(each, times=many[key]) for key, each in found.items()]


class _Again:
    """A lab that is told what a story tells, and asked what it asks."""

    def __init__(self, story: Story, settings: Mapping[str, Mapping[str, Any]]) -> None:
        start = story.happenings[0].at / 1000 if story.happenings else 0.0
        self._story, self.lab = story, Lab(seed=story.seed, start=start)
        self.lab.amplitude.configure(**{"job_seconds": 0, **settings.get("amplitude", {})})
        if settings.get("segment"):
            self.lab.segment.configure(**settings["segment"])
        self._session = self.lab.session()
        self._requests: dict[str, str] = {}
        self._files: list[str] = []

    def __enter__(self) -> _Again:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()
        self.lab.close()

    def routes(self, fake: str) -> Mapping[str, str]:
        """Return what each route rests on, by its path."""
        return {route.path: _cited(route.handle.__doc__ or "") for route in getattr(self.lab, f"{fake}_fake").routes}

    def answers(self, wanted: set[tuple[str, int]]) -> Iterator[tuple[Happening, Answer]]:
        """Yield the lab's answer to each wanted call."""
        for each in self._story.happenings:
            self.lab.clock.freeze(max(self.lab.clock.now(), each.at / 1000))
            if each.kind == "control" and each.op not in {"settings.set", "fault.arm", "fault.lift"}:
                entry = self._story.journal(each.fake).entry(each.seq)
                journal = getattr(self.lab, each.fake).workspace.journal
                journal.append(round(self.lab.clock.now() * 1000), "control", dict(each.data), entry and entry.body)
            elif each.kind == "request" and (answer := self._ask(each)) is not None and (each.fake, each.seq) in wanted:
                yield each, answer

    def _ask(self, call: Happening) -> Answer | None:
        path, query = str(call.data["path"]), str(call.data["query"])
        names = {"accept", "accept-encoding", "content-type", "content-encoding", "user-agent"}
        headers = {name: value for name, value in call.data["headers"].items() if name in names}
        auth = None
        if call.fake == "segment":
            url = SEGMENT_URL + path
            key = call.data.get("write_key")
            auth = (str(key), "") if key and "authorization" in call.data["headers"] else None
        else:
            path = "/".join(self._requests.get(part, part) for part in path.split("/"))
            is_stored = not path.startswith(("/api/", "/2/", "/batch", "/identify", "/groupidentify", "/sdk/"))
            if is_stored and not self._files:
                return None
            url, query = (self._files[-1], "") if is_stored else (AMPLITUDE_URL + path, query)
            auth = None if is_stored else (API_KEY, SECRET_KEY)
        try:
            answer = self._session.request(
                str(call.data["method"]),
                f"{url}?{query}" if query else url,
                headers={"accept-encoding": "", **headers},
                data=self._story.body(call) or None,
                auth=auth,
                allow_redirects=False,
                timeout=60,
            )
        except (requests.RequestException, LabError):
            return None
        job = call.data.get("did", {}).get("job")
        if job and answer.status_code in {200, 202}:
            self._requests[job["request_id"]] = answer.json().get("request_id", "")
        if answer.is_redirect:
            self._files.append(urljoin(url, answer.headers["Location"]))
        text = answer.text if len(answer.content) < 1 << 20 else answer.text[: 1 << 16]
        return _answer(answer.status_code, {name.lower(): value for name, value in answer.headers.items()}, text)


def _recorded(call: Happening) -> Answer:
    told = call.data["answered"]
    headers = told.get("headers", {})
    if "columns" in told:
        return Answer(call.data["status"], _that_matter(headers), columns=told["columns"])
    return _answer(call.data["status"], headers, told.get("body", ""))


def _answer(status: int, headers: Mapping[str, str], text: str) -> Answer:
    if "csv" in headers.get("content-type", ""):
        return Answer(status, _that_matter(headers), columns=text.split("\n", 1)[0].rstrip("\r"))
    try:
        value = orjson.loads(text)
    except ValueError:
        return Answer(status, _that_matter(headers))
    return Answer(status, _that_matter(headers), shape=frozenset(_shape(value, "")))


def _that_matter(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers that a client goes by: media types without parameters, that there is a place or a time."""
    found = {name: headers[name] for name in _HEADERS if name in headers}
    for name in ("retry-after", "location"):
        if name in found:
            found[name] = "some"
    if "content-type" in found:
        found["content-type"] = found["content-type"].partition(";")[0].strip().lower()
    return found


def _shape(value: Any, where: str) -> Iterator[str]:
    """Yield each place of a JSON value with its type; members of a list are one."""
    if isinstance(value, dict):
        yield f"{where or '/'} object"
        for name, each in value.items():
            yield from _shape(each, f"{where}/{name}")
    elif isinstance(value, list):
        yield f"{where or '/'} list"
        for each in value:
            yield from _shape(each, f"{where}[]")
    else:
        kind = {bool: "boolean", str: "text", type(None): "null"}.get(type(value), "number")
        yield f"{where or '/'} {kind}"


def _between(call: Happening, recorded: Answer, lab: Answer, rests_on: Mapping[str, str]) -> Iterator[Drift]:
    """Yield in what two answers differ."""
    route = route_of(call).replace("*", "<request_id>") if call.fake == "amplitude" else str(call.data["path"])
    source = next((cited for path, cited in rests_on.items() if path == route or _fits(path, call.data["path"])), "")

    def drift(what: str, was: object, here: object) -> Drift:
        return Drift(call.fake, f"{call.data['method']} {route}", what, str(was), str(here), call.seq, rests_on=source)

    if recorded.status != lab.status:
        yield drift("status", recorded.status, lab.status)
        return
    for name in _HEADERS:
        was, here = recorded.headers.get(name, "none"), lab.headers.get(name, "none")
        if was != here:
            yield drift(f"header {name}", was, here)
    if recorded.columns is not None and lab.columns is not None and recorded.columns != lab.columns:
        yield drift("columns", recorded.columns, lab.columns)
    if recorded.shape is None or lab.shape is None:
        if (recorded.shape is None) != (lab.shape is None) and recorded.columns is None and lab.columns is None:
            said = {True: "no JSON", False: "JSON"}
            yield drift("body", said[recorded.shape is None], said[lab.shape is None])
        return
    for each in sorted(_places(recorded.shape) ^ _places(lab.shape)):
        yield drift(f"body {each}", _kinds(recorded.shape, each), _kinds(lab.shape, each))
    for each in sorted(_places(recorded.shape) & _places(lab.shape)):
        was, here = _kinds(recorded.shape, each), _kinds(lab.shape, each)
        if was != here and "null" not in {was, here}:
            yield drift(f"body {each}", was, here)


def _places(shape: frozenset[str]) -> set[str]:
    return {each.rpartition(" ")[0] for each in shape}


def _kinds(shape: frozenset[str], place: str) -> str:
    return " or ".join(sorted(each.rpartition(" ")[2] for each in shape if each.rpartition(" ")[0] == place)) or "none"


def _fits(pattern: str, path: object) -> bool:
    return re.fullmatch(re.sub("<[^>]+>", "[^/]+", pattern), str(path)) is not None


def _cited(doc: str) -> str:
    found = _CITED.search(doc)
    return found[0].strip() if found else ""
