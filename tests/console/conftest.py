"""A lab with its console, asked without a socket; the same on sockets, for browsers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from console import create_app
from scenarios.lab import WRITE_KEY, Lab
from tests.console.asking import Asking


@pytest.fixture
def lab() -> Iterator[Lab]:
    """A lab on a clock that stands still, with a source."""
    with Lab(start=1_780_000_000.0) as lab:
        lab.segment.put_source(WRITE_KEY, name="Amplitude cohorts")
        yield lab


@pytest.fixture
def pages(lab: Lab) -> Iterator[FlaskClient]:
    """A browser without eyes."""
    app = create_app(lab)
    with app.test_client() as client:
        client.environ_base["HTTP_HOST"] = "127.0.0.1:4800"
        yield client
    app.extensions["console"].close()


@pytest.fixture
def do(pages: FlaskClient) -> Callable[..., TestResponse]:
    """A reader who sends a form, and is shown the page it leads to, or why it leads nowhere."""

    def send(path: str, **form: Any) -> TestResponse:
        token = pages.application.extensions["console"].form_token
        return pages.post(path, data={**form, "token": token}, follow_redirects=True)

    return send


@pytest.fixture
def told(lab: Lab) -> Asking:
    """A program that tells Segment something."""
    return Asking(lab.session())
