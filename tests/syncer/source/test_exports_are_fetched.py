"""How an export is asked for, waited for and fetched, and everything that goes wrong on the way."""

from __future__ import annotations

import gzip
import zlib
from collections import deque

import pytest

from syncer import CohortUnavailable, CredentialsRefused, DeliveryStopped, ExportFailed, MalformedExport
from syncer.wire import CutShort, inflate
from tests.syncer.conftest import COHORT, Answer, Bench, answer


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


REDIRECT = b"<html><h1>301 Moved Permanently</h1></html>"


@pytest.mark.parametrize("body", [b"", REDIRECT])
@pytest.mark.parametrize("word", ["cohorts", "request", "status"])
def test_a_redirect_of_a_call_is_told_at_once(quick: Bench, word: str, body: bytes) -> None:
    """Whoever sends a call elsewhere, with a page or without, is not asked again: the address is told."""
    moved = Answer(301, body, {"Location": "https://elsewhere.test/api?key=s3cr3t", "Content-Length": str(len(body))})
    quick.amplitude.script[word] = deque([moved] * 9)

    with pytest.raises(ExportFailed, match=r"answered 301 .*elsewhere\.test/api\); check the base URL") as error:
        quick.run("ann")

    assert quick.clock.waits == []
    assert "s3cr3t" not in str(error.value)


@pytest.mark.parametrize("body", [b"", REDIRECT])
def test_a_redirect_of_an_upload_is_told_at_once(quick: Bench, body: bytes) -> None:
    """Segment's address that moved is not a reply that broke off: the run stops and says where it was sent."""
    headers = {"Location": "https://segment.test:8443/v1/batch", "Content-Length": str(len(body))}
    quick.segment.script.extend([Answer(301, body, headers)] * 9)

    with pytest.raises(DeliveryStopped, match=r"Segment answered 301 and sends on to https://segment\.test:8443"):
        quick.run("ann")

    assert len(quick.segment.requests) == 1


@pytest.mark.parametrize(
    "location",
    [
        *("http://[", "http://[::1", "http://bucket.test:99999/", "http://bucket.test:abc/", "ftp://bucket.test/x"),
        *("file:///x", "data:text/csv,user_id", "http://", "http:///x", "http://..../", f"http://{'a' * 70}.test/", ""),
    ],
)
def test_a_redirect_that_leads_nowhere_is_told_at_once(quick: Bench, location: str) -> None:
    """No try is made at what no request can go to, and the run fails in words."""
    quick.amplitude.script["file"] = deque([Answer(302, b"", {"Location": location})] * 9)

    with pytest.raises(ExportFailed, match=r"answered 302 (and sends on to|without saying where).*run the sync again"):
        quick.run("ann")

    assert quick.clock.waits == []


@pytest.mark.parametrize(
    "location",
    [
        *("https://bucket.test/signed", "//bucket.test/signed", "https://me:password@bucket.test/signed#part"),
        *("HTTPS://BUCKET.test/signed?x=\u00c3\u00a9", "/signed", "https://bucket.test/a/../signed"),
    ],
)
def test_a_redirect_may_be_written_in_many_ways(quick: Bench, location: str) -> None:
    """Relative or not, with a user, a fragment or letters of any script: the file is fetched, and without our keys."""
    quick.amplitude.script["file"] = deque([Answer(302, REDIRECT, {"Location": location})])

    quick.run("ann")

    fetched = quick.amplitude.requests[-1]
    assert quick.segment.told() == {"ann"}
    assert "signed" in (fetched.url or "")
    assert "Authorization" not in fetched.headers


def test_an_export_without_end_is_ended(bench: Bench) -> None:
    """What inflates to more than export_bytes is refused on the way, once, with the setting that would allow it."""
    bench.amplitude.csv = b'"user_id"\n' + b'"ann"\n' * 100_000

    with pytest.raises(ExportFailed, match="longer than the 300,000 bytes that export_bytes allows"):
        bench.again(export_bytes=300_000)

    assert bench.clock.waits == []
    assert bench.again(export_bytes=0).members == 100_000


def test_a_reply_that_inflates_without_end_is_not_read_to_it(quick: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reply that is read as a whole has a length at which that ends."""
    monkeypatch.setattr("syncer.wire.http.LARGEST_REPLY", 1 << 20)
    bomb = gzip.compress(b'{"cohorts": "' + bytes(3 << 20) + b'"}')
    quick.amplitude.script["cohorts"] = deque([Answer(200, bomb, {"Content-Encoding": "gzip"})] * 9)

    with pytest.raises(ExportFailed, match="longer than 1 MB"):
        quick.run("ann")


def plain(*user_ids: str) -> Answer:
    """A file in a reply that does not say where it ends."""
    return Answer(200, "".join(f'"{user_id}"\n' for user_id in ("user_id", *user_ids)).encode())


def test_a_file_without_an_end_is_held_against_the_size_of_the_cohort(bench: Bench) -> None:
    """Cut at a line's end, nothing but Amplitude's list can tell: it is asked, and nobody is told that they left."""
    bench.run("ann", "bob", "cleo")
    bench.amplitude.sizes = {COHORT: 3}
    bench.amplitude.script["file"] = deque([plain("ann"), plain("ann", "bob", "dan")])

    with pytest.raises(ExportFailed, match="ends after 1 rows, nothing said how long it is, and Amplitude lists 3"):
        bench.again()
    report = bench.again()

    assert bench.segment.told() == {"ann", "bob", "dan"}
    assert (report.status, report.reason) == ("succeeded", "")


def test_what_nobody_can_know_of_a_file_is_in_the_report(bench: Bench) -> None:
    """Without an end and without a size, the run goes on and says that the file may have been cut."""
    bench.amplitude.script["file"] = deque([plain("ann", "bob")])

    report = bench.again()

    assert report.is_complete
    assert (
        report.reason
        == "nothing said how long the export is, nor how many members the cohort has, so it may have been cut"
    )
    assert bench.state.ledger.runs()[0].reason == report.reason
