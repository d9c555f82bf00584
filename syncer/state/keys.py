"""Where write keys are read from: the environment, or a file that only its owner can read. Never from the ledger."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Mapping
from pathlib import Path

from syncer.errors import WrongCall
from syncer.secret import Secret


def read_key(key_from: str, environ: Mapping[str, str]) -> Secret:
    """Return the key at `env:NAME` or `file:PATH`; raise `WrongCall` when it is not there or open to others."""
    kind, _, place = key_from.partition(":")
    if kind == "env":
        value = environ.get(place, "")
        if not value:
            raise WrongCall(f"the environment variable {place} holds no write key; set it")
        return Secret(value)
    return Secret(_in_file(Path(place)))


def keep_key(key: str, file: Path) -> str:
    """Write a key to a file that only its owner can read, and return where it is in the form of `read_key`."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        os.fchmod(descriptor, 0o600)
        out.write(key)
    return f"file:{file.resolve()}"


def kept_key(state: Path, name: str) -> Path:
    """Return the file in a state folder that holds the key of a target, if it was handed over."""
    return state / "keys" / hashlib.blake2b(name.encode(), digest_size=8).hexdigest()


def _in_file(file: Path) -> str:
    try:
        mode = file.stat().st_mode
        key = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise WrongCall(f"the key file {file} cannot be read: {error}") from error
    if stat.S_IMODE(mode) & 0o077:
        raise WrongCall(f"others than its owner can read the key file {file}; run: chmod 600 {file}")
    if not key:
        raise WrongCall(f"the key file {file} is empty; write the write key into it")
    return key
