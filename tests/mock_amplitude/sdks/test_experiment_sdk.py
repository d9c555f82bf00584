"""The Experiment SDKs' cohort endpoint, and the official Python SDK reading it (amplitude facts 1.5)."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING

import pytest
from amplitude_experiment.cohort.cohort_download_api import DirectCohortDownloadApi
from amplitude_experiment.exception import CohortTooLargeException

from mock_amplitude import AmplitudeFake, create_app
from mock_core.wire import Server

if TYPE_CHECKING:
    from tests.mock_amplitude.conftest import Desk

PATH = "/sdk/v1/cohort/c"


def test_keys_come_in_the_order_a_streaming_reader_needs(desk: Desk):
    """cohortId, groupType and lastModified before memberIds; user ids only."""
    desk.amplitude.create_cohort("C", cohort_id="c", members=["u1", None, 'u"2'])

    answer = desk.get(PATH)

    assert list(answer.json()) == ["cohortId", "groupType", "lastModified", "size", "memberIds"]
    assert answer.json()["memberIds"] == ["u1", 'u"2']
    assert answer.json()["size"] == 2
    assert isinstance(answer.json()["lastModified"], int)


def test_unchanged_is_204_until_somebody_moves(desk: Desk):
    """Even when enter and fetch fall into the same moment of a frozen clock."""
    desk.amplitude.create_cohort("C", cohort_id="c", members=["u1"])
    first = desk.get(PATH).json()["lastModified"]

    unchanged = desk.get(PATH, params={"lastModified": first})
    desk.amplitude.enter("c", ["u2"])
    changed = desk.get(PATH, params={"lastModified": first})

    assert (unchanged.status_code, unchanged.content) == (204, b"")
    assert changed.status_code == 200
    assert changed.json()["lastModified"] > first


def test_larger_than_asked_for_is_413(desk: Desk):
    """The size counts user ids; as many as asked for are served."""
    desk.amplitude.create_cohort("C", cohort_id="c", members=["u1", "u2"])

    assert desk.get(PATH, params={"maxCohortSize": "1"}).status_code == 413
    assert desk.get(PATH, params={"maxCohortSize": "2"}).status_code == 200


@pytest.mark.parametrize("params", [{"maxCohortSize": "many"}, {"lastModified": "-1"}, {"maxCohortSize": "9" * 30}])
def test_parameters_that_are_no_numbers_are_400(desk: Desk, params: dict[str, str]):
    """A refusal in the usual envelope."""
    desk.amplitude.create_cohort("C", cohort_id="c")

    assert desk.get(PATH, params=params).status_code == 400


def test_only_synced_cohorts_are_served_when_told_so(desk: Desk):
    """Real ones serve what is synced to Experiment Local Evaluation."""
    desk.amplitude.configure(sdk_cohort="synced")
    desk.amplitude.create_cohort("C", cohort_id="c")

    assert desk.get(PATH).status_code == 404
    desk.amplitude.put_sync("c", target="experiment")
    assert desk.get(PATH).status_code == 200


def test_a_large_answer_is_whole_json(desk: Desk):
    """Members are written in pieces; together they are one document."""
    desk.amplitude.create_cohort("C", cohort_id="c")
    desk.amplitude.populate("c", 12_000)

    answer = json.loads(desk.get(PATH).content)

    assert answer["size"] == len(answer["memberIds"]) == len(set(answer["memberIds"]))


def test_the_official_python_sdk_reads_it():
    """Unmodified, over a socket: download, unchanged, too large."""
    fake = AmplitudeFake()
    fake.state.create_cohort("C", cohort_id="c", members=["u1", "u2", None])
    with Server(create_app(fake), threads=4) as server:
        api = DirectCohortDownloadApi("lab-api-key", "lab-secret-key", 100, server.url, logging.getLogger("sdk"))
        small = DirectCohortDownloadApi("lab-api-key", "lab-secret-key", 1, server.url, logging.getLogger("sdk"))

        cohort = api.get_cohort("c", None)
        again = api.get_cohort("c", cohort)
        with pytest.raises(CohortTooLargeException):
            small.get_cohort("c", None)
        for pool in (api._connection_pool, small._connection_pool):  # the SDK leaves them open
            pool.close()
    fake.close()

    assert (cohort.id, cohort.size, cohort.member_ids) == ("c", 2, {"u1", "u2"})
    assert again is None


def test_the_official_python_sdk_goes_on_asking_while_a_cohort_is_computed():
    """202 is not yet, 429 is later: both can be asked for on this route, and neither ends the download."""
    fake = AmplitudeFake()
    fake.state.create_cohort("C", cohort_id="c", members=["u1"])
    fault = {"fault": "script", "statuses": [202, 429, 202], "match": {"route": "/sdk/v1/cohort/*"}}
    fake.state.workspace.arm(fault)
    with Server(create_app(fake), threads=4) as server:
        api = DirectCohortDownloadApi("lab-api-key", "lab-secret-key", 100, server.url, logging.getLogger("sdk"))

        cohort = api.get_cohort("c", None)
        api._connection_pool.close()
    statuses = [entry.data["status"] for entry in fake.state.workspace.journal.walk(kind="request")]
    fake.close()

    assert cohort.member_ids == {"u1"}
    assert (statuses[:3], set(statuses[3:])) == ([202, 429, 202], {200})
