"""The CSV to the byte, gzip, and the signed address on another origin (amplitude facts 1.2 E)."""

from __future__ import annotations

import csv
import gzip
import io
import shutil
import subprocess
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest
import requests

from scenarios.lab import API_KEY, SECRET_KEY, Lab

if TYPE_CHECKING:
    from tests.mock_amplitude.conftest import Desk

ODD = ["0042", "Ann", "ann", 'crm:"Duncan, Wilson"', "two\nlines", "田中", "=1+1", "null", "1e5", "<b>", "a,b", " pad "]


def raw(answer: requests.Response) -> bytes:
    """Return the bytes as they travelled."""
    data: bytes = answer.raw.read(decode_content=False)
    return data


def file_of(desk: Desk, cohort_id: str, **params: object) -> str:
    """Ask for an export and return the path of its file."""
    request_id = desk.request(cohort_id, **params)
    desk.clock.advance(2)
    return f"/api/5/cohorts/request/{request_id}/file"


def signed(desk: Desk) -> str:
    """Return the signed address of a cohort too large to be answered inline."""
    desk.amplitude.configure(inline_rows=0)
    desk.amplitude.create_cohort("C", cohort_id="c", members=["u1"])
    answer = desk.get(file_of(desk, "c"), allow_redirects=False)
    assert answer.status_code == 302
    return answer.headers["Location"]


def test_every_field_is_quoted_and_lines_end_in_lf(desk: Desk):
    """The example of the fact sheet, to the byte."""
    rows: list[tuple[int, str | None]] = [(1610450763183, "user-001"), (1610454757554, None)]
    desk.amplitude.create_cohort("C", cohort_id="c", members=rows)
    desk.amplitude.put_properties(1610450763183, {"plan": "pro"})
    desk.amplitude.put_properties(1610454757554, {"plan": ""})

    answer = desk.download("c", props=1, propKeys="plan")

    assert answer.content == (
        b'"amplitude_id","user_id","plan"\n"1610450763183","user-001","pro"\n"1610454757554","",""\n'
    )


def test_no_id_changes_on_its_way(desk: Desk):
    """Leading zeros, case, quotes, commas, line breaks, formulas, non-Latin: a CSV reader gives them all back."""
    desk.amplitude.create_cohort("C", cohort_id="c", members=ODD)

    text = desk.download("c").content.decode()

    assert [row["user_id"] for row in csv.DictReader(io.StringIO(text, newline=""))] == ODD


def test_an_empty_cohort_is_a_header(desk: Desk):
    """No members, still a file."""
    desk.amplitude.create_cohort("C", cohort_id="c")

    assert desk.download("c").content == b'"amplitude_id","user_id"\n'


def test_lines_may_end_in_crlf(desk: Desk):
    """Parsers accept both; which is real is not known."""
    desk.amplitude.configure(csv_newline="crlf")
    desk.amplitude.create_cohort("C", cohort_id="c", members=[(1, "a")])

    assert desk.download("c").content == b'"amplitude_id","user_id"\r\n"1","a"\r\n'


def test_ids_may_carry_quotes_of_their_own(desk: Desk):
    """The mode that made one pipeline strip stray quotes."""
    desk.amplitude.configure(csv_ids="doubly-quoted")
    desk.amplitude.create_cohort("C", cohort_id="c", members=[(1, "a"), (2, None)])

    assert desk.download("c").content == b'"amplitude_id","user_id"\n"1","""a"""\n"2",""\n'


@pytest.mark.parametrize(
    ("mode", "encoding", "is_gzip"), [("header", "gzip", True), ("no-header", None, True), ("off", None, False)]
)
@pytest.mark.parametrize("inline_rows", [0, 10])
def test_gzip_with_header_without_and_not_at_all(
    desk: Desk, mode: str, encoding: str | None, is_gzip: bool, inline_rows: int
):
    """Inline and stored files alike; without the header a client sees the raw 1f8b bytes."""
    desk.amplitude.configure(gzip=mode, inline_rows=inline_rows)
    desk.amplitude.create_cohort("C", cohort_id="c", members=[(1, "a")])

    answer = desk.get(file_of(desk, "c"), stream=True)
    data = raw(answer)

    assert answer.headers.get("Content-Encoding") == encoding
    assert (gzip.decompress(data) if is_gzip else data) == b'"amplitude_id","user_id"\n"1","a"\n'


