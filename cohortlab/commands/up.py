"""`cohortlab up`: serve both fakes until interrupted."""

from __future__ import annotations

import signal
import threading
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cohortlab.saying import say, say_json

if TYPE_CHECKING:
    from cohortlab.serving import LazyConsole, Opening
    from scenarios.lab import Beside, Lab

OPEN_FILES = 65_536
PORT = click.IntRange(0, 65_535)
CONSOLE_PORT = 4800


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
@click.option(
    "--destination",
    "destinations",
    multiple=True,
    metavar="NAME[:SETTINGS.json]",
    help="Send every delivered event through this destination's own code, the lab playing the vendor. Without Node: "
    "amplitude, which is the lab's own, and webhooks:URL. May be repeated.",
)
@click.option("--quiet", is_flag=True, help="Print no line for each call.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--amplitude-port", type=PORT, default=4801, show_default=True, help="0 for any free port.")
@click.option("--segment-port", type=PORT, default=4802, show_default=True, help="0 for any free port.")
@click.option("--port", type=int, help="Same as all three port options; only 0 makes sense for them.")
@click.option(
    "--console-port",
    type=PORT,
    help="Where the console is, the lab in a browser; 0 for any free port.  [default: 4800, another if that is taken]",
)
@click.option("--no-console", is_flag=True, help="Serve no console.")
@click.option("--open", "is_opened", is_flag=True, help="Open the console in the browser.")
@click.option("--db", type=click.Path(path_type=Path, file_okay=False), help="Folder that keeps the journals.")
@click.option(
    "--warehouse",
    metavar="DATABASE",
    help="Load what is delivered into duckdb:FILE or postgresql://USER@HOST/DATABASE, at every full hour of the lab.",
)
@click.option(
    "--at-once", is_flag=True, help="With --warehouse: load as soon as something is delivered, not by the hour."
)
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
    "--tls-name",
    "tls_names",
    multiple=True,
    metavar="HOST",
    help="A further name on the certificate, for a client whose host is led here by a hosts file. May be repeated.",
)
@click.option(
    "--proxy-port",
    type=PORT,
    help="Lead clients with the vendors' own hosts here, by HTTPS_PROXY at this port; 0 for any free one.",
)
@click.option("--wait", "is_waiting", is_flag=True, help="Start no lab: wait until one is ready at these ports.")
@click.option(
    "--at", "urls", multiple=True, metavar="URL", help="With --wait: a fake's base URL, in place of the ports."
)
@click.option(
    "--deadline",
    type=click.FloatRange(0, 86_400),
    default=30.0,
    show_default=True,
    metavar="SECONDS",
    help="With --wait: how long. Exit status 1 when no lab is ready by then.",
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
    destinations: tuple[str, ...],
    quiet: bool,
    host: str,
    amplitude_port: int,
    segment_port: int,
    port: int | None,
    console_port: int | None,
    no_console: bool,
    is_opened: bool,
    db: Path | None,
    warehouse: str | None,
    at_once: bool,
    seed: int | None,
    token: str | None,
    tls_ca: Path | None,
    tls_names: tuple[str, ...],
    proxy_port: int | None,
    is_waiting: bool,
    urls: tuple[str, ...],
    deadline: float,
    bundles: Path | None,
    as_json: bool,
) -> None:
    """Serve both fakes and the console until interrupted, and print a line for each call.

    With FILE the lab begins with the cohorts, targets, settings and faults of a scenario, at its time; its steps are
    not run.
    """
    from cohortlab.serving import Beginning, LazyConsole, connect
    from downstream.pump import Pump
    from downstream.warehouse import load_rest
    from scenarios.lab import Lab
    from scenarios.portal import portal_of

    if not host:
        raise click.UsageError("--host is empty, expected a name or an address of this machine, such as 127.0.0.1.")
    if port is not None and port != 0:
        raise click.UsageError("--port takes 0 only: the two fakes cannot share a port. Use the two port options.")
    if port == 0:
        amplitude_port = segment_port = 0
    if no_console and (is_opened or console_port is not None):
        raise click.UsageError("--no-console leaves nothing to open: it goes without --open and --console-port.")
    if is_waiting:
        _wait(urls or _urls(host, amplitude_port, segment_port, tls_ca), deadline, tls_ca, as_json=as_json)
        return
    if urls:
        raise click.UsageError("--at says where to wait for a lab: it goes with --wait.")
    if tls_ca is None and (tls_names or proxy_port is not None):
        raise click.UsageError("--tls-name and --proxy-port are about TLS: give --tls-ca FILE, too.")
    _allow_open_files()
    beginning = Beginning.read(file, cohorts)
    stopped = threading.Event()
    with ExitStack() as stack:
        lab = stack.enter_context(
            Lab(
                seed=beginning.seed if seed is None else seed,
                folder=db,
                bundles=bundles,
                warehouse=warehouse,
            )
        )
        beginning.make(lab)
        connect(lab, destinations)
        _begin_warehouse(lab, warehouse, at_once=at_once, is_quiet=quiet or as_json)
        console = LazyConsole(lab)
        address = stack.enter_context(
            lab.serve(
                host=host,
                amplitude_port=amplitude_port,
                segment_port=segment_port,
                token=token,
                tls_ca=tls_ca,
                tls_names=tls_names,
                proxy_port=proxy_port,
                beside=None if no_console else _beside(console, console_port, amplitude_port or segment_port),
            )
        )
        stack.callback(console.close)
        stack.callback(load_rest, lab.segment_fake)
        stack.enter_context(Pump(lab.segment_fake))
        stack.enter_context(Pump(lab.amplitude_fake, lambda state: portal_of(state).step()))
        for number in (signal.SIGINT, signal.SIGTERM):  # until here, a signal ends what is under way
            signal.signal(number, lambda *_: stopped.set())
        _tell_notes(lab)
        opening = beginning.opening(lab, address, is_quiet=quiet)
        _say_opening(opening, as_json=as_json)
        if is_opened:
            click.launch(f"{address.beside}/")
        if not quiet and not as_json:
            from cohortlab.serving import CallTeller

            stack.enter_context(CallTeller(lab, say))
        stopped.wait()


