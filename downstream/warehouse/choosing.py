"""Which database a word such as `duckdb:lab.duckdb` means."""

from __future__ import annotations

from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from contracts.foreign import quoted
from downstream.warehouse.duckdb_target import MEMORY, DuckDBTarget
from downstream.warehouse.errors import WarehouseTrouble
from downstream.warehouse.target import Target

IN_MEMORY: Final = f"duckdb:{MEMORY}"


def target_of(into: str, workspace: str | None = None) -> Target:
    """Return the database of `duckdb:FILE`, `duckdb::memory:` or `postgresql://...`; raise `WarehouseTrouble` for
    anything else.

    A workspace has a file of its own, as its journal has: `lab.ci-7.duckdb` of `lab.duckdb`.
    """
    scheme, colon, rest = into.partition(":")
    if scheme == "duckdb" and colon and rest:
        if rest == MEMORY:
            return DuckDBTarget(MEMORY)
        path = Path(rest)
        return DuckDBTarget(str(path if workspace is None else path.with_name(f"{path.stem}.{workspace}{path.suffix}")))
    if scheme in {"postgresql", "postgres"} and rest.startswith("//"):
        from downstream.warehouse.postgres_target import PostgresTarget  # noqa: PLC0415 - most never need it

        return PostgresTarget(into)
    raise WarehouseTrouble(
        f"{quoted(_without_secret(into), 80)} is no warehouse, expected duckdb:FILE or postgresql://USER@HOST/DATABASE."
    )


def _without_secret(into: str) -> str:
    try:
        secret = urlsplit(into).password
    except ValueError:
        return into.partition(":")[0]
    return into.replace(secret, "...") if secret else into
