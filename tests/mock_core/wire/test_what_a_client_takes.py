"""`Accept-Encoding` says whether a reply may be gzip (RFC 9110 12.5.3)."""

from __future__ import annotations

import pytest

from mock_core.wire import takes_gzip


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("gzip", True),
        ("x-gzip", True),
        ("GZip, deflate, br", True),
        ("br;q=1.0, gzip;q=0.8, *;q=0.1", True),
        ("*", True),
        ("identity;q=0.5, *;q=1", True),
        ("gzip;q=1.0, *;q=0", True),
        ("identity", False),
        ("", False),
        ("deflate, br", False),
        ("gzip;q=0", False),
        ("gzip;q=0.000, *", False),
        ("*;q=0", False),
        ("identity, gzip;q=0.5", False),
        ("x-gzip;q=0, br", False),
        ("gzip;q=soon", False),
    ],
)
def test_a_client_gets_gzip_when_it_takes_it(header: str, expected: bool):
    """By its name, either of them, or by the star; not at weight 0, and not when it would rather have none."""
    assert takes_gzip(header) is expected


def test_without_a_header_the_server_chooses():
    """Any coding is acceptable then."""
    assert not takes_gzip(None)
    assert takes_gzip(None, unasked=True)