def _say_opening(opening: Opening, *, as_json: bool) -> None:
    if as_json:
        say_json(opening.as_dict())
    else:
        for line in opening.lines():
            say(line)


def _beside(console: LazyConsole, port: int | None, port_of_a_fake: int) -> Beside:
    """Return where the console is to be served: at any free port where the fakes are, and nobody named one."""
    from scenarios.lab import Beside

    return Beside(console.at, (port_of_a_fake and CONSOLE_PORT) if port is None else port, may_move=port is None)


def _urls(host: str, amplitude_port: int, segment_port: int, tls_ca: Path | None) -> tuple[str, ...]:
    """Return where a lab with these options is reached on this machine."""
    from mock_core.wire import EVERY_ADDRESS, base_url

    if not amplitude_port or not segment_port:
        raise click.UsageError("--wait wants to know the ports: any free one cannot be waited at. Or say --at URL.")
    scheme = "http" if tls_ca is None else "https"
    host = EVERY_ADDRESS.get(host, host)
    return tuple(base_url(scheme, host, port) for port in (amplitude_port, segment_port))


def _wait(urls: tuple[str, ...], deadline: float, tls_ca: Path | None, *, as_json: bool) -> None:
    from cohortlab.waiting import wait_until_ready

    wait_until_ready(urls, deadline, trust=tls_ca)
    if as_json:
        say_json({"ready": list(urls)})
    else:
        say(f"The lab is ready: {' and '.join(urls)}")


def _begin_warehouse(lab: Lab, into: str | None, *, at_once: bool, is_quiet: bool) -> None:
    """See that the database is there before anything is served, and have its loads told."""
    from downstream.warehouse import warehouse_of

    if into is None:
        if at_once:
            raise click.UsageError("--at-once says when a warehouse is loaded: it goes with --warehouse.")
        return
    warehouse = warehouse_of(lab.segment)
    if at_once:
        warehouse.begin_with(loads="at once")
    warehouse.connect(into)
    if not is_quiet:
        warehouse.tell = say
    soon = warehouse.settings.loads == "at once"  # which a kept journal may say as well
    when = "as soon as something is delivered" if soon else "at every full hour of the lab's clock"
    if not is_quiet:
        say(f"Warehouse: {warehouse.where}, loaded {when}, and when the lab ends.")


def _tell_notes(lab: Lab) -> None:
    """Say what kept journals ask for and this version does not do."""
    for name, state in (("amplitude", lab.amplitude), ("segment", lab.segment)):
        for note in state.workspace.notes:
            say(f"Note: {name}.db: {note}", err=True)


def _allow_open_files() -> None:
    """Ask for as many open files as this machine allows: every client and every workspace in use holds some."""
    try:
        import resource
    except ImportError:  # not on Windows
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
