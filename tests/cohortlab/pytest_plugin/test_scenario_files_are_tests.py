from __future__ import annotations

import sys

import pytest
import yaml  # noqa: F401 - its C half keeps the classes it was first loaded with, and pytester unloads the other half

pytest_plugins = "pytester"

GOOD = """\
scenario: A first sync
cohorts:
  power: {name: Power Users, members: [ada]}
steps:
  - sync: power
expect:
  identifies: 1
"""


def test_each_scenario_file_is_a_test(pytester: pytest.Pytester):
    """Good ones pass; a bad claim fails with its reason and no traceback; a broken file fails at its place, alone."""
    (pytester.path / "good.cohort.yaml").write_text(GOOD)
    (pytester.path / "wrong.cohort.yaml").write_text(GOOD.replace("identifies: 1", "identifies: 2"))
    (pytester.path / "other.yaml").write_text("not ours")

    result = pytester.runpytest_inprocess("-p", "no:randomly", "-v")

    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            "*good.cohort.yaml::good PASSED*",
            "*identify calls delivered: 2",
            "*there was 1",
            "*Run it alone: cohortlab run *",
        ]
    )
    result.stdout.no_fnmatch_line("*Traceback*")
    result.stdout.no_fnmatch_line("*runner.py*")


def test_a_file_that_is_no_scenario_fails_alone(pytester: pytest.Pytester):
    """File, line and column, as one failed test; the others run."""
    (pytester.path / "bad.cohort.yaml").write_text(GOOD.replace("- sync: power", "- sync: powr"))
    (pytester.path / "good.cohort.yaml").write_text(GOOD)

    result = pytester.runpytest_inprocess("-p", "no:randomly")

    result.assert_outcomes(failed=1, passed=1)
    result.stdout.fnmatch_lines(["_* bad.cohort.yaml _*", "*bad.cohort.yaml:5:11: *did you mean 'power'*"])
    result.stdout.no_fnmatch_line("*Traceback*")


def test_another_program_is_judged(pytester: pytest.Pytester):
    """With --cohort-subject the files judge that program, with the cause, what it printed, and how to run it again."""
    (pytester.path / "good.cohort.yaml").write_text(GOOD)
    (pytester.path / "liar.py").write_text("print('all done, honest')\n")

    result = pytester.runpytest_inprocess("-p", "no:randomly", f"--cohort-subject={sys.executable} liar.py")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "  it is a member, and no true was ever sent*",
            "    since step 1, sync power",
            "*'ada' has 'Power Users (power000)'*",
            "*printed: all done, honest*",
            f"  Run it alone: cohortlab run *good.cohort.yaml --subject '{sys.executable} liar.py'",
        ]
    )


@pytest.mark.parametrize("identifies", [1, 9])
def test_a_fault_that_met_no_call_is_told(pytester: pytest.Pytester, identifies: int):
    """As the command tells it: in a failure, and beside a test that passed where pytest shows such things."""
    armed = "- fault: {on: segment, fault: latency, seconds: 1, match: {skip: 99}}\n  - sync"
    (pytester.path / "x.cohort.yaml").write_text(
        "scenario: X\ncohorts: {power: {name: P, members: [ada]}}\nsteps:\n  "
        f"{armed}: power\nexpect: {{identifies: {identifies}}}\n"
    )

    result = pytester.runpytest_inprocess("-p", "no:randomly", "-rP")

    result.assert_outcomes(passed=int(identifies == 1), failed=int(identifies != 1))
    result.stdout.fnmatch_lines(["*a fault met no call: step 1, fault {on: segment, fault: latency*"])


def test_files_can_be_left_alone(pytester: pytest.Pytester):
    """A project may keep its scenario files out of pytest."""
    (pytester.path / "good.cohort.yaml").write_text(GOOD)
    pytester.makeini("[pytest]\ncohort_files = false\n")

    result = pytester.runpytest_inprocess("-p", "no:randomly")

    result.assert_outcomes()


def test_what_cannot_be_asked_of_a_program_is_skipped_with_the_reason(pytester: pytest.Pytester):
    """A file for our engine only, and one that kills at an I/O boundary that only our engine names."""
    (pytester.path / "ours.cohort.yaml").write_text(f"only: engine\n{GOOD}")
    (pytester.path / "killed.cohort.yaml").write_text(
        GOOD.replace("- sync: power", "- sync: {cohort: power, killed: {boundary: 3}}")
    )
    (pytester.path / "any.py").write_text("pass\n")

    result = pytester.runpytest_inprocess("-p", "no:randomly", "-rs", f"--cohort-subject={sys.executable} any.py")

    result.assert_outcomes(skipped=2)
    result.stdout.fnmatch_lines_random(["*for our engine only*", "*cannot be killed at an I/O boundary*"])


def test_what_needs_minutes_waits_until_it_is_asked_for(pytester: pytest.Pytester):
    """A slow scenario is skipped with the reason when a program is judged; our engine takes no time for it."""
    (pytester.path / "slow.cohort.yaml").write_text(f"slow: true\n{GOOD}")
    (pytester.path / "any.py").write_text("pass\n")
    subject = f"--cohort-subject={sys.executable} any.py"

    skipped = pytester.runpytest_inprocess("-p", "no:randomly", "-rs", subject)
    asked_for = pytester.runpytest_inprocess("-p", "no:randomly", subject, "--cohort-slow")
    ours = pytester.runpytest_inprocess("-p", "no:randomly")

    skipped.assert_outcomes(skipped=1)
    skipped.stdout.fnmatch_lines(["*needs minutes of waiting*--cohort-slow*"])
    asked_for.assert_outcomes(failed=1)
    ours.assert_outcomes(passed=1)
