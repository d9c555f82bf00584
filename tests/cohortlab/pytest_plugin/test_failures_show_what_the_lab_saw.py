from __future__ import annotations

import pytest

from cohortlab.testing import Lab

pytest_plugins = "pytester"


def test_a_failure_shows_the_last_calls_and_what_became_of_them(pytester: pytest.Pytester):
    """In a section of its own, for each lab of the test; a test that passes shows nothing."""
    pytester.makepyfile(
        """
        def send(lab, event):
            lab.http.post(f"{lab.segment_url}/v1/identify", json=event, auth=(lab.write_key, ""))

        def test_fails(lab):
            send(lab, {"user_id": "ada", "traits": {"x": True}})
            send(lab, {"userId": "grace"})
            assert lab.segment.profile("ada").traits == {"x": True}

        def test_passes(lab):
            send(lab, {"userId": "grace"})
        """
    )

    result = pytester.runpytest_inprocess("-p", "no:randomly", "-p", "no:cacheprovider", "-rA")

    result.assert_outcomes(failed=1, passed=1)
    result.stdout.fnmatch_lines(
        [
            "*- what the lab saw -*",
            "The last calls:",
            "*09:00:00.000 segment   POST /v1/identify 200: 1 discarded (no_user_anon_id)*",
            "*09:00:00.000 segment   POST /v1/identify 200: 1 delivered*",
            "What became of the events: 1 no_user_anon_id, 1 delivered.",
            "The lab's clock stood still at 2026-01-05T09:00:00.000Z.",
        ]
    )
    assert result.stdout.str().count("what the lab saw") == 1


def test_a_call_to_somewhere_else_is_shown_though_the_program_kept_it_to_itself(pytester: pytest.Pytester):
    """A program that catches everything fails silently; the report says where it wanted to go."""
    pytester.makepyfile(
        """
        def test_fails(lab):
            try:
                lab.http.post("https://api.segment.io/v1/identify", json={"userId": "ada"})
            except Exception:
                pass
            assert "ada" in lab.segment.profiles()
        """
    )

    result = pytester.runpytest_inprocess("-p", "no:randomly", "-p", "no:cacheprovider")

    result.stdout.fnmatch_lines(
        ["It saw no call.", "*not made: POST https://api.segment.io/v1/identify is not the lab*"]
    )


def test_one_shape_of_verdicts(capsys: pytest.CaptureFixture[str]):
    """The fixture, the state behind it and a client over HTTP tell the same of the same events, and sum it up alike."""
    from mock_segment import SegmentClient

    with Lab(served=True) as lab:
        for event in ({"userId": "ada"}, {"user_id": "grace"}):
            lab.http.post(f"{lab.segment_url}/v1/identify", json=event, auth=(lab.write_key, ""))
        lab.http.post(f"{lab.segment_url}/v1/identify", json={})
        told = [each.verdicts() for each in (lab.segment, lab.segment.state, SegmentClient(lab.segment_url))]
        discarded = [each.verdicts(verdict="discarded") for each in (lab.segment, SegmentClient(lab.segment_url))]

    assert told[0] == told[1] == told[2]
    assert [each.verdict for each in told[0]] == ["delivered", "discarded", "refused"]
    assert told[0].counts() == {"delivered": 1, "no_user_anon_id": 1, "refused": 1}
    assert discarded[0] == discarded[1] == [told[0][1]]


def test_what_a_lab_can_do_is_there_to_be_seen(capsys: pytest.CaptureFixture[str]):
    """Names that a shell or an editor completes; a misspelt one is an error of its own and no None."""
    with Lab() as lab:
        names = {"profile", "profiles", "identifies", "events", "verdicts", "batches", "tally", "trait_history"}
        names |= {"put_source", "sources", "configure", "settings", "workspace", "state"}
        assert names <= set(dir(lab.segment))
        assert all(getattr(type(lab.segment), name).__doc__ for name in names)
        with pytest.raises(AttributeError):
            _ = lab.segment.profil  # type: ignore[attr-defined]
