from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from cohortlab.cli import run


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


def test_up_speaks_tls_when_asked(tmp_path: Path):
    """Both fakes answer over TLS to a client that trusts the authority written for it, and to no other."""
    authority = tmp_path / "ca.pem"
    command = [sys.executable, "-m", "cohortlab", "up", "--port", "0", "--tls-ca", str(authority), "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            environment = json.loads(process.stdout.readline())["environment"]
            url = environment["SEGMENT_BASE_URL"]

            taken = requests.post(f"{url}/v1/identify", json={"userId": "u", "writeKey": "k"}, verify=str(authority))

            assert url.startswith("https://")
            assert environment["AMPLITUDE_BASE_URL"].startswith("https://")
            assert taken.content == b'{"success": true}'
            with pytest.raises(requests.exceptions.SSLError):
                requests.post(f"{url}/v1/identify", json={"userId": "u", "writeKey": "k"}, timeout=10)
        finally:
            process.terminate()


def test_up_keeps_its_journals(tmp_path: Path):
    """What a lab with a folder took is still there when it is up again."""
    command = [sys.executable, "-m", "cohortlab", "up", "--port", "0", "--db", str(tmp_path / "lab"), "--json"]
    counts = []
    for _ in range(2):
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            url = json.loads(process.stdout.readline())["environment"]["SEGMENT_BASE_URL"]
            requests.post(f"{url}/v1/identify", json={"userId": "u", "writeKey": "k"}, timeout=10)
            counts.append(requests.get(f"{url}/__lab/events/count", timeout=10).json()["count"])
            process.kill()

    assert counts == [1, 2]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--host", ""], "--host is empty"),
        (["--host", "no-such-host.invalid"], "Name an address of this machine"),
        (["--amplitude-port", "99999"], "0<=x<=65535"),
    ],
)
def test_an_address_that_cannot_be_listened_on_is_told_in_words(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
):
    """Exit status 2: the call is wrong, not the lab."""
    assert run(["up", "--port", "0", *arguments]) == 2
    assert words in capsys.readouterr().err


def test_up_serves_the_browser_library_from_a_folder(tmp_path: Path):
    """At the CDN's own path, with the page's write key in it."""
    (tmp_path / "standalone.js").write_text("var key = '__WRITE_KEY__'")
    command = [sys.executable, "-m", "cohortlab", "up", "--port", "0", "--bundles", str(tmp_path), "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            url = json.loads(process.stdout.readline())["environment"]["SEGMENT_BASE_URL"]

            script = requests.get(f"{url}/analytics.js/v1/wk/analytics.min.js", timeout=10)

            assert script.text == "var key = 'wk'"
        finally:
            process.terminate()
