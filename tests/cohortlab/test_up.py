from __future__ import annotations

import json
import signal
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import requests

from cohortlab.cli import run


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_up_serves_both_fakes_until_it_is_told_to_stop(number: signal.Signals):
    """It prints what a sync program needs, answers on both ports, shows what came on a third, and ends well."""
    process = subprocess.Popen(
        [sys.executable, "-m", "cohortlab", "up", "--port", "0", "--json"], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        opening = json.loads(process.stdout.readline())
        environment = opening["environment"]
        keys = (environment["AMPLITUDE_API_KEY"], environment["AMPLITUDE_SECRET_KEY"])

        cohorts = requests.get(f"{environment['AMPLITUDE_BASE_URL']}/api/3/cohorts", auth=keys, timeout=10)
        taken = requests.post(
            f"{environment['SEGMENT_BASE_URL']}/v1/identify",
            json={"userId": "u1", "writeKey": environment["SEGMENT_WRITE_KEY"]},
            timeout=10,
        )

        assert cohorts.json() == {"cohorts": []}
        assert taken.content == b'{"success": true}'
        assert "/v1/identify" in requests.get(opening["console"], timeout=30).text
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
        (["--tls-name", "api.segment.io"], "give --tls-ca FILE"),
        (["--proxy-port", "0"], "give --tls-ca FILE"),
        (["--at", "http://127.0.0.1:1"], "it goes with --wait"),
        (["--wait"], "wants to know the ports"),
        (["--wait", "--at", "127.0.0.1:4802"], "Expected http:// or https://"),
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


@contextmanager
def up(*arguments: str) -> Iterator[dict[str, str]]:
    """A lab in a process of its own, by what it prints."""
    command = [sys.executable, "-m", "cohortlab", "up", "--port", "0", "--json", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield json.loads(process.stdout.readline())["environment"]
        finally:
            process.terminate()


def test_a_further_name_is_on_the_certificate(tmp_path: Path):
    """For a client whose host stands in a hosts file: here its connections are led to the lab's port."""
    authority = tmp_path / "ca.pem"
    with up("--tls-ca", str(authority), "--tls-name", "api.segment.io") as environment:
        port = int(environment["SEGMENT_BASE_URL"].rpartition(":")[2])
        context = ssl.create_default_context(cafile=str(authority))
        for name, is_named in (("api.segment.io", True), ("localhost", True), ("api.segment.com", False)):
            with socket.create_connection(("127.0.0.1", port), 10) as plain:
                try:
                    context.wrap_socket(plain, server_hostname=name).close()
                    assert is_named
                except ssl.SSLCertVerificationError:
                    assert not is_named


def test_one_variable_leads_clients_with_fixed_hosts_here(tmp_path: Path):
    """`up` prints it beside the others, and the certificate names the vendors' hosts."""
    authority = tmp_path / "ca.pem"
    with up("--tls-ca", str(authority), "--proxy-port", "0") as environment, requests.Session() as session:
        session.trust_env = False
        session.proxies, session.verify = {"https": environment["HTTPS_PROXY"]}, str(authority)

        reply = session.post("https://api.segment.io/v1/identify", json={"writeKey": "wk", "userId": "u"}, timeout=10)

    assert reply.json() == {"success": True}


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_lab_that_is_ready_says_so(method: str):
    """2xx at the root of each fake, for whoever waits with a tool of their own; nothing of it is in the journal."""
    with up() as environment:
        for url in (environment["SEGMENT_BASE_URL"], environment["AMPLITUDE_BASE_URL"]):
            reply = requests.request(method, url, timeout=10)
            assert reply.status_code == 200
            assert method == "HEAD" or (reply.json()["lab"], reply.json()["ready"]) == ("cohortlab", True)
            assert requests.get(f"{url}/__lab/requests/count", timeout=10).json() == {"count": 0}


def test_waiting_ends_when_the_lab_is_ready(capsys: pytest.CaptureFixture[str]):
    """Status 0, by the ports or by the addresses."""
    with up() as environment:
        urls = [environment["AMPLITUDE_BASE_URL"], environment["SEGMENT_BASE_URL"]]
        ports = [url.rpartition(":")[2] for url in urls]

        assert run(["up", "--wait", "--amplitude-port", ports[0], "--segment-port", ports[1], "--json"]) == 0
        assert json.loads(capsys.readouterr().out) == {"ready": urls}
        assert run(["up", "--wait", "--at", urls[1], "--deadline", "20"]) == 0
        assert urls[1] in capsys.readouterr().out


def test_waiting_for_a_lab_that_speaks_tls_takes_its_authority(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """Without it, what stands in the way is told."""
    authority = tmp_path / "ca.pem"
    with up("--tls-ca", str(authority)) as environment:
        url = environment["SEGMENT_BASE_URL"]

        assert run(["up", "--wait", "--at", url, "--tls-ca", str(authority)]) == 0
        assert run(["up", "--wait", "--at", url, "--deadline", "0"]) == 1
        assert "give the lab's authority with --tls-ca" in capsys.readouterr().err


def test_waiting_in_vain_is_status_1(capsys: pytest.CaptureFixture[str]):
    """Nobody answers, or somebody else does: in words, after the deadline."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        nobody = taken.getsockname()[1]
    stranger = HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    threading.Thread(target=stranger.handle_request, daemon=True).start()
    try:
        arguments = ["--at", f"http://127.0.0.1:{nobody}", "--at", f"http://127.0.0.1:{stranger.server_port}"]
        assert run(["up", "--wait", *arguments, "--deadline", "0"]) == 1
    finally:
        stranger.server_close()

    told = capsys.readouterr().err
    assert f"http://127.0.0.1:{nobody}: nobody answers there" in told
    assert "something else answers there, with status 501" in told


@pytest.mark.parametrize("asked", ["nope", "braze:nowhere.json"])
def test_a_destination_that_cannot_be_is_told_in_a_sentence(asked, monkeypatch, tmp_path, capsys):
    """Also where Node or the package is missing: with what puts it in place."""
    monkeypatch.setenv("COHORTLAB_DESTINATIONS", str(tmp_path / "nothing"))

    assert run(["up", "--port", "0", "--destination", asked]) == 2
    told = capsys.readouterr().err
    assert "cohortlab destinations install" in told or "Node" in told or "nowhere.json" in told


def test_what_segment_is_told_arrives_at_amplitude_without_node(monkeypatch, tmp_path):
    """In the same lab by name, in another by its address."""
    monkeypatch.setenv("COHORTLAB_DESTINATIONS", str(tmp_path / "nothing"))
    track = {"writeKey": "k", "userId": "grace-hopper", "event": "Order Placed", "messageId": "m"}
    with (
        up("--destination", "amplitude") as first,
        up("--destination", f"amplitude:{first['AMPLITUDE_BASE_URL']}") as second,
    ):
        for lab in (first, second):
            assert requests.post(f"{lab['SEGMENT_BASE_URL']}/v1/track", json=track, timeout=10).ok
        wanted = {"view": "ingested", "where": {"event_type": "Order Placed"}, "at_least": 2, "timeout": 20}
        told = requests.post(f"{first['AMPLITUDE_BASE_URL']}/__lab/await", json=wanted, timeout=30).json()

    assert (told["held"], told["count"]) == (True, 2)
