"""The key of the pseudonyms: random and thrown away, or kept in a file, so that the same people get the same ones."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Final

from recording.errors import BadKey

_BYTES: Final = 32


def read_key(file: Path | None) -> bytes:
    """Return the key in a file, made there when there is none, readable by its owner only; without a file a random one.

    Raises `BadKey` for a file that is too short to be one, or that cannot be read or written.
    """
    if file is None:
        return secrets.token_bytes(_BYTES)
    try:
        if not file.exists():
            made = secrets.token_hex(_BYTES)
            with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
                stream.write(made + "\n")
            return made.encode()
        key = file.read_bytes().strip()
    except OSError as error:
        raise BadKey(f"the key {file} cannot be read or made: {error.strerror or error}.") from error
    if len(key) < _BYTES // 2:
        raise BadKey(
            f"the key {file} has {len(key)} bytes, expected 16 or more; name a file that is not there to make one."
        )
    return key
