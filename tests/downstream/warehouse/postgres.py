"""A PostgreSQL server for tests: Debian's, in a folder of its own, on a socket there and on no port."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

QUICK = ("fsync=off", "full_page_writes=off", "synchronous_commit=off", "listen_addresses=", "max_wal_size=4GB")
_NUMBERS = count(1)


def binaries() -> Path | None:
    """Return the folder with `postgres` in it, the newest of Debian's or what the path has."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda each: float(each.parent.name))
    on_path = shutil.which("postgres")
    return found[-1] if found else Path(on_path).parent if on_path else None


class Server:
    """A server that runs; `url(database)` is where."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def url(self, database: str = "postgres", user: str = "lab") -> str:
        return f"postgresql://{user}@/{database}?host={self.folder}"

    def database(self) -> str:
        """Make a database and return its URL."""
        name = f"lab_{os.getpid()}_{next(_NUMBERS)}"
        self.run(f"CREATE DATABASE {name}")
        return self.url(name)

    def run(self, sql: str, url: str | None = None) -> list[Any]:
        """Run a statement by itself and return what it finds."""
        import psycopg

        with psycopg.connect(url or self.url(), autocommit=True) as db:
            found = db.execute(sql.encode())
            return found.fetchall() if found.description else []


@contextmanager
def served() -> Iterator[Server]:
    """Run a server until the block ends; root hands it to a user without rights, as PostgreSQL asks for."""
    programs = binaries()
    assert programs is not None
    user: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="lab-pg-", dir="/tmp", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        if os.getuid() == 0:
            somebody = pwd.getpwnam("nobody")
            user = {"user": somebody.pw_uid, "group": somebody.pw_gid, "extra_groups": []}
            os.chown(folder, somebody.pw_uid, somebody.pw_gid)
        data = str(folder / "data")
        making = [programs / "initdb", "-D", data, "-U", "lab", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C"]
        subprocess.run(making, check=True, stdout=subprocess.DEVNULL, cwd="/", **user)
        options = [word for each in QUICK for word in ("-c", each)]
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(
                [programs / "postgres", "-D", data, "-k", name, *options], stderr=log, stdout=log, cwd="/", **user
            )
        try:
            made = Server(folder)
            _wait(made, server)
            yield made
        finally:
            server.send_signal(signal.SIGQUIT)  # at once: nothing of it is kept
            server.wait(30)


def _wait(made: Server, server: subprocess.Popen[bytes]) -> None:
    import psycopg

    for _ in range(300):
        assert server.poll() is None, (made.folder / "log").read_text()
        try:
            made.run("SELECT 1")
        except psycopg.OperationalError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError((made.folder / "log").read_text())
