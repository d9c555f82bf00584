"""A desk: an Amplitude fake on a frozen clock, and a client that reaches it without a socket."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from mock_amplitude import AmplitudeFake, AmplitudeState, create_app
from mock_core import Clocks, LabClock
from mock_core.inprocess import InProcessAdapter

T0 = 1_767_603_600.0  # 2026-01-05T09:00:00Z
URL = "http://amplitude.lab"
LAB = "http://127.0.0.1:4801/__lab"
KEYS = ("lab-api-key", "lab-secret-key")


class Desk:
    """The fake, its clock, and calls in the default project's name."""

    start = T0
    url = URL

    def __init__(self, seed: int = 0) -> None:
        self.clock = LabClock(T0)
        self.fake = AmplitudeFake(clocks=Clocks(self.clock), seed=seed)
        self.session = requests.Session()
        self.session.auth = KEYS
        self.anyone = requests.Session()
        app = create_app(self.fake)
        for session in (self.session, self.anyone):
            session.mount("http://", InProcessAdapter(app, self.clock))

    @property
    def amplitude(self) -> AmplitudeState:
        return self.fake.state

    def get(self, path: str, **keywords: Any) -> requests.Response:
        """Call a vendor route."""
        return self.session.get(f"{URL}{path}", **keywords)

    def post(self, path: str, payload: Any) -> requests.Response:
        """Post JSON to a vendor route."""
        return self.session.post(f"{URL}{path}", json=payload)

    def lab(self, method: str, path: str, **keywords: Any) -> requests.Response:
        """Call the control plane."""
        return self.anyone.request(method, f"{LAB}{path}", **keywords)

    def request(self, cohort_id: str, **params: Any) -> str:
        """Ask for an export and return its request id."""
        answer = self.get(f"/api/5/cohorts/request/{cohort_id}", params=params)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["request_id"])

    def download(self, cohort_id: str, **params: Any) -> requests.Response:
        """Ask for an export, let it be made, and fetch it."""
        request_id = self.request(cohort_id, **params)
        self.clock.advance(2)
        return self.get(f"/api/5/cohorts/request/{request_id}/file")

    @staticmethod
    def details(answer: requests.Response) -> str:
        """Return what an error says."""
        return str(answer.json()["error"]["metadata"]["details"])

    def close(self) -> None:
        self.fake.close()


@pytest.fixture
def desk() -> Iterator[Desk]:
    made = Desk()
    yield made
    made.close()
