"""`cohortlab up`: serve both fakes until interrupted."""

from __future__ import annotations

import signal
import threading
from contextlib import ExitStack
from pathlib import Path

import click

from cohortlab.saying import say, say_json

PORT = click.IntRange(0, 65_535)


def _cohort(value: str) -> tuple[str, Path | None]:
    """Read NAME=EXPORT.csv, or NAME alone; a name may hold an equals sign, for the last one counts."""
    before, equals, after = value.rpartition("=")
    name, export = (before, Path(after)) if equals else (value, None)
    if not name or export == Path():
        raise click.BadParameter(f"{value!r} is no cohort, expected NAME=EXPORT.csv, or NAME.")
    if export is not None and not export.is_file():
        raise click.BadParameter(f"{value!r}: there is no file {export}.")
    return name, export


@click.command("up")
@click.argument("file", required=False, metavar="[FILE.cohort.yaml]", type=click.Path(path_type=Path))
@click.option(
    "--cohort",
    "cohorts",
    multiple=True,
    type=_cohort,
    metavar="NAME=EXPORT.csv",
    help="Begin with this cohort, the rows of an export its members; NAME alone makes people up. May be repeated.",
)
@click.option("--quiet", is_flag=True, help="Print no line for each call.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--amplitude-port", type=PORT, default=4801, show_default=True, help="0 for any free port.")
@click.option("--segment-port", type=PORT, default=4802, show_default=True, help="0 for any free port.")
@click.option("--port", type=int, help="Same as both port options; only 0 makes sense for both.")
@click.option("--db", type=click.Path(path_type=Path, file_okay=False), help="Folder that keeps the journals.")
@click.option("--seed", type=int, help="Seed of every random choice.  [default: 0, or the scenario's]")
@click.option(
    "--token",
    envvar="COHORTLAB_TOKEN",
    show_envvar=True,
    help="Token for the control plane; made for you when listening beyond loopback.",
)
@click.option(
    "--tls-ca",
    type=click.Path(path_type=Path, dir_okay=False, writable=True),
    help="Speak TLS, and write the authority to trust to this file (Ruby and PHP SDKs take nothing else).",
)
@click.option(
    "--bundles",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Folder dist/umd of @segment/analytics-next, for pages that load it from the Segment fake.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the addresses as one JSON line, and no calls.")
def command(  # noqa: PLR0917
    file: Path | None,
    cohorts: tuple[tuple[str, Path | None], ...],
    quiet: bool,
    host: str,
    amplitude_port: int,
    segment_port: int,
    port: int | None,
    db: Path | None,
    seed: int | None,
    token: str | None,
    tls_ca: Path | None,
    bundles: Path | None,
    as_json: bool,
) -> None:
    """Serve both fakes until interrupted, and print a line for each call.

    With FILE the lab begins with the cohorts, targets, settings and faults of a scenario, at its time; its steps are
    not run.
    """
    from cohortlab.serving import Beginning
    from scenarios.lab import Lab

    if not host:
        raise click.UsageError("--host is empty, expected a name or an address of this machine, such as 127.0.0.1.")
    if port is not None and port != 0:
        raise click.UsageError("--port takes 0 only: the two fakes cannot share a port. Use the two port options.")
    if port == 0:
        amplitude_port = segment_port = 0
    beginning = Beginning.read(file, cohorts)
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    with ExitStack() as stack:
        lab = stack.enter_context(Lab(seed=beginning.seed if seed is None else seed, folder=db, bundles=bundles))
        beginning.make(lab)
        address = stack.enter_context(
            lab.serve(host=host, amplitude_port=amplitude_port, segment_port=segment_port, token=token, tls_ca=tls_ca)
        )
        if not quiet and not as_json:
            from cohortlab.serving import CallTeller

            stack.enter_context(CallTeller(lab, say))
        opening = beginning.opening(lab, address, is_quiet=quiet)
        if as_json:
            say_json(opening.as_dict())
        else:
            for line in opening.lines():
                say(line)
        stopped.wait()
