"""The wire: calls brought to a fake and replies carried back over sockets, late, cut or reset as a reply asks for."""

from __future__ import annotations

from mock_core.wire.asking import Answered, ask
from mock_core.wire.gateway import WIRE_KEY, Application, Environ, StartResponse, read_call, send, to_response
from mock_core.wire.negotiation import takes_gzip
from mock_core.wire.server import EVERY_ADDRESS, Server, base_url
from mock_core.wire.tls import LOOPBACK_NAMES, tls_adapter
from mock_core.wire.tunnel import Tunnel

__all__ = [
    "EVERY_ADDRESS",
    "LOOPBACK_NAMES",
    "WIRE_KEY",
    "Answered",
    "Application",
    "Environ",
    "Server",
    "StartResponse",
    "Tunnel",
    "ask",
    "base_url",
    "read_call",
    "send",
    "takes_gzip",
    "tls_adapter",
    "to_response",
]
