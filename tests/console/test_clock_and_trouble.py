"""Clock and trouble: the lab's time is moved, faults are armed and lifted from forms, settings are set."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from console.forms import fields_of, filled, setting_field
from mock_core.errors import BadControl
from mock_core.settings import described
from scenarios.lab import Lab
from tests.console.asking import Asking

Do = Callable[..., TestResponse]


def test_the_clock_is_moved_and_what_that_sets_off_is_said(do: Do, lab: Lab):
    """Frozen, forward, on."""
    began = lab.clock.now()

    assert "set nothing off" in do("/trouble/clock", do="advance", by="2", unit="hours").text
    assert lab.clock.now() == began + 7200
    do("/trouble/clock", do="freeze", at="2027-01-05T10:00:00Z")
    assert "2027-01-05 10:00:00" in do("/trouble/clock", do="freeze").text
    do("/trouble/clock", do="run")
    assert not lab.clock.is_frozen


@pytest.mark.parametrize("asked", [{"do": "advance", "by": "soon"}, {"do": "freeze", "at": "noon"}, {"do": "stop"}])
def test_a_clock_that_cannot_go_so_says_why(do: Do, lab: Lab, asked: dict[str, str]):
    """And stays where it was."""
    began = lab.clock.now()

    assert do("/trouble/clock", **asked).status_code == 400
    assert lab.clock.now() == began


def test_a_fault_is_armed_strikes_and_is_lifted(do: Do, told: Asking, lab: Lab, pages: FlaskClient):
    """From the form that its table makes."""
    do("/trouble/faults", fault="segment/status", status="503", until_lifted="yes")
    (armed,) = lab.segment.workspace.faults

    assert told.identify("ada").status_code == 503
    assert "fault status" in pages.get("/").text
    assert "until lifted" in pages.get("/trouble").text
    do("/trouble/faults/lift", fake="segment", id=armed.id)
    assert told.identify("ada").status_code == 200


def test_every_fault_and_every_setting_has_a_form(lab: Lab, pages: FlaskClient):
    """Made from the tables: what they have, the page has."""
    page = pages.get("/trouble").text
    for fake, state in (("segment", lab.segment), ("amplitude", lab.amplitude)):
        for kind, made in state.workspace.kinds.items():
            fields = pages.get(f"/trouble/fault-fields?fault={fake}/{kind}").text
            assert all(f'name="{field.name}"' in fields for field in fields_of(made))
        for setting in described(state.settings):
            assert f'id="{fake}-{setting["name"]}"' in page
            default = setting_field(setting)
            assert not default.default or default.read(default.default) == setting["default"]


def test_what_is_filled_in_wrongly_is_told(lab: Lab):
    """By the field and what it takes."""
    status = fields_of(lab.segment.workspace.kinds["status"])

    assert filled(status, {"status": "503", "retry_after": "1.5"}) == {"status": 503, "retry_after": 1.5}
    for form in ({"status": "soon"}, {"status": ""}):
        with pytest.raises(BadControl, match="status"):
            filled(status, form)


def test_a_setting_is_set(do: Do, lab: Lab):
    """By its words; one that is none is refused with those that are."""
    do("/trouble/settings", fake="segment", name="region", value="eu")

    assert lab.segment.settings.region == "eu"
    assert "'us', 'eu'" in do("/trouble/settings", fake="segment", name="region", value="mars").text.replace(
        "&#39;", "'"
    )


def test_a_lab_begins_anew(do: Do, told: Asking, lab: Lab):
    """Captures only, or everything."""
    told.identify("ada")
    do("/trouble/reset", what="captures")
    assert lab.segment.tally() == {}
    assert lab.segment.sources()
    do("/trouble/reset", what="everything")
    assert not lab.segment.sources()
