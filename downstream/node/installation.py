"""Where the destinations' package is installed, and how it comes there: whole, or not at all.

The lock file pins every package by its digest and names no registry, so npm asks the one it is set up for. No install
script of any package runs (destination facts 7).
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final

from downstream.node.errors import DestinationsError, NotInstalled

PACKAGE: Final = "@segment/action-destinations"
FOLDER_VARIABLE: Final = "COHORTLAB_DESTINATIONS"
OLDEST_NODE: Final = (18, 17)
"""The oldest Node that the core says it runs on (destination facts 7)."""

_PINNED: Final = files(__package__).joinpath("pinned")
_MANIFESTS: Final = ("package.json", "package-lock.json")
_TO_INSTALL: Final = "`cohortlab destinations install` puts it in place"


@dataclass(frozen=True, slots=True)
class Installation:
    """The package on this machine: its folder, its version, and the Node that runs it."""

    folder: Path
    version: str
    node: str


@cache
def pinned_version() -> str:
    """Return the version of the package that is installed by us."""
    pinned = json.loads(_PINNED.joinpath("package.json").read_text(encoding="utf-8"))
    return str(pinned["dependencies"][PACKAGE])


def data_folder() -> Path:
    """Return where our installation is: COHORTLAB_DESTINATIONS, or below the user's folder for data (XDG)."""
    if said := os.environ.get(FOLDER_VARIABLE):
        return Path(said)
    data = os.environ.get("XDG_DATA_HOME")
    return (Path(data) if data else Path.home() / ".local" / "share") / "cohortlab" / f"destinations-{pinned_version()}"


def installed(folder: Path | None = None) -> Installation | None:
    """Return the installation, or None where there is none or Node is missing or too old."""
    try:
        return require(folder)
    except NotInstalled:
        return None


def require(folder: Path | None = None) -> Installation:
    """Return the installation; raise `NotInstalled` with what is missing."""
    place = folder or data_folder()
    node = _node()
    manifest = place / "node_modules" / PACKAGE / "package.json"
    try:
        version = json.loads(manifest.read_text(encoding="utf-8"))["version"]
    except (OSError, ValueError, KeyError):
        raise NotInstalled(f"{PACKAGE} is not installed in {place}: {_TO_INSTALL}") from None
    return Installation(place, str(version), node)


def install(folder: Path | None = None) -> Installation:
    """Install the pinned package, and return it; what is there already is returned as it is.

    The folder appears when everything is in it. Raises `NotInstalled` where Node or npm is missing or too old, and
    `DestinationsError` with npm's own reason where it fails.
    """
    place = folder or data_folder()
    _node()
    npm = shutil.which("npm")
    if npm is None:
        raise NotInstalled("npm was not found: it comes with Node, and installs the destinations")
    if (found := installed(place)) is not None and found.version == pinned_version():
        return found
    if place.exists():
        raise DestinationsError(f"{place} exists and holds no {PACKAGE} {pinned_version()}: move it away first")
    _fill(place, npm)
    return require(place)


def _fill(place: Path, npm: str) -> None:
    """Run npm in a folder beside the place, and put it there when npm is done."""
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        making = Path(tempfile.mkdtemp(prefix=f".{place.name}-", dir=place.parent))
    except OSError as error:
        raise DestinationsError(f"{place.parent} cannot be written: {error.strerror}") from None
    try:
        for name in _MANIFESTS:
            (making / name).write_bytes(_PINNED.joinpath(name).read_bytes())
        command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        done = subprocess.run(command, cwd=making, capture_output=True, text=True, errors="replace", check=False)  # noqa: S603
        if done.returncode:
            raise DestinationsError(f"npm could not install {PACKAGE} {pinned_version()}: {_reason(done.stderr)}")
        try:
            making.rename(place)
        except OSError:
            if installed(place) is None:  # else somebody else was quicker
                raise DestinationsError(f"{place} could not be put in place") from None
    finally:
        shutil.rmtree(making, ignore_errors=True)


def _reason(told: str) -> str:
    """Return what npm says is wrong, without its prefixes and its log file."""
    lines = [re.sub(r"^npm (error|ERR!) ?", "", line).strip() for line in told.splitlines()]
    said = [line for line in lines if line and not line.startswith(("code ", "A complete log", "errno ", "syscall "))]
    if any(code in told for code in ("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ETIMEDOUT", "ENETUNREACH")):
        return "the registry cannot be reached (no network, or a proxy that npm does not know)"
    return said[0] if said else "it did not say why"


def _node() -> str:
    """Return the Node found; raise `NotInstalled` when there is none or it is too old."""
    node = shutil.which("node")
    needed = ".".join(map(str, OLDEST_NODE))
    if node is None:
        raise NotInstalled(f"Node was not found: the destinations' own code needs Node {needed} or newer")
    version = _version_of(node)
    found = re.match(r"v(\d+)\.(\d+)", version)
    if found is None or (int(found[1]), int(found[2])) < OLDEST_NODE:
        raise NotInstalled(f"{node} is Node {version or 'of no known version'}; {needed} or newer is needed")
    return node


@cache
def _version_of(node: str) -> str:
    try:
        done = subprocess.run([node, "--version"], capture_output=True, text=True, check=False, timeout=30)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip()