@pytest.mark.parametrize("mode", ["header", "no-header", "off"])
@pytest.mark.parametrize("inline_rows", [0, 10_000])
def test_a_file_says_how_long_it_is(desk: Desk, mode: str, inline_rows: int):
    """As stored files do, whether a few rows or more than are held in memory, so that a cut is seen."""
    desk.amplitude.configure(gzip=mode, inline_rows=inline_rows)
    desk.amplitude.create_cohort("C", cohort_id="c", members=[(1, "a")])
    desk.amplitude.populate("c", 9_000)

    answer = desk.get(file_of(desk, "c"), stream=True)

    assert answer.headers["Content-Length"] == str(len(raw(answer)))
    assert "Transfer-Encoding" not in answer.headers


@pytest.mark.parametrize("inline_rows", [0, 10])
def test_a_cut_file_is_promised_longer_than_it_comes(desk: Desk, inline_rows: int):
    """The fault cuts the file, not the promise; without one, when asked for, nothing tells that it was cut."""
    desk.amplitude.configure(gzip="off", inline_rows=inline_rows)
    desk.amplitude.create_cohort("C", cohort_id="c", members=["a", "b", "c"])
    path = file_of(desk, "c")
    kinds = ("/api/5/cohorts/request/<request_id>/file", "/cohort-exports/<project_id>/<name>")
    cut = {"fault": "truncated-body", "after": 30, "match": {"route": kinds[inline_rows == 0]}}

    desk.amplitude.workspace.arm(cut)
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        desk.get(path)
    desk.amplitude.configure(file_framing="chunked")
    desk.amplitude.workspace.arm(cut)
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        desk.get(path)
    desk.amplitude.configure(file_framing="close")
    desk.amplitude.workspace.arm(cut)

    assert len(desk.get(path).content) == 30


@pytest.mark.parametrize(
    ("asked", "is_gzip"),
    [
        *(("gzip", True), ("gzip, deflate", True), ("*", True), ("identity", False), ("gzip;q=0", False)),
        *(("*;q=0", False), ("", False), ("br", False), (None, False)),
    ],
)
def test_an_inline_file_comes_in_a_coding_that_was_asked_for(desk: Desk, asked: str | None, is_gzip: bool):
    """A client that takes no gzip gets none (RFC 9110 12.5.3); what was said is named to caches."""
    desk.amplitude.create_cohort("C", cohort_id="c", members=[(1, "a")])

    answer = desk.get(file_of(desk, "c"), headers={"Accept-Encoding": asked}, stream=True)
    data = raw(answer)

    assert answer.headers.get("Content-Encoding") == ("gzip" if is_gzip else None)
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert (gzip.decompress(data) if is_gzip else data) == b'"amplitude_id","user_id"\n"1","a"\n'


def test_which_coding_is_a_guess_where_nobody_knows(desk: Desk):
    """Without the header a server may choose; a stored file is sent as it lies there, unless it is negotiated."""
    desk.amplitude.configure(gzip_unasked=True)
    desk.amplitude.create_cohort("C", cohort_id="c", members=[(1, "a")])
    plain = {"Accept-Encoding": "identity"}

    assert desk.get(file_of(desk, "c"), headers={"Accept-Encoding": None}).headers["Content-Encoding"] == "gzip"
    desk.amplitude.configure(inline_rows=0)
    assert desk.get(file_of(desk, "c"), headers=plain).headers["Content-Encoding"] == "gzip"
    desk.amplitude.configure(stored_encoding="negotiated")
    assert "Content-Encoding" not in desk.get(file_of(desk, "c"), headers=plain).headers


