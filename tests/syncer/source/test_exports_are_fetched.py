"""How an export is asked for, waited for and fetched, and everything that goes wrong on the way."""

from __future__ import annotations

import gzip
import zlib
from collections import deque

import pytest

from syncer import CohortUnavailable, CredentialsRefused, ExportFailed, MalformedExport
from syncer.source.inflate import CutShort, inflate
from tests.syncer.conftest import Answer, Bench, answer


@pytest.mark.parametrize("encoding", ["gzip", "gzip without header", "identity"])
@pytest.mark.parametrize("is_signed", [False, True])
def test_the_file_is_read_however_it_comes(bench: Bench, encoding: str, is_signed: bool) -> None:
    """Inline or behind a signed address, compressed or not, with the header or without: it is the same export."""
    bench.amplitude.encoding = encoding
    bench.amplitude.is_signed = is_signed

    bench.run("ann", "bob")

    assert bench.segment.told() == {"ann", "bob"}


def test_the_keys_go_to_amplitude_only(quick: Bench) -> None:
    """The signed address gets neither the Authorization header nor a cookie."""
    quick.amplitude.is_signed = True

    quick.run("ann")

    for request in quick.amplitude.requests:
        is_ours = (request.url or "").startswith("https://amplitude.test/")
        assert ("Authorization" in request.headers) is is_ours
        assert "Cookie" not in request.headers


def test_a_netrc_file_leaks_nothing(quick: Bench, tmp_path, monkeypatch) -> None:
    """A password for the bucket's host in a netrc file is not sent, nor does one replace the keys."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine bucket.test login me password p\nmachine amplitude.test login me password p\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    quick.amplitude.is_signed = True

    quick.run("ann")

    assert quick.segment.told() == {"ann"}
    assert all("Authorization" not in r.headers for r in quick.amplitude.requests if "bucket" in (r.url or ""))


def test_an_expired_signed_address_is_renewed(quick: Bench) -> None:
    """A 403 from the signed address is no wrong key: the file endpoint is asked for a fresh one."""
    quick.amplitude.is_signed = True
    expired = b"<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>"
    quick.amplitude.script["signed"] = deque([Answer(403, expired)])

    quick.run("ann")

    paths = [request.path_url.split("?")[0].rsplit("/", 1)[1] for request in quick.amplitude.requests]
    assert paths[-4:] == ["file", "signed", "file", "signed"]
    assert quick.segment.told() == {"ann"}


def whole(text: str = '"amplitude_id","user_id"\n"1","ann"\n"2","bob"\n') -> bytes:
    return gzip.compress(text.encode(), mtime=0)


@pytest.mark.parametrize(
    "broken",
    [
        Answer(200, whole()[:-9], {"Content-Length": str(len(whole()))}),
        Answer(200, whole()[:-9], {"Content-Encoding": "gzip"}),
        Answer(200, whole()[:-4]),
        Answer(200, whole()[:20] + b"\xff\xff" + whole()[22:]),
        Answer(200, b'"amplitude_id","user_id"\n"1","ann"\n"2",'),
        Answer(is_lost=True),
        Answer(502, b"<html>Bad gateway</html>"),
    ],
)
def test_a_file_cut_short_is_fetched_again(bench: Bench, broken: Answer) -> None:
    """A body shorter than announced, a gzip stream without its end, a hang-up: the next try gets the whole file."""
    bench.amplitude.script["file"] = deque([broken])

    bench.run("ann", "bob")

    assert bench.segment.told() == {"ann", "bob"}
    assert bench.clock.waits == [1.0]


def test_a_file_that_is_always_cut_short_fails_the_run(bench: Bench) -> None:
    """When no try gets the whole file the run fails, nothing is sent, and the snapshot stays."""
    bench.run("ann", "bob")
    bench.amplitude.script["file"] = deque([Answer(200, whole()[:-9])] * 9)

    with pytest.raises(ExportFailed, match=r"gzip stream ends before its trailer.*run the sync again"):
        bench.again()

    assert bench.segment.told() == {"ann", "bob"}
    assert bench.again().calls == 0


def test_a_malformed_export_changes_nothing(bench: Bench) -> None:
    """An export that is not CSV is refused as a whole; who was in the snapshot is not told to have left."""
    bench.run("ann", "bob")
    bench.amplitude.csv = b'"amplitude_id","user_id"\n"1","ann"\n"2","b"ob"\n'

    with pytest.raises(MalformedExport, match="line 3"):
        bench.again()

    bench.amplitude.csv = None
    assert bench.again().calls == 0
    assert [run.phase for run in bench.state.ledger.runs()] == ["finished", "failed", "finished"]


def test_waiting_for_the_job_takes_its_time(quick: Bench) -> None:
    """The first look is at once, the next ones ever further apart up to the interval."""
    quick.amplitude.polls_needed = 12

    quick.run("ann")

    assert quick.clock.waits[:4] == [0.25, 0.375, 0.5625, 0.84375]
    assert max(quick.clock.waits) == quick.clock.waits[-1] == 5.0


def test_a_job_that_never_ends_is_given_up(quick: Bench) -> None:
    """After the budget the run fails, and the next one asks for another export."""
    quick.amplitude.polls_needed = 10**9

    with pytest.raises(ExportFailed, match=r"still 'JOB INPROGRESS' after .* poll_budget"):
        quick.run("ann", poll_budget=60)

    quick.amplitude.polls_needed = 1
    quick.again()
    assert quick.amplitude.exports == 2


def test_a_job_that_failed_fails_the_run(quick: Bench) -> None:
    """A job that says it failed is not waited for."""
    quick.amplitude.script["status"] = deque([answer(200, {"async_status": "JOB FAILED"})])

    with pytest.raises(ExportFailed, match="ended as 'JOB FAILED'"):
        quick.run("ann")


def test_a_redirect_loop_ends(quick: Bench) -> None:
    """Redirects are followed only so far."""
    loop = Answer(302, headers={"Location": "https://bucket.test/signed"})
    quick.amplitude.is_signed = True
    quick.amplitude.script["signed"] = deque([loop] * 100)

    with pytest.raises(ExportFailed, match="redirect loop"):
        quick.run("ann")


@pytest.mark.parametrize("broken", [Answer(200, b"<html>"), Answer(200, b"[]"), Answer(500), Answer(is_lost=True)])
@pytest.mark.parametrize("word", ["cohorts", "request", "status"])
def test_every_call_to_amplitude_is_tried_again(quick: Bench, word: str, broken: Answer) -> None:
    """A lost reply, server trouble, and a 200 that is not JSON are tried again."""
    quick.amplitude.script[word] = deque([broken])

    quick.run("ann")

    assert quick.segment.told() == {"ann"}


def test_a_list_without_cohorts_is_refused(quick: Bench) -> None:
    """A JSON object that is no list of cohorts fails the run with what is missing."""
    quick.amplitude.script["cohorts"] = deque([answer(200, {"error": None})])

    with pytest.raises(ExportFailed, match="'cohorts'"):
        quick.run("ann")


def test_a_cohort_that_is_not_listed_costs_no_export(quick: Bench) -> None:
    """An unknown id is found out from the list, which costs nothing, and is the caller's mistake."""
    quick.amplitude.names = {"other": "Other"}

    with pytest.raises(CohortUnavailable, match="lists no cohort abc123") as error:
        quick.run("ann")

    assert error.value.exit_status == 2
    assert quick.amplitude.exports == 0


