"""TLS with a certificate made at start: some SDKs speak nothing else (Ruby, PHP; segment facts 3.1 [sdk]).

The certificate is signed by an authority made for this run; its public part is written where the client
can be told to trust it (SSL_CERT_FILE, REQUESTS_CA_BUNDLE, NODE_EXTRA_CA_CERTS).
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from contracts.extras import lacking
from mock_core.errors import BadControl

LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")


def tls_adapter(ca_file: Path | None = None, names: Sequence[str] = LOOPBACK_NAMES) -> Any:
    """Return what `Server(ssl_adapter=...)` takes, for hosts of these names; write the authority to `ca_file`."""
    told = lacking("trustme", "TLS")
    if told:
        raise BadControl(told)
    import trustme  # noqa: PLC0415 - slow to import, and only TLS needs it
    from cheroot.ssl.builtin import BuiltinSSLAdapter  # noqa: PLC0415

    class Adapter(BuiltinSSLAdapter):
        """Cheroot's, but hands are shaken later: its way, one silent client keeps all others from being accepted."""

        def wrap(self, sock: Any) -> tuple[Any, dict[str, Any]]:
            return self.context.wrap_socket(sock, do_handshake_on_connect=False, server_side=True), {}

    authority = trustme.CA()
    try:
        certificate = authority.issue_cert(*dict.fromkeys(names))
    except (ValueError, UnicodeError) as error:
        raise BadControl(f"A certificate cannot name one of {', '.join(names)}: {error}.") from error
    with tempfile.TemporaryDirectory() as folder:
        chain = Path(folder, "chain.pem")
        certificate.private_key_and_cert_chain_pem.write_to_path(chain)
        adapter = Adapter(str(chain), str(chain))
    if ca_file is not None:
        authority.cert_pem.write_to_path(ca_file)
    return adapter