FETCH = """
const [url, key] = process.argv.slice(1);
fetch(url, {headers: {Authorization: "Basic " + Buffer.from(key).toString("base64")}, redirect: "manual"})
  .then(reply => reply.status == 302 ? fetch(reply.headers.get("location")) : reply)
  .then(reply => reply.arrayBuffer())
  .then(file => console.log("whole", file.byteLength), error => console.log("broken", String(error.cause ?? error)));
"""


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no node")
@pytest.mark.parametrize("mode", ["header", "off"])
@pytest.mark.parametrize("inline_rows", [0, 10_000])
def test_nodes_own_fetch_sees_that_a_file_is_cut(mode: str, inline_rows: int):
    """It takes a cut body for whole when a close was announced, and half a gzip for a file: it goes by the length."""
    with Lab() as lab, lab.serve() as address:
        lab.amplitude.configure(job_seconds=0.0, gzip=mode, inline_rows=inline_rows)
        lab.amplitude.create_cohort("C", cohort_id="c")
        lab.amplitude.populate("c", 400)
        asked = requests.get(f"{address.amplitude}/api/5/cohorts/request/c", auth=(API_KEY, SECRET_KEY), timeout=10)
        file = f"{address.amplitude}/api/5/cohorts/request/{asked.json()['request_id']}/file"
        path = "/cohort-exports/*" if inline_rows == 0 else "/api/5/cohorts/request/<request_id>/file"

        def fetched() -> str:
            node = ["node", "-e", FETCH, file, f"{API_KEY}:{SECRET_KEY}"]
            return subprocess.run(node, capture_output=True, text=True, timeout=60, check=True).stdout

        assert fetched().startswith("whole")
        lab.amplitude.workspace.arm({"fault": "truncated-body", "after": 2_000, "match": {"route": path}})
        assert fetched().startswith("broken")


def test_an_accept_of_json_alone_is_no_reason_to_refuse(desk: Desk):
    """NAVIKT's client asks for JSON on every GET (facts 8)."""
    desk.amplitude.create_cohort("C", cohort_id="c", members=["u"])
    path = file_of(desk, "c")

    answer = desk.get(path, headers={"Accept": "application/json", "Content-Type": "application/json"})

    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/csv")


def test_props_without_keys_are_all_properties(desk: Desk):
    """Absent propKeys mean every property; lists are JSON text, what nobody told is empty."""
    desk.amplitude.create_cohort("C", cohort_id="c", members=[(1, "a"), (2, "b")])
    desk.amplitude.put_properties(1, {"beta": True, "tags": ["x", 'y"']})

    rows = list(csv.DictReader(io.StringIO(desk.download("c", props=1).text)))

    assert {"country", "plan", "beta", "tags"} <= set(rows[0])
    assert (rows[0]["beta"], rows[0]["tags"]) == ("true", '["x","y\\""]')
    assert rows[1]["beta"] == ""


def test_prop_keys_repeat_and_keep_their_order(desk: Desk):
    """One column each, once, in the order asked; without props=1 they mean nothing."""
    desk.amplitude.create_cohort("C", cohort_id="c", members=["u"])

    with_props = desk.download("c", props=1, propKeys=["plan", "nobody has this", "plan", "country"]).text
    without = desk.download("c", props=0, propKeys=["plan"]).text

    assert with_props.splitlines()[0] == '"amplitude_id","user_id","plan","nobody has this","country"'
    assert without.splitlines()[0] == '"amplitude_id","user_id"'


def test_props_is_zero_or_one(desk: Desk):
    """Anything else is a 400 and makes no job."""
    desk.amplitude.create_cohort("C", cohort_id="c")

    assert desk.get("/api/5/cohorts/request/c", params={"props": "yes"}).status_code == 400
    assert desk.amplitude.jobs() == []


def test_a_large_file_is_behind_an_address_of_another_origin(desk: Desk):
    """302 and a pre-signed address; a client that follows gets the same bytes as inline."""
    location = signed(desk)

    assert urlsplit(location).netloc == "files.amplitude.lab" != urlsplit(desk.url).netloc
    assert desk.anyone.get(location).text.endswith(',"u1"\n')


def test_rows_up_to_the_threshold_are_inline(desk: Desk):
    """Exactly as many rows as the setting says are still answered at once."""
    desk.amplitude.configure(inline_rows=2)
    desk.amplitude.create_cohort("C", cohort_id="c", members=["a", "b"])
    desk.amplitude.create_cohort("D", cohort_id="d", members=["a", "b", "c"])

    assert desk.get(file_of(desk, "c"), allow_redirects=False).status_code == 200
    assert desk.get(file_of(desk, "d"), allow_redirects=False).status_code == 302


