from __future__ import annotations

import re
from typing import Any

import pytest

from cohortlab.testing import Lab
from tests.repository import ROOT

pytest_plugins = "pytester"

TWO_TESTS = """
    import pytest

    COHORT = "abcd1234"
    TRAIT = "Power Users (abcd1234)"

    @pytest.mark.parametrize("user", ["u1", "u2", "u3"])
    def test_sync(lab, user):
        lab.amplitude.create_cohort("Power Users", cohort_id=COHORT, members=[user, None])
        report = lab.sync(COHORT)
        assert report.is_complete
        assert lab.segment.profile(user).traits == {TRAIT: True}
        assert list(lab.segment.profiles()) == [user]
        assert lab.segment.verdicts().counts() == {"delivered": 1}

        lab.clock.advance(3600)
        lab.amplitude.leave(COHORT, [user])
        lab.sync(COHORT)
        lab.segment.profile(user).must_have(TRAIT, False)
        assert [event["traits"] for event in lab.segment.identifies(user)] == [{TRAIT: True}, {TRAIT: False}]

    def test_nothing_is_left_of_other_tests(lab):
        assert lab.amplitude.cohorts() == []
        assert lab.segment.profiles() == {}
        assert lab.clock.now() == 1767603600.0

    @pytest.mark.lab(seed=7, start="2026-03-01T00:00:00Z")
    def test_a_marked_lab(lab):
        assert lab.clock.now() == 1772323200.0

    def test_http(lab):
        reply = lab.http.post(
            lab.segment_url + "/v1/identify", json={"userId": "u1", "traits": {"a": 1}}, auth=(lab.write_key, "")
        )
        assert reply.json() == {"success": True}
        assert lab.segment.profile("u1").traits["a"] == 1
"""


@pytest.mark.parametrize("order", ["-p no:randomly", "-p randomly -p no:xdist", "-n 2"])
def test_every_test_has_a_lab_of_its_own(pytester: pytest.Pytester, order: str):
    """In the order written, in any order, and in parallel, nothing of one test is seen by another."""
    pytester.makepyfile(TWO_TESTS)

    result = pytester.runpytest_subprocess("-W", "error", "--strict-markers", *order.split())

    result.assert_outcomes(passed=6)


def test_a_served_lab_is_reached_over_sockets(pytester: pytest.Pytester):
    """Any client of any language reaches a served lab; its environment is the one a sync program is given."""
    pytester.makepyfile(
        """
        import json, subprocess, sys, urllib.request
        from base64 import b64encode

        def test_served(lab_served, tmp_path):
            lab = lab_served
            lab.amplitude.create_cohort("Power Users", cohort_id="abcd1234", members=["u1"])
            environment = lab.environment("abcd1234", tmp_path)
            request = urllib.request.Request(
                environment["SEGMENT_BASE_URL"] + "/v1/identify",
                json.dumps({"userId": "u9", "traits": {"plan": "pro"}}).encode(),
                {"Authorization": "Basic " + b64encode(f"{lab.write_key}:".encode()).decode()},
            )
            with urllib.request.urlopen(request) as reply:
                assert reply.status == 200
            assert lab.segment.profile("u9").traits == {"plan": "pro"}
            assert lab.sync("abcd1234").is_complete
            assert lab.segment.profile("u1").traits["Power Users (abcd1234)"] is True
        """
    )

    result = pytester.runpytest_inprocess("-p", "no:randomly")

    result.assert_outcomes(passed=1)


def test_a_mark_that_is_misspelt_is_one_clear_sentence(pytester: pytest.Pytester):
    """What the mark takes is said."""
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.lab(sed=7)
        def test_x(lab):
            pass
        """
    )

    result = pytester.runpytest_inprocess("-p", "no:randomly")

    result.stdout.fnmatch_lines(["*the mark takes a seed and a start*"])


@pytest.mark.parametrize(
    ("start", "told"),
    [
        ("2026-01-01", "'2026-01-01' has no time zone: end it in Z"),
        ("yesterday", "'yesterday' is no time, expected ISO"),
    ],
)
def test_a_start_that_is_no_moment_is_one_clear_sentence(start: str, told: str):
    """A time without a zone would be another moment on another machine."""
    with pytest.raises(ValueError, match=re.escape(told)):
        Lab(start=start)


@pytest.mark.parametrize("seed", ["7", 2**70, 1.5])
def test_a_seed_that_is_no_number_of_a_journal_is_one_clear_sentence(seed: Any):
    """As a start that is no moment."""
    with pytest.raises(ValueError, match="expected a whole number"):
        Lab(seed=seed)


def test_marks_of_class_and_test_are_taken_together(pytester: pytest.Pytester):
    """What the test says goes before what its class says; a bad start fails that test and says which."""
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.lab(start="2026-03-01T00:00:00Z", seed=1)
        class TestMarch:
            @pytest.mark.lab(seed=7)
            def test_both(self, lab, request):
                assert lab.clock.now() == 1772323200.0

            @pytest.mark.lab(start="2026-04-01T00:00:00Z")
            def test_its_own(self, lab):
                assert lab.clock.now() == 1775001600.0

            @pytest.mark.lab(start="2026-04-01")
            def test_bad(self, lab):
                pass
        """
    )

    result = pytester.runpytest_inprocess("-p", "no:randomly")

    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(["*test_bad: start='2026-04-01': *has no time zone*"])


def test_the_mark_is_listed_as_it_is_written(pytester: pytest.Pytester):
    """`pytest --markers` takes what stands before the first colon for the mark."""
    result = pytester.runpytest_inprocess("--markers")

    result.stdout.fnmatch_lines(["@pytest.mark.lab(seed=0, start='2026-01-05T09Z'): the seed*"])


def test_labs_of_any_number_and_scope(pytester: pytest.Pytester):
    """The example of the documentation: two labs, a lab for a session, and one for each example of hypothesis."""
    page = (ROOT / "docs" / "pytest.md").read_text(encoding="utf-8")
    example = page.partition("## More than one lab")[2].partition("```python\n")[2].partition("```")[0]
    pytester.makepyfile(example)

    result = pytester.runpytest_inprocess("-p", "no:randomly", "-W", "error")

    result.assert_outcomes(passed=3)


def test_the_plugin_loads_nothing_when_it_is_not_used(pytester: pytest.Pytester):
    """A project that merely has cohortlab installed pays for the import of one small module."""
    pytester.makepyfile(
        """
        import sys

        def test_nothing_heavy_is_there():
            ours = {"scenarios", "mock_core", "mock_segment", "mock_amplitude", "syncer", "contracts"}
            ours.add("cohortlab.testing")
            heavy = {"flask", "requests", "duckdb", "jsonschema", "yaml", "rich", "click", "faker", "orjson"}
            assert "cohortlab.pytest_plugin" in sys.modules
            assert not (ours | heavy) & set(sys.modules)
        """
    )

    result = pytester.runpytest_subprocess(
        "-p", "no:randomly", "-p", "no:hypothesispytest", "-p", "no:schemathesis", "-p", "no:xdist", "-p", "no:faker"
    )

    result.assert_outcomes(passed=1)
