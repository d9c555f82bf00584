"""What the entries of an Amplitude journal hold beside what every fake's do, for a journal that somebody else wrote."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from mock_amplitude.cohorts import BEHAVIORAL, UPLOADED
from mock_amplitude.ingest import KINDS
from mock_amplitude.people import ID_BITS
from mock_amplitude.projects import EU, US
from mock_amplitude.routes import UPLOAD_TYPES
from mock_core.clock import LATEST
from mock_core.journal import CORE_SHAPES, SEED, Shapes, shape

_TEXT: Final = {"type": "string"}
_MAYBE: Final = {"type": ["string", "null"]}
_TEXTS: Final = {"type": "array", "items": _TEXT}
_FLAG: Final = {"type": "boolean"}
_SECOND: Final = {"type": ["integer", "null"], "minimum": 0, "maximum": LATEST}
_MILLISECONDS: Final = {"type": "integer", "minimum": 0}
_PERSON: Final = {"type": "integer", "minimum": 0, "maximum": (1 << 63) - 1}
_PERSONS: Final = {"type": "array", "items": _PERSON}
_PEOPLE: Final = {"type": "integer", "minimum": 0, "maximum": 1 << ID_BITS}
_SHARE: Final = {"type": "number", "minimum": 0, "maximum": 1}
_DAY: Final = {"type": "string", "pattern": "^[0-9]{4}-[01][0-9]-[0-3][0-9]$"}
_APP: Final = {"type": "integer", "minimum": 0, "maximum": 1 << 53}
_WHO: Final = {
    "type": "array",
    "items": {
        "anyOf": [
            _MAYBE,
            {"type": "array", "prefixItems": [_PERSON, _MAYBE], "minItems": 2, "maxItems": 2},
        ]
    },
}
_SAID: Final[dict[str, Any]] = {
    "id": {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$"},
    "name": _TEXT,
    "project_id": _APP,
    "kind": {"enum": [BEHAVIORAL, UPLOADED]},
    "description": _MAYBE,
    "definition": {"type": ["object", "null"]},
    "published": _FLAG,
    "archived": _FLAG,
    "owners": _TEXTS,
    "viewers": _TEXTS,
    "group_type": _TEXT,
    "created_at": _SECOND,
    "last_mod": _SECOND,
    "last_computed": _SECOND,
    "size": {"type": ["integer", "null"]},
    "job_seconds": {"type": ["number", "null"], "minimum": 0, "maximum": 1e9},
}
_COHORT: Final = {**shape("id", "name", "project_id", **_SAID), "additionalProperties": False}
_CHANGES: Final = {**shape(**_SAID), "additionalProperties": False}
_SYNC: Final = {
    **shape(
        *("target", "frequency"),
        target=_TEXT,
        frequency=_TEXT,
        last_successful=_MAYBE,
        last_failure=_MAYBE,
        params={"type": "object"},
        enabled=_FLAG,
    ),
    "additionalProperties": False,
}
_JOB: Final = {
    **shape(
        *("request_id", "cohort_id", "duration", "prop_keys"),
        request_id=_TEXT,
        cohort_id=_TEXT,
        duration=_MILLISECONDS,
        outcome={"enum": ["lands", "fails", "hangs"]},
        props=_FLAG,
        prop_keys=_TEXTS,
        lifetime=_MILLISECONDS,
    ),
    "additionalProperties": False,
}
_PROJECT: Final = {
    **shape(
        *("id", "name", "api_key", "secret_key"),
        id=_APP,
        name=_TEXT,
        api_key=_TEXT,
        secret_key=_TEXT,
        region={"enum": [US, EU]},
    ),
    "additionalProperties": False,
}


def _of_cohort(*required: str, **properties: Mapping[str, Any]) -> dict[str, Any]:
    return shape("cohort_id", *required, cohort_id=_TEXT, seed=SEED, **properties)


_TOLD: Mapping[str, Mapping[str, Any]] = {
    "request": {
        **shape(
            ingested={"enum": list(KINDS)},
            project_id=_APP,
            seed=SEED,
            stripped_below=_MILLISECONDS,
            mapped=_APP,
            looked_up=_APP,
        ),
        "dependentRequired": {"ingested": ["project_id"]},
    },
    "project.put": shape("project", project=_PROJECT),
    "cohort.create": shape("cohort", cohort=_COHORT, members=_WHO, seed=SEED),
    "cohort.enter": _of_cohort("members", members=_WHO),
    "cohort.leave": _of_cohort("amplitude_ids", amplitude_ids={"type": "array", "items": _PERSON}),
    "cohort.set-members": _of_cohort("members", members=_WHO),
    "cohort.import": _of_cohort(),
    "cohort.populate": _of_cohort("count", count=_PEOPLE, start={"anyOf": [_PEOPLE, {"type": "null"}]}),
    "cohort.churn": _of_cohort("enter", "leave", "returning", enter=_SHARE, leave=_SHARE, returning=_SHARE),
    "cohort.edit": _of_cohort("changes", changes=_CHANGES),
    "cohort.delete": _of_cohort(),
    "cohort.evaluate": _of_cohort("entered", "left", entered=_PERSONS, left=_PERSONS),
    "cohort.recompute": _of_cohort(),
    "cohort.sync": _of_cohort("sync", sync=_SYNC),
    "cohort.upload": shape(
        *("cohort", "changes", "id_type"), cohort=_COHORT, changes=_CHANGES, id_type={"enum": list(UPLOAD_TYPES)}
    ),
    "cohort.membership": _of_cohort("busy_until", busy_until=_MILLISECONDS),
    "people.add": shape("members", "generated", members=_WHO, generated=_PEOPLE, seed=SEED),
    "person.identify": shape("amplitude_id", "user_id", amplitude_id=_PERSON, user_id=_TEXT, seed=SEED),
    "person.forget": shape("amplitude_id", amplitude_id=_PERSON, seed=SEED),
    "person.put": shape("amplitude_id", "properties", amplitude_id=_PERSON, properties={"type": "object"}, seed=SEED),
    "people.delete": shape(
        *("project_id", "jobs", "amplitude_ids", "requested_on", "requester"),
        project_id=_APP,
        jobs={"type": "array", "items": shape("project_id", "day", project_id=_APP, day=_DAY)},
        amplitude_ids={"type": "array", "items": _PERSON},
        requested_on=_TEXT,
        requester=_TEXT,
    ),
    "people.keep": shape("project_id", "day", "amplitude_id", project_id=_APP, day=_DAY, amplitude_id=_PERSON),
    "download.request": shape(
        *("project_id", "counts", "recomputes"), project_id=_APP, counts=_FLAG, recomputes=_FLAG, job=_JOB
    ),
}
AMPLITUDE_SHAPES = Shapes(CORE_SHAPES, _TOLD)
