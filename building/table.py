"""`python -m building.table FOLDER`: measures every destination of an installation, and writes the table that ships."""

from __future__ import annotations

import sys
from pathlib import Path

from downstream import table
from downstream.measuring import measured_table
from downstream.node import NodeProcess, require
from downstream.table import written

FILE = Path(table.__file__).with_name("table.json")


def main(folder: str) -> None:
    """Measure what is installed in a folder, and write its rows."""
    with NodeProcess(require(Path(folder))) as process:
        FILE.write_text(written(process.installation.version, measured_table(process)), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
