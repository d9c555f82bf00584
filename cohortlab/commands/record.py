"""`cohortlab record`: a proxy on loopback that keeps what a sync says to the real services, and what they answer."""

from __future__ import annotations

import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from cohortlab.saying import say

if TYPE_CHECKING:
    from recording.material import RecordedCall
    from recording.proxy import Upstreams


@click.command("record")
@click.option(
    "--amplitude", default="https://amplitude.com", show_default=True, metavar="URL", help="The real Amplitude."
)
@click.option("--segment", default="https://api.segment.io", show_default=True, metavar="URL", help="The real Segment.")
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="The folder to make.")
@click.option(
    "--amplitude-port", type=click.IntRange(0, 65535), default=4811, show_default=True, help="0 is a free one."
)
@click.option("--segment-port", type=click.IntRange(0, 65535), default=4812, show_default=True, help="0 is a free one.")
@click.option("--finish", is_flag=True, help="Write the journals of a recording that was broken off, and end.")
@click.option("-q", "--quiet", is_flag=True, help="Do not print each call.")
def command(
    *,
    amplitude: str,
    segment: str,
    output: Path,
    amplitude_port: int,
    segment_port: int,
    finish: bool,
    quiet: bool,
) -> int:
    """Record a sync: forward its calls to the real Amplitude and Segment, and keep them with what was answered.

    Point the program at the two addresses that are printed, as at a lab, and interrupt when it is done. The folder is
    what `cohortlab up --db` keeps, people and all: `cohortlab import FOLDER -o OTHER` makes strangers of them; `trace`,
    `check` and `keep` read it. Credentials are taken out before anything is written.
    """
    from recording.proxy import Recorder, Upstreams
    from recording.proxy import finish as finished

    real = Upstreams(_address(amplitude), _address(segment))
    if finish:
        _told(output, finished(output))
        return 0
    recorder = Recorder(
        real,
        output,
        amplitude_port=amplitude_port,
        segment_port=segment_port,
        on_call=(lambda *_: None) if quiet else _show,
    )
    stopped = threading.Event()
    with recorder:
        _announce(recorder.amplitude_url, recorder.segment_url, real)
        for number in (signal.SIGINT, signal.SIGTERM):  # until here, a signal ends what is under way
            signal.signal(number, lambda *_: stopped.set())
        stopped.wait()
    _told(output, recorder.finish())
    return 0


def _announce(amplitude: str, segment: str, real: Upstreams) -> None:
    say(f"AMPLITUDE_BASE_URL={amplitude}")
    say(f"SEGMENT_BASE_URL={segment}")
    say(f"Calls go on to {real.amplitude} and {real.segment}, and nowhere else. Ctrl-C ends the recording.")


def _show(fake: str, call: RecordedCall) -> None:
    answered = "no answer" if call.status == 0 else f"{call.status}{', cut off' if call.cut else ''}"
    say(f"{fake:<9} {call.method} {urlsplit(call.url).path} -> {answered}, {call.ms:,} ms")


def _told(folder: Path, counts: dict[str, int]) -> None:
    entries = ", ".join(f"{count:,} entries in {fake}.db" for fake, count in counts.items())
    say(f"{folder}: {entries}. People are in it as they are; `cohortlab import {folder} -o OTHER` makes strangers.")


def _address(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise click.UsageError(f"{url!r} is no address; expected one such as https://api.segment.io.")
    return url.rstrip("/").removesuffix("/v1") if parts.path.rstrip("/") == "/v1" else url.rstrip("/")
