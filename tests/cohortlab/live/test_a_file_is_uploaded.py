from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cohortlab.testing import Lab

EXPORT = b'"amplitude_id","user_id"\n"1","ada"\n"2",""\n'


@pytest.fixture
def lab() -> Iterator[Lab]:
    with Lab() as lab:
        lab.amplitude.create_cohort("Power Users", cohort_id="power000", members=["grace"])
        yield lab


def upload(lab: Lab, **how: Any) -> tuple[int, dict[str, Any]]:
    """Send an import as a client would and return what is answered; the control plane wants a host of this machine."""
    headers = {"Host": "127.0.0.1:4801", **how.pop("headers", {})}
    reply = lab.http.post(f"{lab.amplitude_url}/__lab/cohorts/power000/import", headers=headers, **how)
    return reply.status_code, reply.json()


@pytest.mark.parametrize("field", ["file", "data", "export.csv"])
def test_a_form_brings_an_export(lab: Lab, field: str):
    """`curl -F file=@export.csv`, whatever the field is called, beside fields that are no files."""
    status, told = upload(lab, files={field: ("export.csv", EXPORT)}, data={"note": "from the console"})

    assert (status, told["members"], told["anonymous"]) == (200, 2, 1)
    assert [member.user_id for member in lab.amplitude.membership("power000")] == ["ada", None]


def test_a_large_form_is_read_whole(lab: Lab):
    """What does not fit in memory goes by a file of its own."""
    rows = b"".join(b'"%d","user-%d"\n' % (number, number) for number in range(60_000))

    status, told = upload(lab, files={"file": ("export.csv", b'"amplitude_id","user_id"\n' + rows)})

    assert (status, told["members"]) == (200, 60_000)


@pytest.mark.parametrize(
    ("how", "told"),
    [
        (
            {"files": {"a": ("a", EXPORT), "b": ("b", EXPORT)}},
            "The form brings 2 files, expected one: curl -F",
        ),
        ({"files": {"a": (None, "text")}}, "The form brings 0 files, expected one"),
        ({"data": b"x", "headers": {"Content-Type": "multipart/form-data"}}, "The form brings 0 files"),
        ({"files": {"a": ("a", b"no export")}}, "Line 1"),
        (
            {"data": EXPORT.replace(b"\n", b""), "headers": {"Content-Type": "application/x-www-form-urlencoded"}},
            "curl -d takes the line ends out of a file: send it with --data-binary.",
        ),
    ],
)
def test_a_form_that_brings_no_export_is_told_by_what_it_is(lab: Lab, how: dict[str, Any], told: str):
    """Status 400, and the cohort as it was."""
    status, answer = upload(lab, **how)

    assert status == 400
    assert told in answer["message"]
    assert [member.user_id for member in lab.amplitude.membership("power000")] == ["grace"]


def test_a_saved_journal_comes_as_a_form_too(lab: Lab, tmp_path: Path):
    """Every operation that takes a file takes it so."""
    lab.amplitude.workspace.journal.save(tmp_path / "lab.db")
    lab.amplitude.create_cohort("Other")

    reply = lab.http.post(
        f"{lab.amplitude_url}/__lab/journal",
        headers={"Host": "127.0.0.1:4801"},
        files={"file": ("lab.db", (tmp_path / "lab.db").read_bytes())},
    )

    assert reply.status_code == 200, reply.text
    assert [cohort.name for cohort in lab.amplitude.cohorts()] == ["Power Users"]


def test_json_that_comes_as_a_form_is_told_by_what_it_is(lab: Lab):
    """`curl -F` where `curl -d` was meant."""
    reply = lab.http.post(
        f"{lab.amplitude_url}/__lab/cohorts", headers={"Host": "127.0.0.1:4801"}, files={"name": (None, "Power")}
    )

    assert reply.status_code == 400
    assert "It came as a form: send JSON with curl -d." in reply.json()["message"]
