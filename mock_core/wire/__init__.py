"""The wire: calls brought to a fake and replies carried back, over a socket or in process, as a reply asks for."""

from __future__ import annotations

from mock_core.wire.gateway import Application, Environ, StartResponse, read_call, send, to_response
from mock_core.wire.inprocess import InProcessAdapter
from mock_core.wire.server import Server
from mock_core.wire.tls import LOOPBACK_NAMES, tls_adapter

__all__ = [
    "LOOPBACK_NAMES",
    "Application",
    "Environ",
    "InProcessAdapter",
    "Server",
    "StartResponse",
    "read_call",
    "send",
    "tls_adapter",
    "to_response",
]
