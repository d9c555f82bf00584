"""Clients installed beside this environment and never in it, at the version that is named."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import uuid
from pathlib import Path

from tests.clients.known import Client

NODE = Path(__file__).parent / "node"
DRIVERS = Path(__file__).parent / "drivers"


class NotInstalled(Exception):
    """A client cannot be had here, and why."""


def command(client: Client) -> tuple[list[str], dict[str, str], Path]:
    """Return the command that drives a client, its environment and its folder, once the client is installed.

    Raises `NotInstalled`.
    """
    if client.module:
        return (
            [sys.executable, str(DRIVERS / "python_client.py"), client.module],
            {"PYTHONPATH": str(_pip(client))},
            NODE,
        )
    node = shutil.which("node")
    if node is None:
        raise NotInstalled("node is not installed")
    if not (NODE / "node_modules").is_dir():
        raise NotInstalled("its packages are not installed: make node")
    return [node, str(DRIVERS / "node_client.mjs"), client.name], {}, NODE


def _pip(client: Client) -> Path:
    """Install a Python client in a folder of its own, once for all who ask."""
    folder = Path(tempfile.gettempdir()) / f"cohortlab-{client.name}-{client.version}"
    if not folder.exists():
        fresh = folder.with_name(f"{folder.name}.{uuid.uuid4().hex}")
        wanted = f"{client.name}=={client.version}"
        install = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(fresh), wanted]
        done = subprocess.run(install, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            shutil.rmtree(fresh, ignore_errors=True)
            raise NotInstalled(f"{wanted} cannot be installed here: {done.stderr.strip().splitlines()[-1]}")
        try:
            fresh.rename(folder)
        except OSError:  # somebody else was faster
            shutil.rmtree(fresh)
    return folder
