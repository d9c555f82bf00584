"""The tunnel leads clients with fixed hosts to the fakes, by HTTPS_PROXY, and nobody anywhere else."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from scenarios.lab import API_KEY, SECRET_KEY, Address, Lab


@pytest.fixture
def ca(tmp_path: Path) -> Path:
    return tmp_path / "ca.pem"


@pytest.fixture
def lab(ca: Path) -> Iterator[tuple[Lab, Address]]:
    with Lab() as made, made.serve(tls_ca=ca, proxy_port=0) as address:
        yield made, address


def client(address: Address, ca: Path) -> requests.Session:
    """A client as its user leaves it: a proxy and an authority from outside, the vendors' own addresses within."""
    session = requests.Session()
    session.trust_env = False  # the variables of whoever runs the tests
    session.proxies = {"https": str(address.proxy)}
    session.verify = str(ca)
    return session


def test_one_variable_leads_to_both_vendors(lab: tuple[Lab, Address], ca: Path):
    """By the hosts that the clients have in them; the certificate names them."""
    made, address = lab
    session = client(address, ca)
    event = {"userId": "ann", "messageId": "m1", "traits": {"Power Users (a1)": True}}

    reply = session.post("https://api.segment.io/v1/identify", json=event, auth=("wk", ""))
    cohorts = session.get("https://amplitude.com/api/3/cohorts", auth=(API_KEY, SECRET_KEY))

    assert (reply.json(), cohorts.json()) == ({"success": True}, {"cohorts": []})
    assert made.segment.profile("ann").traits == {"Power Users (a1)": True}


def test_the_region_follows_the_host(lab: tuple[Lab, Address], ca: Path):
    """A key of one region is unknown at the other's host, as it is with the vendor."""
    _, address = lab

    reply = client(address, ca).get("https://analytics.eu.amplitude.com/api/3/cohorts", auth=(API_KEY, SECRET_KEY))

    assert reply.status_code == 403


def test_a_large_export_is_fetched_through_it(lab: tuple[Lab, Address], ca: Path):
    """The signed address is of the lab itself, and the tunnel leads there too."""
    made, address = lab
    made.amplitude.configure(inline_rows=0, job_seconds=0)
    made.amplitude.create_cohort("Power Users", cohort_id="abcd1234", members=["ann"])
    session = client(address, ca)
    session.auth = (API_KEY, SECRET_KEY)
    base = "https://amplitude.com/api/5/cohorts"

    request_id = session.get(f"{base}/request/abcd1234").json()["request_id"]
    link = session.get(f"{base}/request/{request_id}/file", allow_redirects=False).headers["Location"]

    session.auth = None
    assert b"ann" in session.get(link).content


def test_a_reset_is_handed_on(lab: tuple[Lab, Address], ca: Path):
    """A fault on the wire is the same behind the tunnel."""
    made, address = lab
    made.segment.workspace.arm({"fault": "connection-reset"})

    with pytest.raises(requests.ConnectionError):
        client(address, ca).post(
            "https://api.segment.io/v1/identify", json={"userId": "u"}, auth=("wk", ""), timeout=10
        )


def raw(address: Address, request: bytes) -> bytes:
    host, _, port = str(address.proxy).removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), 10) as connection:
        connection.sendall(request)
        received = b""
        while piece := connection.recv(4096):
            received += piece
        return received


@pytest.mark.parametrize(
    ("request_line", "status", "words"),
    [
        (b"CONNECT example.com:443 HTTP/1.1", b"403", b"leads to the fakes alone"),
        (b"CONNECT 127.0.0.1:22 HTTP/1.1", b"403", b"leads to the fakes alone"),
        (b"GET http://api.segment.io/ HTTP/1.1", b"405", b"set HTTPS_PROXY, not HTTP_PROXY"),
        (b"nonsense", b"405", b"takes CONNECT"),
    ],
)
def test_it_leads_nowhere_else(lab: tuple[Lab, Address], request_line: bytes, status: bytes, words: bytes):
    """Neither to the world nor to another port of this machine; in words, whatever is asked."""
    received = raw(lab[1], request_line + b"\r\n\r\n")

    assert received.startswith(b"HTTP/1.1 " + status)
    assert words in received


def test_a_client_that_says_nothing_holds_nothing_up(lab: tuple[Lab, Address], ca: Path):
    """Others are connected meanwhile."""
    _, address = lab
    host, _, port = str(address.proxy).removeprefix("http://").partition(":")

    with socket.create_connection((host, int(port)), 10):
        reply = client(address, ca).post("https://api.segment.io/v1/identify", json={"userId": "u"}, auth=("wk", ""))

    assert reply.status_code == 200
