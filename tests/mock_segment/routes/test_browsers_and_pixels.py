"""Routes that browsers and e-mails use: settings, library, preflight, metrics, pixels."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
import requests

from contracts.limits import EVENT_BYTES
from mock_core import Clocks, LabClock
from mock_core.inprocess import InProcessAdapter
from mock_segment import SegmentFake, create_app

GIF = b"GIF89a"
ORIGIN = "https://shop.example"


def data_of(event: dict[str, Any], *, url_safe: bool = True, padding: bool = True) -> str:
    encode = base64.urlsafe_b64encode if url_safe else base64.b64encode
    text = encode(json.dumps(event, ensure_ascii=False).encode()).decode()
    return text if padding else text.rstrip("=")


@pytest.mark.parametrize("kind", ["identify", "track", "page", "screen", "group", "alias"])
@pytest.mark.parametrize("url_safe", [True, False])
@pytest.mark.parametrize("padding", [True, False])
def test_a_pixel_carries_an_event(wire: Any, state: Any, kind: str, url_safe: bool, padding: bool):
    """Base64 of JSON in the address; the answer is a transparent pixel."""
    event = {"writeKey": "wk", "userId": "ü?>~", "event": "Opened", "groupId": "g", "name": "n", "previousId": "p"}

    reply = wire.session.get(
        f"{wire.url}/v1/pixel/{kind}", params={"data": data_of(event, url_safe=url_safe, padding=padding)}
    )

    assert (reply.status_code, reply.headers["Content-Type"], reply.content[:6]) == (200, "image/gif", GIF)
    (seen,) = state.events()
    assert (seen.raw["type"], seen.raw["userId"], seen.verdict.verdict) == (kind, "ü?>~", "delivered")


def test_a_pixel_can_be_written_in_dots(wire: Any, state: Any):
    """Without data, dotted names build the event."""
    query = "writeKey=wk&userId=u1&event=Opened&properties.subject=Hi%20there&properties.a.b=1"

    wire.session.get(f"{wire.url}/v1/pixel/track?{query}")

    (seen,) = state.events()
    assert seen.capture.write_key == "wk"
    assert seen.raw["properties"] == {"subject": "Hi there", "a": {"b": "1"}}


@pytest.mark.parametrize(
    "query", ["", "data=!!!", "data=", "data=e30", "writeKey=", "a=1&a.b=2&a.b.c=3", "data=bm90IGpzb24"]
)
def test_a_pixel_that_says_nothing_is_still_an_image(wire: Any, state: Any, query: str):
    """Always 200; the verdict says what it was."""
    reply = wire.session.get(f"{wire.url}/v1/pixel/track?{query}")

    assert (reply.status_code, reply.content[:6]) == (200, GIF)
    assert list(state.events()) == []
    assert [row["verdict"] for row in wire.lab("verdicts").json()["verdicts"]] == ["refused"]


def test_metrics_of_the_library_are_taken(wire: Any):
    """As text/plain, and only seen among the requests."""
    body = b'{"series":[{"type":"Counter","metric":"analytics_js.invoke","value":1,"tags":{"library":"analytics.js"}}]}'

    assert wire.post("/v1/m", body, Content_Type="text/plain").content == b'{"success": true}'
    assert wire.post("/v1/m", b"{").status_code == 400
    assert wire.lab("requests/count", path="/v1/m").json() == {"count": 2}


def test_settings_keep_the_library_happy(wire: Any):
    """The source's key, and this server as its host."""
    settings = wire.session.get(f"{wire.url}/v1/projects/wk/settings").json()

    assert settings["integrations"]["Segment.io"]["apiKey"] == "wk"
    assert settings["integrations"]["Segment.io"]["apiHost"] == "127.0.0.1/v1"
    assert settings["integrations"]["Segment.io"]["protocol"] == "http"
    assert settings["plan"]["track"]["__default"] == {"enabled": True, "integrations": {}}
    assert settings["metrics"] == {"sampleRate": 0}


