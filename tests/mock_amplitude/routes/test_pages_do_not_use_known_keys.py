"""The keys of the first project are in the documentation: a page open in a browser here must not get by with them."""

from __future__ import annotations

import pytest

from tests.mock_amplitude.conftest import Desk


@pytest.mark.parametrize("headers", [{"Origin": "https://elsewhere.example"}, {"Sec-Fetch-Site": "cross-site"}])
def test_a_page_gets_nothing_by_the_keys_that_everybody_knows(desk: Desk, headers: dict[str, str]):
    """403 in words, and the quota is as it was; a program gets its answer."""
    page = desk.get("/api/3/cohorts", headers=headers)
    program = desk.get("/api/3/cohorts", headers={"Sec-Fetch-Site": "none"})

    assert (page.status_code, program.status_code) == (403, 200)
    assert "POST /__lab/projects" in page.json()["message"]


def test_a_page_with_a_project_of_its_own_is_answered(desk: Desk):
    """Whoever made the project meant somebody to use it."""
    desk.amplitude.put_project("made-for-it", "secret")

    answer = desk.anyone.get(
        f"{desk.url}/api/3/cohorts", auth=("made-for-it", "secret"), headers={"Origin": "https://page.example"}
    )

    assert answer.status_code == 200
