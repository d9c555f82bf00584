"""Why a warehouse did not take a load, in words; nothing of that load is in it, and the next one goes on."""

from __future__ import annotations

from mock_core.errors import LabError


class WarehouseTrouble(LabError):
    """The database, or what is in it, does not let a load be: mend what the message names, then load again."""

    exit_status = 2
    http_status = 503


class BadQuery(WarehouseTrouble):
    """The SQL asked for is wrong: change it."""

    http_status = 400