def test_settings_lead_back_to_their_workspace(wire: Any):
    """A page set up for one workspace uploads to it."""
    settings = wire.session.get(f"{wire.url}/__lab/w/ci-7/v1/projects/wk/settings").json()

    assert settings["integrations"]["Segment.io"]["apiHost"] == "127.0.0.1/__lab/w/ci-7/v1"


def test_settings_can_be_changed_per_source(wire: Any, state: Any):
    """A tracking plan that blocks an event, for one."""
    state.put_source("wk", cdn={"plan": {"track": {"Secret": {"enabled": False}}}, "metrics": {"sampleRate": 1}})

    settings = wire.session.get(f"{wire.url}/v1/projects/wk/settings").json()

    assert settings["plan"]["track"]["Secret"] == {"enabled": False}
    assert settings["plan"]["track"]["__default"]["enabled"] is True
    assert settings["metrics"] == {"sampleRate": 1}


def test_settings_of_the_other_region_are_found_here_too(wire: Any, state: Any):
    """There is one CDN for both regions; what is uploaded here is dropped all the same."""
    state.put_source("wk", region="eu", cdn={"metrics": {"sampleRate": 1}})
    state.put_source("off", region="eu", enabled=False)

    found, disabled = (wire.session.get(f"{wire.url}/v1/projects/{key}/settings") for key in ("wk", "off"))

    assert (found.status_code, found.json()["metrics"]) == (200, {"sampleRate": 1})
    assert disabled.status_code == 404


@pytest.mark.parametrize(("size", "events"), [(EVENT_BYTES, 1), (EVENT_BYTES + 1, 0)])
def test_a_pixels_event_has_the_limit_of_any_event(wire: Any, state: Any, size: int, events: int):
    """The image is answered either way, and the verdict says what was too large."""
    event = {"writeKey": "wk", "userId": "u", "traits": {"pad": ""}}
    event["traits"] = {"pad": "x" * (size - len(json.dumps(event, separators=(",", ":"))))}
    data = base64.urlsafe_b64encode(json.dumps(event, separators=(",", ":")).encode()).decode()

    reply = wire.session.get(f"{wire.url}/v1/pixel/identify?data={data}")

    assert (reply.status_code, reply.headers["Content-Type"]) == (200, "image/gif")
    assert len(list(state.events())) == events
    refused = [row["reason"] for row in wire.lab("verdicts").json()["verdicts"] if row["verdict"] == "refused"]
    assert refused == ["Exceed payload limit"] * (1 - events)


@pytest.mark.parametrize(("key", "code"), [("off", "source_disabled"), ("nobody", "unknown_source")])
def test_settings_of_a_wrong_key_are_404_in_words(wire: Any, state: Any, key: str, code: str):
    """The browser throws this text and sends nothing."""
    state.put_source("off", enabled=False)

    reply = wire.session.get(f"{wire.url}/v1/projects/{key}/settings")

    assert (reply.status_code, reply.headers["Content-Type"]) == (404, "application/json")
    assert code in reply.text


def test_the_library_is_served_from_a_folder(tmp_path: Path):
    """With the write key where Segment's CDN puts it, and its parts beside it."""
    (tmp_path / "standalone.js").write_text("var key = '__WRITE_KEY__'")
    (tmp_path / "tsub-middleware.bundle.abc.js").write_text("part")
    (tmp_path / "secret.txt").write_text("no")
    clock = LabClock(0.0)
    session = requests.Session()
    app = create_app(SegmentFake(clocks=Clocks(clock), bundles=tmp_path))
    session.mount("http://127.0.0.1", InProcessAdapter(app, clock))

    def get(path: str) -> tuple[int, str]:
        reply = session.get(f"http://127.0.0.1{path}")
        return reply.status_code, reply.text

    assert get("/analytics.js/v1/wk-1/analytics.min.js") == (200, "var key = 'wk-1'")
    assert get("/analytics.js/v1/wk-1/analytics.classic.js") == (200, "var key = 'wk-1'")
    assert get("/analytics-next/bundles/tsub-middleware.bundle.abc.js") == (200, "part")
    assert get("/analytics.js/v1/x'-alert(1)-'/analytics.min.js")[0] == 404
    for path in ("nothing.js", "secret.txt", "..%2F..%2Fetc%2Fpasswd", ".hidden.js"):
        assert get(f"/analytics-next/bundles/{path}")[0] == 404
    assert get("/next-integrations/integrations/x/1.0/x.dynamic.js.gz")[0] == 404


