from __future__ import annotations

import json
import signal
import subprocess
import sys

import pytest
import requests


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_up_serves_both_fakes_until_it_is_told_to_stop(number: signal.Signals):
    """It prints what a sync program needs, answers on both ports, and ends well."""
    process = subprocess.Popen(
        [sys.executable, "-m", "cohortlab", "up", "--port", "0", "--json"], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        environment = json.loads(process.stdout.readline())["environment"]
        keys = (environment["AMPLITUDE_API_KEY"], environment["AMPLITUDE_SECRET_KEY"])

        cohorts = requests.get(f"{environment['AMPLITUDE_BASE_URL']}/api/3/cohorts", auth=keys, timeout=10)
        taken = requests.post(
            f"{environment['SEGMENT_BASE_URL']}/v1/identify",
            json={"userId": "u1", "writeKey": environment["SEGMENT_WRITE_KEY"]},
            timeout=10,
        )

        assert cohorts.json() == {"cohorts": []}
        assert taken.content == b'{"success": true}'
    finally:
        process.send_signal(number)
        process.communicate(timeout=20)
    assert process.returncode == 0
