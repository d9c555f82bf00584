"""Where the running lab is, and a client of each of its fakes.

An option goes before the environment, the environment before the ports that `cohortlab up` takes unless told otherwise.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cohortlab.live.fields import address

if TYPE_CHECKING:
    from downstream.routing import DestinationsClient
    from mock_amplitude import AmplitudeClient
    from mock_segment import SegmentClient

Command = Callable[..., Any]

AMPLITUDE, SEGMENT = "amplitude", "segment"
_DEFAULT = {AMPLITUDE: "http://127.0.0.1:4801", SEGMENT: "http://127.0.0.1:4802"}


class RunningLab:
    """A lab that runs somewhere: a client of each of its fakes, made when asked for; and how answers are wanted."""

    def __init__(
        self,
        urls: dict[str, str],
        *,
        token: str | None = None,
        tls_ca: Path | None = None,
        workspace: str = "default",
        as_json: bool = False,
    ) -> None:
        self.as_json = as_json
        self._urls = urls
        self._tls_ca = tls_ca
        self._given: dict[str, Any] = {"token": token, "workspace": workspace}

    @property
    def amplitude(self) -> AmplitudeClient:
        """A client of the lab's Amplitude."""
        from mock_amplitude import AmplitudeClient  # noqa: PLC0415 - once the call is known to be right

        return AmplitudeClient(self._urls[AMPLITUDE], session=self._session(), **self._given)

    @property
    def segment(self) -> SegmentClient:
        """A client of the lab's Segment."""
        from mock_segment import SegmentClient  # noqa: PLC0415 - as above

        return SegmentClient(self._urls[SEGMENT], session=self._session(), **self._given)

    @property
    def destinations(self) -> DestinationsClient:
        """A client of what the lab's Segment does for destinations."""
        from downstream.routing import DestinationsClient  # noqa: PLC0415 - as above

        return DestinationsClient(self._urls[SEGMENT], session=self._session(), **self._given)

    def fake(self, name: str) -> AmplitudeClient | SegmentClient:
        """Return a client of the fake of that name."""
        return self.amplitude if name == AMPLITUDE else self.segment

    def _session(self) -> Any:
        import requests  # noqa: PLC0415 - as above

        session = requests.Session()
        session.trust_env = False  # a proxy of the machine's does not know the way to loopback
        session.verify = True if self._tls_ca is None else str(self._tls_ca)
        return session


def amplitude_at(url: str) -> AmplitudeClient:
    """Return a client of the Amplitude of a lab at this address; one of the vendor's own is refused."""
    return RunningLab({AMPLITUDE: address(url)}, token=os.environ.get("COHORTLAB_TOKEN")).amplitude


def in_a_lab(*fakes: str) -> Callable[[Command], Command]:
    """Hand a command the lab that runs as `lab`, by options for the addresses of the fakes it speaks to."""
    options = [
        click.option(
            f"--{fake}-url",
            type=address,
            metavar="URL",
            envvar=f"{fake.upper()}_BASE_URL",
            default=_DEFAULT[fake],
            show_default=True,
            show_envvar=True,
            help=f"The lab's {fake.capitalize()}.",
        )
        for fake in fakes
    ]
    options += [
        click.option("--token", envvar="COHORTLAB_TOKEN", show_envvar=True, help="The token that up printed, if any."),
        click.option("--tls-ca", type=click.Path(path_type=Path, exists=True), help="The file given to up --tls-ca."),
        click.option("--workspace", metavar="NAME", default="default", help="Another workspace than the default one."),
        click.option("--json", "as_json", is_flag=True, help="Print JSON."),
    ]

    def add(function: Command) -> Command:
        @wraps(function)
        def command(**given: Any) -> Any:
            urls = {fake: given.pop(f"{fake}_url") for fake in fakes}
            rest = {name: given.pop(name) for name in ("token", "tls_ca", "workspace", "as_json")}
            return function(lab=RunningLab(urls, **rest), **given)

        for option in reversed(options):
            command = option(command)
        return command

    return add