def test_without_a_folder_the_library_says_how(wire: Any):
    """One sentence instead of a script."""
    reply = wire.session.get(f"{wire.url}/analytics.js/v1/wk/analytics.min.js")

    assert reply.status_code == 404
    assert "dist/umd" in reply.text


def test_a_preflight_allows_what_the_library_sends(wire: Any):
    """Authorization, X-Retry-Count, and whatever else is asked about."""
    reply = wire.session.options(
        f"{wire.url}/v1/t",
        headers={
            "Origin": ORIGIN,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization,x-custom",
        },
    )

    assert (reply.status_code, reply.content) == (204, b"")
    assert reply.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert reply.headers["Access-Control-Allow-Credentials"] == "true"
    assert "POST" in reply.headers["Access-Control-Allow-Methods"]
    allowed = reply.headers["Access-Control-Allow-Headers"].lower()
    assert all(name in allowed for name in ("authorization", "content-type", "x-retry-count", "x-custom"))


@pytest.mark.parametrize("body", [b'{"writeKey":"wk"}', b"nonsense"])
def test_every_answer_can_be_read_by_the_page(wire: Any, body: bytes):
    """Taken or refused: the origin is echoed."""
    reply = wire.post("/v1/t", body, Origin=ORIGIN)

    assert reply.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert reply.headers["Vary"] == "Origin"


def test_a_page_can_read_when_to_come_back(wire: Any, state: Any):
    """Retry-After is exposed, or the library could not see it."""
    state.workspace.arm({"fault": "status", "status": 429, "retry_after": 3})

    reply = wire.send("/v1/t", {}, Origin=ORIGIN)

    assert reply.headers["Retry-After"] == "3"
    assert "Retry-After" in reply.headers["Access-Control-Expose-Headers"]


def test_no_page_reaches_the_control_plane(wire: Any):
    """Not by a call, not by a preflight."""
    call = wire.session.get(f"{wire.url}/__lab/events", headers={"Origin": ORIGIN})
    asked = wire.session.options(f"{wire.url}/__lab/events", headers={"Origin": ORIGIN})

    assert (call.status_code, asked.status_code) == (403, 403)
    assert "Access-Control-Allow-Origin" not in {**call.headers, **asked.headers}


def test_a_page_can_read_that_it_missed_the_path(wire: Any):
    """Its question is answered and the 404 is readable: the hint reaches whoever doubled a /v1."""
    address = f"{wire.url}/v1/v1/t"
    asked = {"Origin": ORIGIN, "Access-Control-Request-Headers": "authorization"}

    question = wire.session.options(address, headers=asked)
    answer = wire.session.post(address, data=b"{}", headers={"Origin": ORIGIN})

    assert question.status_code == 204
    assert "authorization" in question.headers["Access-Control-Allow-Headers"]
    assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (404, ORIGIN)
    assert "this is /v1/t" in answer.json()["message"]


def test_a_question_without_origin_is_answered_for_all(wire: Any):
    """Nobody's cookies are at stake."""
    reply = wire.session.options(f"{wire.url}/v1/t")

    assert (reply.status_code, reply.headers["Access-Control-Allow-Origin"]) == (204, "*")
