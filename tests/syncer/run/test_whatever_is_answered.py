"""Whatever a vendor, a proxy or a file says, a run ends, in words, and the next quiet one sets everything right."""

from __future__ import annotations

import socket
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

import hypothesis
import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.foreign import shown
from syncer import Engine, MemoryState, RequestsTransport, Settings, Source, Sync, SyncError, Target
from tests.generating import EXAMPLES
from tests.syncer.conftest import COHORT, ManualClock, TinySegment
from tests.syncer.raw_answers import RawWire, odd_answers, reply

MEMBERS = {"ann", "bob", "cleo"}
ROUTES = ["list", "request", "status", "file", "signed", "upload"]


class Vendors:
    """Both vendors, sound but for the answers that are put in the way of theirs, by route.

    What is uploaded counts as stored whatever is answered: nobody who reads an odd answer can know.
    """

    def __init__(self) -> None:
        self.segment = TinySegment()
        self.odd: dict[str, deque[bytes]] = {}
        self.told = 0
        self.is_signed = False

    def answer(self, request: requests.PreparedRequest) -> bytes:
        """Return the bytes of an answer."""
        path = request.path_url.split("?")[0]
        route = self._route(request, path)
        sound = getattr(self, f"_{route}")(request)
        odd = self.odd.get(route)
        if not odd:
            return sound
        self.told += 1
        return odd.popleft()

    def _route(self, request: requests.PreparedRequest, path: str) -> str:
        if request.method == "POST":
            return "upload"
        if "amplitude.test" not in (request.url or "") or path == "/signed":
            return "signed"
        words = {"/api/3/cohorts": "list"}
        return words.get(path) or ("status" if "-status/" in path else "file" if path.endswith("/file") else "request")

    def _list(self, _request: requests.PreparedRequest) -> bytes:
        return reply(200, b'{"cohorts":[{"id":"abc123","name":"Power Users","size":3}]}')

    def _request(self, _request: requests.PreparedRequest) -> bytes:
        return reply(202, b'{"request_id":"Req001","cohort_id":"abc123"}')

    def _status(self, _request: requests.PreparedRequest) -> bytes:
        return reply(200, b'{"async_status":"JOB COMPLETED"}')

    def _file(self, request: requests.PreparedRequest) -> bytes:
        if self.is_signed:
            return reply(302, b"<html>Found</html>", ("Location", "http://files.test/signed?key=s3cr3t"))
        return self._signed(request)

    def _signed(self, _request: requests.PreparedRequest) -> bytes:
        return reply(200, b"\n".join([b'"user_id"', *(b'"%b"' % name.encode() for name in sorted(MEMBERS)), b""]))

    def _upload(self, request: requests.PreparedRequest) -> bytes:
        taken = self.segment.handle(request)
        return reply(taken.status, taken.body)


def sync(amplitude: str = "http://amplitude.test", segment: str = "http://segment.test", **changed: object) -> Sync:
    settings = Settings.of({"parallel": 1, "retries": 2, "poll_budget": 20, "breaker_failures": 3, **changed})
    return Sync(COHORT, Source("api-key", "secret-key", amplitude), Target("write-key", segment), settings)


def ends_in_words(engine: Engine, sync: Sync) -> None:
    """Run a sync: what is raised can be read by whoever called, on a screen, and holds no key."""
    error = None
    try:
        engine.run(sync)
    except SyncError as raised:
        error = raised
    if error is not None:
        said = str(error)
        assert error.exit_status in {1, 2}, said
        assert len(said) < 1_500
        assert not {"secret-key", "s3cr3t"} & set(said.split())
        assert shown(said) == said


odd_runs = st.tuples(
    st.dictionaries(
        st.sampled_from(ROUTES), st.lists(odd_answers, min_size=1, max_size=5).map(deque), min_size=1, max_size=3
    ),
    st.booleans(),
)
"""What is answered in the way, by route, and whether the file is behind a signed address."""


def test_a_run_ends_in_words_and_the_next_sets_everything_right(request: pytest.FixtureRequest) -> None:
    """About a thousand odd answers to every call of the engine: no run breaks, none leaves a profile wrong for good."""
    told = 0
    # An odd list may be a sound one that calls the cohort something else: everybody then gets the right name again.
    resyncing = sync(rename="resync")

    @hypothesis.seed(getattr(request.config.option, "randomly_seed", 0))
    @settings(max_examples=500 * EXAMPLES, database=None)
    @given(odd_runs)
    def holds(case: tuple[dict[str, deque[bytes]], bool]) -> None:
        nonlocal told
        vendors = Vendors()
        vendors.odd, vendors.is_signed = case[0], case[1] or "signed" in case[0]
        session = requests.Session()
        for scheme in ("http://", "https://"):
            session.mount(scheme, RawWire(vendors.answer))
        with MemoryState() as state, session:
            engine = Engine(state, transport=RequestsTransport(session), clock=ManualClock())
            ends_in_words(engine, resyncing)
            told += vendors.told
            vendors.odd = {}

            assert engine.run(resyncing).is_complete
            assert vendors.segment.told() == MEMBERS

    holds()
    assert told > 500 * EXAMPLES


@contextmanager
def listening(answers: deque[bytes]) -> Iterator[str]:
    """Answer calls on a real socket, one connection each, with what is in a queue."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(65_536)
                    connection.sendall(answers.popleft() if answers else b"")

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)
        thread.join()


def test_over_real_sockets_too(request: pytest.FixtureRequest) -> None:
    """The same answers by a server that says them and hangs up."""

    @hypothesis.seed(getattr(request.config.option, "randomly_seed", 0))
    @settings(max_examples=40 * EXAMPLES, database=None)
    @given(st.lists(odd_answers, min_size=1, max_size=6))
    def holds(odd: list[bytes]) -> None:
        with listening(deque(odd)) as url, MemoryState() as state, requests.Session() as session:
            session.trust_env = False
            ends_in_words(
                Engine(state, transport=RequestsTransport(session), clock=ManualClock()), sync(url, url, retries=1)
            )

    holds()
