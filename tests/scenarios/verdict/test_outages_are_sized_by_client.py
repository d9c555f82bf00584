"""What the clients out there bear is known: a program that is built on one is not accused of its client's patience."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from cohortlab.commands.run import command
from scenarios import read_scenario, shipped
from scenarios.errors import UnknownClient
from scenarios.verdict import LIBRARIES, library

SCENARIO = "an-outage-of-some-seconds"
# Downloads the cohort once and posts it in one batch, as often as told, waiting for nothing: segmentio's patience.
IMPATIENT = """
import csv, io, os, sys, time, requests
amplitude, segment, cohort = os.environ["AMPLITUDE_BASE_URL"], os.environ["SEGMENT_BASE_URL"], os.environ["COHORT_ID"]
keys = (os.environ["AMPLITUDE_API_KEY"], os.environ["AMPLITUDE_SECRET_KEY"])
job = requests.get(f"{amplitude}/api/5/cohorts/request/{cohort}", auth=keys).json()["request_id"]
while True:
    answer = requests.get(f"{amplitude}/api/5/cohorts/request-status/{job}", auth=keys)
    if answer.status_code == 200:
        break
    time.sleep(0.2)
rows = list(csv.DictReader(io.StringIO(requests.get(f"{amplitude}/api/5/cohorts/request/{job}/file", auth=keys).text)))
cohorts = requests.get(f"{amplitude}/api/3/cohorts", auth=keys).json()["cohorts"]
name = next(each["name"] for each in cohorts if each["id"] == cohort)
batch = [{"type": "identify", "userId": row["user_id"], "messageId": f"{cohort}-{row['user_id']}",
          "context": {"library": {"name": "segmentio", "version": "1.2.8"}},
          "traits": {f"{name} ({cohort})": True}} for row in rows]
for _ in range(5):
    if requests.post(f"{segment}/v1/batch", json={"batch": batch}, auth=(os.environ["SEGMENT_WRITE_KEY"], "")).ok:
        sys.exit(0)
sys.exit(1)
"""


@pytest.fixture
def impatient(tmp_path: Path) -> str:
    program = tmp_path / "impatient.py"
    program.write_text(IMPATIENT, encoding="utf-8")
    return shlex.join([sys.executable, str(program)])


def run(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(command, [SCENARIO, *arguments], standalone_mode=False)
    assert done.exception is None, done.exception
    return done.return_value, done.output


def test_an_outage_is_as_long_as_the_client_bears(impatient: str):
    """The same program fails by the library's own size."""
    assert run("--subject", impatient)[0] == 1
    assert run("--subject", impatient, "--client", "segmentio")[0] == 0


def test_only_a_client_that_waits_must_wait():
    """Known by its name where that is one version's, or by both."""
    assert library("segmentio").retry_after == "reported"
    assert library("analytics-python 2.4.0").retry_after == "required"
    assert library("analytics-ruby").parameters == {"outage_calls": 9}
    assert library("analytics-python 2.4.0").parameters == {}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("analytics-python", r"several clients 'analytics-python'; say which: analytics-python 2\.4\.0, "),
        ("analytics-rubi", "'analytics-rubi': .*analytics-ruby 2.5.0"),
    ],
)
def test_one_that_is_not_known_is_told(words: str, told: str):
    """With those that are like it."""
    with pytest.raises(UnknownClient, match=told):
        library(words)


def test_scenarios_take_what_they_have_a_parameter_for():
    """The others are as they were, and the sizes of every client can be put in."""
    for known in LIBRARIES.values():
        for path in shipped():
            if path.name.startswith(("a-leave.", SCENARIO)):
                read_scenario(path, offered=known.parameters)
    (path,) = (each for each in shipped() if each.name.startswith(SCENARIO))
    (fault, _) = read_scenario(path, offered={"outage_calls": 4}).steps
    assert fault.data["match"]["times"] == 4
