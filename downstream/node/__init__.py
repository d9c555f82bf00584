"""Segment's own code of its destinations, run in a Node process: installed, started, spoken to in lines of JSON."""

from downstream.node.errors import DestinationsError, NotInstalled, UnknownDestination
from downstream.node.installation import Installation, data_folder, install, installed, pinned_version, require
from downstream.node.process import Answer, NodeProcess
from downstream.node.sending import NodeDestination, added, automatic, with_sync_mode
from downstream.node.settings import default_settings, dummy_value, read_settings
from downstream.node.vendor import plausible

__all__ = [
    "Answer",
    "DestinationsError",
    "Installation",
    "NodeDestination",
    "NodeProcess",
    "NotInstalled",
    "UnknownDestination",
    "added",
    "automatic",
    "data_folder",
    "default_settings",
    "dummy_value",
    "install",
    "installed",
    "pinned_version",
    "plausible",
    "read_settings",
    "require",
    "with_sync_mode",
]
