from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cohortlab.testing import Traits
from cohortlab.testing.nearest import difference, nearest

pytest_plugins = "pytester"

SETUP = """
    import pytest

    @pytest.fixture
    def synced(lab):
        lab.amplitude.create_cohort("Power Users", cohort_id="abcd1234", members=["u1", "00042", "Ada"])
        lab.sync("abcd1234")
        return lab
"""


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (
            'assert sent.segment.profile("ada").traits == {"t": True}',
            ["*Segment knows nothing of 'ada': 2 events came and were discarded: no_user_anon_id; they have `user_id`"],
        ),
        (
            'sent.segment.profile("bea").must_have("t")',
            ["*'bea' has no trait 't'; it has 'plan'", "*1 event came and was discarded: traits_not_object"],
        ),
        ('sent.segment.profiles()["cal"]', ["*Segment knows nothing of 'cal': 1 event came and was refused: 503"]),
        (
            'assert "nobody" in sent.segment.profiles()',
            ["*Segment never heard of 'nobody'; it knows 'bea'", "*2 events came and were discarded: no_user_anon_id*"],
        ),
        (
            "assert sent.segment.verdicts().counts() == {}",
            ["*{'delivered': 1, 'no_user_anon_id': 2, 'refused': 1, 'traits_not_object': 1}*"],
        ),
    ],
)
def test_what_came_and_did_not_count_is_never_called_unheard_of(pytester: pytest.Pytester, line: str, told: list[str]):
    """Discarded, refused, or under a name that nobody reads: a failure says that it came, and what became of it."""
    pytester.makeconftest(
        """
        import pytest

        @pytest.fixture
        def sent(lab):
            def post(*batch):
                lab.http.post(f"{lab.segment_url}/v1/batch", json={"writeKey": lab.write_key, "batch": batch})

            odd = {"type": "identify", "user_id": "ada", "traits": {"t": True}}
            good = {"type": "identify", "userId": "bea", "traits": {"plan": "pro"}}
            post(odd, odd, good, {**good, "traits": "t"})
            lab.segment.workspace.arm({"fault": "status", "status": 503})
            post({**good, "userId": "cal", "messageId": "m1"})
            return lab
        """
    )
    pytester.makepyfile(f"def test_it(sent):\n    {line}\n")

    result = pytester.runpytest_subprocess("-p", "no:randomly")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([each.replace("[", "[[]") for each in told])


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (
            'assert synced.segment.profile("u1").traits == {"power users (abcd1234)": True}',
            [
                "*'u1' has no trait 'power users (abcd1234)'; the nearest one is 'Power Users (abcd1234)': True",
                "*(only letter case differs)",
            ],
        ),
        (
            'assert "Power Users (abcd1243)" in synced.segment.profile("u1").traits',
            [
                "*the nearest one is 'Power Users (abcd1234)': True",
                "*they differ from character 20: wanted '43)', found '34)'*",
            ],
        ),
        (
            'synced.segment.profile("u1").traits["Power Users"]',
            ["*MissingTrait: 'u1' has no trait 'Power Users'; the nearest one is 'Power Users (abcd1234)': True"],
        ),
        (
            'assert synced.segment.profile("42").traits == {"Power Users (abcd1234)": True}',
            ["*Segment never heard of '42'; the nearest user is '00042'*", "*(only leading zeros differ)"],
        ),
        ('assert "ada" in synced.segment.profiles()', ["*the nearest user is 'Ada'*", "*(only letter case differs)"]),
        (
            'synced.segment.profile("u1").must_have("Power Users (abcd1234)", "true")',
            ["*is True (bool), wanted 'true' (str)"],
        ),
        (
            'assert synced.segment.profile("u1").traits == {}',
            ["*'Power Users (abcd1234)': True is there and was not wanted"],
        ),
        (
            'assert synced.segment.profile("u1").traits == {"Power Users (abcd1234)": 1}',
            ["*'Power Users (abcd1234)' is True (bool), wanted 1 (int)"],
        ),
        (
            'assert {"Power Users (abcd1234)": 1} == synced.segment.profile("u1").traits',
            ["*'Power Users (abcd1234)' is True (bool), wanted 1 (int)"],
        ),
        ("synced.segment.profile(42)", ["*TypeError: user ids are text: lab.segment.profile('42'), not profile(42)"]),
        ('synced.segment.profile("zebra").must_have("x")', ["*Segment never heard of 'zebra'; it knows *'u1'*"]),
    ],
)
def test_a_failure_names_the_nearest_there_is(pytester: pytest.Pytester, line: str, told: list[str]):
    """The trait or user that was probably meant, and in words what is different."""
    pytester.makeconftest(SETUP)
    pytester.makepyfile(f"def test_it(synced):\n    {line}\n")

    result = pytester.runpytest_inprocess("-p", "no:randomly")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([line.replace("[", "[[]") for line in told])


def test_numbers_are_no_booleans():
    """Segment tells true from 1, at any depth, and so does a comparison of traits, from either side."""
    traits = Traits("u1", {"member": True, "list": [{"n": 1}]}, dict)
    plain: dict[str, object] = {"list": [{"n": True}], "member": True}

    assert traits == {"member": True, "list": [{"n": 1}]}
    assert traits != {"member": 1, "list": [{"n": 1}]}
    assert plain != traits
    assert traits != {"member": True}
    assert traits != [("member", True)]
    with pytest.raises(TypeError, match="unhashable"):
        hash(traits)


@given(st.text(max_size=12), st.lists(st.text(max_size=12), max_size=6))
def test_the_nearest_is_one_of_those_there(wanted: str, there: list[str]):
    """Whatever the texts, the nearest is a candidate, and the difference is told in words."""
    found = nearest(wanted, there)

    assert found is None or found in there
    assert found is None or difference(wanted, found)
