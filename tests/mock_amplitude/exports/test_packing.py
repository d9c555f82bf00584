"""Exports are one gzip member with the same bytes each time, whichever library packs them."""

from __future__ import annotations

import gzip
import sys
import zlib

import pytest

from mock_amplitude.exports import gzipped

CHUNKS = [b'"amplitude_id","user_id"\n', *(b'"%d","user-%d"\n' % (number, number) * 500 for number in range(60)), b""]


@pytest.mark.parametrize("is_installed", [True, False])
def test_what_is_packed_is_what_was_written(is_installed: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the faster library and without it; nothing follows the one member."""
    if not is_installed:
        monkeypatch.setitem(sys.modules, "isal", None)
    packed = b"".join(gzipped(CHUNKS))
    unpacker = zlib.decompressobj(wbits=31)

    assert unpacker.decompress(packed) == b"".join(CHUNKS)
    assert unpacker.eof
    assert not unpacker.unused_data
    assert packed[4:8] == bytes(4)  # no moment in the header
    assert packed == b"".join(gzipped(CHUNKS))


def test_nothing_is_packed_as_an_empty_file() -> None:
    """A reader gets a whole gzip file in any case."""
    assert gzip.decompress(b"".join(gzipped([]))) == b""
