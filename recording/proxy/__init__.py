"""The recording proxy: calls go on to the real services and their answers back, and what went over the wire is kept."""

from __future__ import annotations

from recording.proxy.recorder import Recorder, Upstreams, finish
from recording.proxy.spool import Spool, unfinished

__all__ = ["Recorder", "Spool", "Upstreams", "finish", "unfinished"]
