"""A 404 says what was meant: always a route that takes the method, found by what people do to addresses."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_amplitude import AmplitudeFake
from mock_core.hints import Signposts, Slip, fits
from mock_segment import SegmentFake

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD")
FAKES = {"segment": SegmentFake, "amplitude": AmplitudeFake}
_NAMED = re.compile(r"(?:this is|This is|Did you mean) (?:([A-Z]+) )?(/[^\s?]*?)[.?](?= |$)")


def taking(fake: str) -> list[tuple[str, str]]:
    return [(route.method, route.path) for route in FAKES[fake].routes if min(route.statuses, default=200) < 400]


PATHS = [(fake, re.sub(r"<[^>]*>", "x1", path)) for fake in FAKES for _, path in taking(fake)]


@given(
    where=st.sampled_from(PATHS),
    method=st.sampled_from(METHODS),
    change=st.sampled_from(["cut", "longer", "prefix", "doubled", "upper", "version", "no beginning", "slash", "typo"]),
    place=st.integers(0, 60),
)
def test_whatever_is_done_to_a_path_the_hint_takes_the_method(
    where: tuple[str, str], method: str, change: str, place: int
):
    """Or says by which method the route is called; and never names the path that was called."""
    fake, path = where
    parts = path.split("/")
    changed = {
        "cut": "/".join(parts[:-1]) or "/",
        "longer": f"{path}/more",
        "prefix": f"/proxy{path}",
        "doubled": f"/{parts[1]}{path}",
        "upper": path.upper(),
        "version": re.sub(r"\d", "9", path),
        "no beginning": f"/{'/'.join(parts[2:])}",
        "slash": f"/{path}",
        "typo": path[: 1 + place % len(path)] + "z" + path[1 + place % len(path) :],
    }[change]
    routes = taking(fake)

    said = Signposts(routes, FAKES[fake].slips).hint(method, changed)

    for other, meant in _NAMED.findall(said):
        by = other or ("GET" if method == "HEAD" else method)
        assert any(by == takes and fits(template, meant) for takes, template in routes), said


@pytest.mark.parametrize(
    ("method", "path", "words"),
    [
        ("POST", "/v1/v1/echo", "A base URL ends in /v1 and the client adds it again: this is /v1/echo."),
        ("POST", "/echo", "The base URL lacks /v1: this is /v1/echo."),
        ("POST", "/proxy/v1/echo", "The base URL has /proxy too much: this is /v1/echo."),
        ("POST", "/v3/echo/", "That is another version of the API: this is /v1/echo/."),
        ("POST", "/V1/Echo", "Paths are in lower case: this is /v1/echo."),
        ("POST", "/v1/ecoh", "Did you mean /v1/echo?"),
        ("GET", "/v1/user/7/nam", "Did you mean /v1/user/7/name?"),
        ("GET", "/old/7", "Once it was so. This is /v1/user/7/name."),
        ("POST", "/old/7", "Once it was so. This is GET /v1/user/7/name."),
        ("POST", "/gone", "That is gone."),
        ("POST", "/nothing/like/it", "Known: /v1/echo."),
        ("DELETE", "/v1/ecoh", "No route takes DELETE. Known: /v1/echo, /v1/user/<id>/name."),
    ],
)
def test_each_way_to_miss_a_route_has_its_words(method: str, path: str, words: str):
    """Known slips first, then what people do to addresses, then likeness, then the list."""
    slips = [Slip(r"/old/(?P<id>\w+)", "Once it was so.", "/v1/user/{id}/name"), Slip("/gone", "That is gone.")]
    routes = [("POST", "/v1/echo"), ("GET", "/v1/user/<id>/name"), ("OPTIONS", "/v1/echo")]

    assert Signposts(routes, slips).hint(method, path) == words


@pytest.mark.parametrize("fake", FAKES)
def test_no_slip_hides_a_route(fake: str):
    """A path that a route has is answered by the route, whatever patterns there are; and each meant path is a route."""
    for method, path in taking(fake):
        called = re.sub(r"<[^>]*>", "x1", path)
        assert Signposts(taking(fake)).methods(called).count(method) == 1
    for slip in FAKES[fake].slips:
        meant = re.sub(r"\{\w+\}", "batch" if fake == "segment" else "x1", slip.meant)
        assert not meant or any(fits(template, meant) for _, template in taking(fake)), slip
