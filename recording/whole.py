"""A folder that appears whole or not at all, whatever ends the writing of it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from recording.errors import OutputRefused


@contextmanager
def whole(folder: Path) -> Iterator[Path]:
    """Give a folder to write in, which becomes `folder` when the block ends without an error."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise OutputRefused(f"{folder} is there already; name a folder that is not, or an empty one.")
    try:
        beside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.resolve().parent))
    except OSError as error:
        raise OutputRefused(f"{folder} cannot be made: {error.strerror or error}.") from error
    try:
        yield beside
        beside.chmod(0o755)
        beside.replace(folder.resolve())
    except OSError as error:
        raise OutputRefused(f"{folder} cannot be written: {error.strerror or error}.") from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)