def test_an_export_that_expired_is_not_waited_for(quick: Bench) -> None:
    """A 404 for the file ends the run; the next one asks for another export."""
    quick.amplitude.script["file"] = deque([answer(404, {"error": {"http_code": 404}})])

    with pytest.raises(CohortUnavailable, match="does not exist"):
        quick.run("ann")

    assert quick.again().is_complete


def test_a_missing_secret_is_not_retried(quick: Bench) -> None:
    """A 401 is final."""
    quick.amplitude.script["cohorts"] = deque([answer(401, {"error": {"message": "no"}})])

    with pytest.raises(CredentialsRefused):
        quick.run("ann")

    assert len(quick.amplitude.requests) == 1


@pytest.mark.parametrize("size", [1, 2, 3, 1000])
def test_gzip_is_inflated_in_any_pieces(size: int) -> None:
    """However the bytes are cut, whether they are one gzip file or two behind each other, all of them come out."""
    data = gzip.compress(b"one " * 500) + gzip.compress(b"two") + b"\0\0"
    pieces = [data[n : n + size] for n in range(0, len(data), size)]

    assert b"".join(inflate(pieces)) == b"one " * 500 + b"two"


def test_what_is_not_gzip_passes_as_it_is() -> None:
    """Plain bytes come out unchanged, none and few of them included."""
    for pieces in ([], [b""], [b"a"], [b"", b"\x1f", b"a"], [b"ab", b"c"]):
        assert b"".join(inflate(pieces)) == b"".join(pieces)


def test_a_bomb_is_inflated_piece_by_piece() -> None:
    """A megabyte that inflates to a gigabyte comes out in pieces of a bounded size."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = b"".join(packer.compress(bytes(1 << 20)) for _ in range(64)) + packer.flush()

    assert max(len(piece) for piece in inflate([bomb])) <= 1 << 20


def test_every_cut_of_a_gzip_file_is_noticed() -> None:
    """Wherever the file is cut, the reader knows."""
    data = gzip.compress(b"user" * 100)

    for length in range(2, len(data)):
        with pytest.raises(CutShort):
            list(inflate([data[:length]]))
