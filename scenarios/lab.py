"""The lab: both fakes on one clock and one seed, in this process or on real sockets."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from downstream.annexes import annexes, upstream
from downstream.making import Amplitude
from downstream.routing import Destinations
from downstream.warehouse import warehouse_annexe
from mock_amplitude import AmplitudeFake, AmplitudeState
from mock_amplitude import create_app as create_amplitude
from mock_core.annexe import addition
from mock_core.clock import LabClock
from mock_core.errors import CannotKeep, LabBroke, PortInUse
from mock_core.guard import is_loopback
from mock_core.wire import LOOPBACK_NAMES, Application, Server, Tunnel, tls_adapter
from mock_core.workspace import Clocks
from mock_segment import SegmentFake, SegmentState
from mock_segment import create_app as create_segment
from scenarios.portal import Portal, portal_annexe, portal_of

if TYPE_CHECKING:
    import requests

API_KEY, SECRET_KEY, WRITE_KEY = "lab-api-key", "lab-secret-key", "lab-write-key"
# For programs that wait in real time, of which a lab has none to give: an export is ready as soon as it is asked for.
READY_AT_ONCE: Mapping[str, float] = {"job_seconds": 0.0}
AMPLITUDE_URL, SEGMENT_URL = "http://amplitude.lab", "http://segment.lab"


@dataclass(frozen=True, slots=True)
class Address:
    """Where a served lab is reached, and the token its control plane wants beyond loopback.

    `proxy` is where clients with fixed hosts are led to it, for HTTPS_PROXY; `beside` is where that is served.
    """

    amplitude: str
    segment: str
    token: str | None = None
    proxy: str | None = None
    beside: str | None = None


@dataclass(frozen=True, slots=True)
class Beside:
    """An application served beside the fakes, as safely as they are: made once their addresses are known.

    `port` 0 takes any free one, and so does one that `may_move` when it is taken.
    """

    make: Callable[[Address], Application]
    port: int = 0
    may_move: bool = False


class Lab:
    """Both fakes, sharing clock and seed.

    `start` freezes the clock at that time, in epoch seconds; without it the clock follows the system.
    `folder` keeps the journals in files; without it they live in memory.
    `bundles` is a folder with analytics-next's `dist/umd`, for pages that load it from the Segment fake.
    `warehouse` is where delivered events are loaded, `duckdb:FILE` or `postgresql://...`; without it into memory, from
    when somebody asks for the warehouse.
    """

    def __init__(
        self,
        *,
        seed: int = 0,
        start: float | None = None,
        folder: Path | None = None,
        bundles: Path | None = None,
        warehouse: str | None = None,
    ) -> None:
        self.clock = LabClock(start)
        self.seed = seed
        clocks = Clocks(self.clock)
        if folder is not None:
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise CannotKeep(f"{folder} cannot keep journals: {error.strerror or error}.") from error
        portal = portal_annexe(
            self.session,
            amplitude_url=AMPLITUDE_URL,
            segment_url=SEGMENT_URL,
            folder=folder and folder / "syncs",
            broken=lambda error: self.amplitude_fake.broken.append(error),  # noqa: PLW0108 - made below
        )
        segment: list[SegmentFake] = []
        self.amplitude_fake = AmplitudeFake(
            clocks=clocks,
            seed=seed,
            path=folder and folder / "amplitude.db",
            annexes=(upstream(lambda: segment[0] if segment else None), portal),
        )
        inside = Amplitude(partial(create_amplitude, self.amplitude_fake), API_KEY, SECRET_KEY)
        segment_path = folder and folder / "segment.db"
        try:
            self.segment_fake = SegmentFake(
                clocks=clocks,
                seed=seed,
                path=segment_path,
                bundles=bundles,
                annexes=(*annexes(inside), warehouse_annexe(warehouse)),
            )
        except BaseException:
            self.amplitude_fake.close()
            raise
        segment.append(self.segment_fake)

    @property
    def amplitude(self) -> AmplitudeState:
        """The Amplitude fake: cohorts, members, exports."""
        return self.amplitude_fake.state

    @property
    def segment(self) -> SegmentState:
        """The Segment fake: events, verdicts, profiles."""
        return self.segment_fake.state

    @property
    def destinations(self) -> Destinations:
        """What Segment does for destinations downstream: which are connected, what became of events there."""
        return addition(self.segment, Destinations)

    @property
    def portal(self) -> Portal:
        """What people set up on Amplitude's pages: API targets, syncs that stand, the role they play."""
        return portal_of(self.amplitude)

    def session(self, kept_in: Callable[[str], object] = lambda _told: None) -> requests.Session:
        """Return a client that reaches both fakes without a socket, at AMPLITUDE_URL and SEGMENT_URL, and nothing else.

        `kept_in` hears of every call to somewhere else.
        """
        from mock_core.door import lab_session  # noqa: PLC0415 - a served lab never needs requests
        from mock_core.inprocess import InProcessAdapter  # noqa: PLC0415

        amplitude = InProcessAdapter(create_amplitude(self.amplitude_fake), self.clock)
        segment = InProcessAdapter(create_segment(self.segment_fake), self.clock)
        origins = {AMPLITUDE_URL: amplitude, self.amplitude_fake.files_base_url: amplitude, SEGMENT_URL: segment}
        return lab_session(origins, kept_in)

    @contextmanager
    def serve(
        self,
        *,
        host: str = "127.0.0.1",
        amplitude_port: int = 0,
        segment_port: int = 0,
        token: str | None = None,
        tls_ca: Path | None = None,
        tls_names: Sequence[str] = (),
        proxy_port: int | None = None,
        beside: Beside | None = None,
    ) -> Iterator[Address]:
        """Serve both fakes until the block ends; port 0 is any free one.

        Beyond loopback the control planes want a token; one is made when none is given. With `tls_ca` both speak TLS,
        and the authority to trust is written to that file; `tls_names` are further names on the certificate. A tunnel
        at `proxy_port` leads clients with the vendors' own hosts to the fakes, whose certificate names them then. What
        is `beside` them ends before they do.
        """
        if token is None and not is_loopback(host):
            token = secrets.token_urlsafe(24)
        vendors = () if proxy_port is None else (*self.amplitude_fake.hosts, *self.segment_fake.hosts)
        names = (*LOOPBACK_NAMES, host, *tls_names, *vendors)
        tls = None if tls_ca is None else tls_adapter(tls_ca, names)

        def served(app: Application, port: int = 0) -> Server:
            return stack.enter_context(Server(app, host=host, port=port, token=token, ssl_adapter=tls))

        with ExitStack() as stack:
            app = create_amplitude(self.amplitude_fake, token=token)
            amplitude = served(app, amplitude_port)
            files = served(app)
            segment = served(create_segment(self.segment_fake, token=token), segment_port)
            inside = self.amplitude_fake.files_base_url
            self.amplitude_fake.files_base_url = files.bound_url
            proxy = None
            if proxy_port is not None:
                ways = dict.fromkeys(self.amplitude_fake.hosts, amplitude)
                ways |= dict.fromkeys(self.segment_fake.hosts, segment)
                ways |= {f"{name}:{each.port}": each for each in (amplitude, files, segment) for name in LOOPBACK_NAMES}
                leading = {name: each.address for name, each in ways.items()}
                proxy = stack.enter_context(Tunnel(leading, host=host, port=proxy_port)).url
            address = Address(amplitude.url, segment.url, token, proxy)
            if beside is not None:
                app_beside = beside.make(address)
                try:
                    at = served(app_beside, beside.port)
                except PortInUse:
                    if not beside.may_move:
                        raise
                    at = served(app_beside)
                address = replace(address, beside=at.url)
            try:
                yield address
            finally:
                self.amplitude_fake.files_base_url = inside

    def close(self) -> None:
        """Close both fakes, and raise what broke in them while they served."""
        self.amplitude_fake.close()
        self.segment_fake.close()
        broken = [*self.amplitude_fake.broken, *self.segment_fake.broken]
        if broken:
            raise LabBroke(broken) from broken[0]

    def __enter__(self) -> Lab:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
