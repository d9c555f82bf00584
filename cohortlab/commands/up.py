"""`cohortlab up`: serve both fakes until interrupted."""

from __future__ import annotations

import signal
import threading
from pathlib import Path

import click

from cohortlab.saying import say, say_json

PORT = click.IntRange(0, 65_535)


@click.command("up", help="Serve both fakes until interrupted.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--amplitude-port", type=PORT, default=4801, show_default=True, help="0 for any free port.")
@click.option("--segment-port", type=PORT, default=4802, show_default=True, help="0 for any free port.")
@click.option("--port", type=int, help="Same as both port options; only 0 makes sense for both.")
@click.option("--db", type=click.Path(path_type=Path, file_okay=False), help="Folder that keeps the journals.")
@click.option("--seed", default=0, show_default=True, help="Seed of every random choice.")
@click.option("--token", help="Token for the control plane; made for you when listening beyond loopback.")
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
@click.option("--json", "as_json", is_flag=True, help="Print the addresses as one JSON line.")
def command(  # noqa: PLR0917
    host: str,
    amplitude_port: int,
    segment_port: int,
    port: int | None,
    db: Path | None,
    seed: int,
    token: str | None,
    tls_ca: Path | None,
    bundles: Path | None,
    as_json: bool,
) -> None:
    """Serve both fakes until interrupted."""
    from scenarios.lab import API_KEY, SECRET_KEY, WRITE_KEY, Lab

    if not host:
        raise click.UsageError("--host is empty, expected a name or an address of this machine, such as 127.0.0.1.")
    if port is not None and port != 0:
        raise click.UsageError("--port takes 0 only: the two fakes cannot share a port. Use the two port options.")
    if port == 0:
        amplitude_port = segment_port = 0
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    with (
        Lab(seed=seed, folder=db, bundles=bundles) as lab,
        lab.serve(
            host=host, amplitude_port=amplitude_port, segment_port=segment_port, token=token, tls_ca=tls_ca
        ) as address,
    ):
        environment = {
            "AMPLITUDE_BASE_URL": address.amplitude,
            "AMPLITUDE_API_KEY": API_KEY,
            "AMPLITUDE_SECRET_KEY": SECRET_KEY,
            "SEGMENT_BASE_URL": address.segment,
            "SEGMENT_WRITE_KEY": WRITE_KEY,
        }
        if as_json:
            say_json({"environment": environment, "token": address.token})
        else:
            say("Both fakes are up. In the shell of the sync program:")
            say()
            for name, value in environment.items():
                say(f"  export {name}={value}")
            say()
            say(f"Control: {address.amplitude}/__lab/ and {address.segment}/__lab/")
            if address.token:
                say(f"Token for the control planes (header X-Lab-Token): {address.token}")
            say("Ctrl-C stops them.")
        stopped.wait()