def test_an_authorization_header_is_refused_as_s3_does(desk: Desk):
    """A client that drags its keys along a redirect is caught, unless told otherwise."""
    location = signed(desk)

    answer = desk.anyone.get(location, auth=("lab-api-key", "lab-secret-key"))
    error = ElementTree.fromstring(answer.content)

    assert answer.status_code == 400
    assert error.findtext("Code") == "InvalidArgument"
    assert error.findtext("Message", "").startswith("Only one auth mechanism allowed")
    assert error.findtext("ArgumentName") == "Authorization"
    assert "lab-secret-key" not in answer.text
    desk.amplitude.configure(signed_url_authorization="allow")
    assert desk.anyone.get(location, auth=("lab-api-key", "lab-secret-key")).status_code == 200


def test_a_signed_address_lives_for_a_minute_and_is_renewed_for_a_week(desk: Desk):
    """60 seconds, then S3's expiry XML; asking the file again gives a fresh one."""
    location = signed(desk)
    (job,) = desk.amplitude.jobs()
    path = f"/api/5/cohorts/request/{job.request_id}/file"

    desk.clock.advance(60)
    assert desk.anyone.get(location).status_code == 200
    desk.clock.advance(1)
    expired = desk.anyone.get(location)
    error = ElementTree.fromstring(expired.content)

    assert expired.status_code == 403
    assert expired.headers["Content-Type"] == "application/xml"
    assert (error.findtext("Code"), error.findtext("Message")) == ("AccessDenied", "Request has expired")
    assert error.findtext("X-Amz-Expires") == "60"
    assert error.findtext("ServerTime") == "2026-01-05T09:01:03Z"
    fresh = desk.get(path, allow_redirects=False).headers["Location"]
    assert fresh != location
    assert desk.anyone.get(fresh).status_code == 200


def test_a_stale_link_has_expired_when_it_is_handed_out(desk: Desk):
    """The fault for clients that fetch lazily."""
    location = signed(desk)
    desk.amplitude.workspace.arm({"fault": "stale-link"})
    (job,) = desk.amplitude.jobs()

    stale = desk.get(f"/api/5/cohorts/request/{job.request_id}/file", allow_redirects=False).headers["Location"]

    assert desk.anyone.get(stale).status_code == 403
    assert desk.anyone.get(location).status_code == 200


@pytest.mark.parametrize(
    ("spoil", "status", "code"),
    [
        (lambda url: url.replace("X-Amz-Expires=60", "X-Amz-Expires=6000"), 403, "SignatureDoesNotMatch"),
        (lambda url: url.replace("/100001/", "/100002/"), 403, "SignatureDoesNotMatch"),
        (lambda url: url[:-4] + "zzzz", 403, "SignatureDoesNotMatch"),
        (lambda url: url.split("?")[0], 403, "AccessDenied"),
        (lambda url: url.replace("X-Amz-Date=", "X-Amz-Dote="), 403, "SignatureDoesNotMatch"),
    ],
)
def test_an_address_that_was_touched_is_worth_nothing(desk: Desk, spoil, status: int, code: str):
    """The signature covers path, date and lifetime."""
    answer = desk.anyone.get(spoil(signed(desk)))

    assert answer.status_code == status
    assert ElementTree.fromstring(answer.content).findtext("Code") == code


def test_a_stored_file_goes_with_its_request(desk: Desk):
    """After seven days the address may still be signed, but the file is gone."""
    desk.amplitude.configure(signed_url_seconds=30 * 86_400)
    location = signed(desk)
    desk.clock.advance(8 * 86_400)

    answer = desk.anyone.get(location)

    assert (answer.status_code, ElementTree.fromstring(answer.content).findtext("Code")) == (404, "NoSuchKey")


def test_a_signed_address_of_a_workspace_leads_back_to_it(desk: Desk):
    """A workspace chosen by path or header is in the address itself."""
    other = desk.fake.workspaces.get("ci-7")
    other.configure(inline_rows=0, job_seconds=0.0)
    other.create_cohort("C", cohort_id="c", members=["only-here"])
    headers = {"X-Lab-Workspace": "ci-7"}
    request_id = desk.get("/api/5/cohorts/request/c", headers=headers).json()["request_id"]

    answer = desk.session.get(f"{desk.url}/__lab/w/ci-7/api/5/cohorts/request/{request_id}/file")

    assert "only-here" in answer.text
    assert "/__lab/w/ci-7/" in answer.url
