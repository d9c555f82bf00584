"""Every setting, route, fault, rule and discard code names the fact it rests on, or says that it has none."""

from __future__ import annotations

import ast
from collections import Counter

import pytest

from cohortlab.fidelity import AMPLITUDE, SEGMENT, Behaviour, behaviours, guesses, sections
from cohortlab.fidelity.confidence import cited, confidences
from contracts.catalogue import all_rules
from docs import citations
from mock_amplitude import AmplitudeFake
from mock_segment import SegmentFake
from tests.repository import ROOT


def one(name: str) -> Behaviour:
    (found,) = [each for each in behaviours() if each.name == name]
    return found


def test_nothing_that_is_told_cites_nothing():
    """A setting, route, fault or rule without a fact, without a tag and without the word ours is a mistake of ours."""
    assert [f"{each.kind} {each.name} in {each.file}" for each in behaviours() if not each.confidence] == []


def test_every_kind_is_there_in_full():
    """One row for each setting and rule, each fault once, every path of every route."""
    paths = [path for each in behaviours() if each.kind == "route" for path in each.name.split()[1:]]
    faults = {each.name for each in behaviours() if each.kind == "fault"}

    assert len(paths) == len(SegmentFake.routes) + len(AmplitudeFake.routes)
    assert faults == {*SegmentFake.fault_kinds, *AmplitudeFake.fault_kinds}
    assert sum(each.kind == "rule" for each in behaviours()) == len(all_rules())


def test_every_discard_code_of_the_fake_is_cited_where_it_is_given():
    """Each `Verdict(DISCARDED, CODE)` stands in a function with a citation, or below one."""
    told = {(each.file, each.name) for each in behaviours() if each.facts or each.confidences}
    bare, seen = [], Counter()
    for path in sorted((ROOT / "mock_segment").rglob("*.py")):
        file = path.relative_to(ROOT).as_posix()
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for name, node in _named(tree.body):
            for call in ast.walk(node):
                if not (isinstance(call, ast.Call) and ast.unparse(call).startswith("Verdict(DISCARDED, ")):
                    continue
                code = call.args[1]
                if isinstance(code, ast.Constant):
                    seen[code.value] += 1
                    if (file, name) not in told:
                        bare.append(f"{code.value} in {file}: {name}")

    assert {"empty_batch", "unknown_source", "source_disabled", "bad_request"} <= seen.keys()
    assert bare == []


def _named(body: list[ast.stmt], prefix: str = ""):
    for node in body:
        if isinstance(node, ast.ClassDef):
            yield from _named(node.body, f"{prefix}{node.name}.")
        elif isinstance(node, ast.FunctionDef):
            yield f"{prefix}{node.name}", node
        elif isinstance(node, ast.Assign):
            yield f"{prefix}{ast.unparse(node.targets[0])}", node


def test_a_rule_with_a_discard_code_cites_the_list_of_codes():
    """Segment publishes them in one place: section 1.8."""
    assert [each.code for each in all_rules() if each.discard_code and not each.source.facts] == []


def test_a_behaviour_is_as_sure_as_the_least_sure_of_what_it_rests_on():
    """Four in parallel is documented, how they are counted is not."""
    assert one("monthly_requests").confidences == ("documented",)
    assert one("parallel_per_minute").confidences == ("documented", "inferred")
    assert one("parallel_per_minute").is_guess


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("segment facts 1.8 [doc]", ("documented",)),
        ("segment facts 1.6 [obs], 1.2 [inferred]", ("observed", "inferred")),
        ("warehouse facts 2 [run psycopg 3.3]", ("executed",)),
        ("segment facts 1.2", ("official SDK",)),
        ("amplitude facts 7.11", ("inferred",)),
        ("ours: a lab works before it is set up", ("ours",)),
        ("amplitude facts 1.3: unknown", ("inferred",)),
        ("as everybody knows", ()),
    ],
)
def test_confidence_is_read_off_tags_then_off_the_section(text: str, found: tuple[str, ...]):
    """What lists the unknowns is a guess, whoever cites it; without a tag the section's most frequent one counts."""
    assert confidences(text, cited(text), is_source=True) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("facts 1.2 A [client], 7.14", {"1.2 A", "7 14"}),
        ("(amplitude facts 1.2 C, D, E, H)", {"1.2 C", "1.2 D", "1.2 E", "1.2 H"}),
        ("facts 0, 1.2 E [doc] 1 minute", {"0", "1.2 E"}),
        ("amplitude facts 3.3 [doc], 6 (5)", {"3.3", "6 5"}),
        ("segment facts 1.6 [doc]", set()),
        ("facts 1.2 Answers are", {"1.2"}),
    ],
)
def test_citations_of_amplitude_are_read_in_every_way_they_are_written(text: str, found: set[str]):
    """Endpoints by their letters, rows of the unknowns by their number."""
    assert sections(text, AMPLITUDE, is_ours=True) == found


def test_what_no_setting_changes_comes_first_and_then_what_is_named_most():
    """The order of `--guesses`."""
    order = [(bool(each.settings), -each.places) for each in guesses(behaviours())]

    assert len(order) > 50
    assert order == sorted(order)
    assert all(each.is_guess for each in guesses(behaviours()))


def test_code_names_the_settings_that_it_asks():
    """The request for a download asks whether it counts."""
    assert "failed_requests_count" in one("GET /api/5/cohorts/request/<cohort_id>").settings
    assert one("AmplitudeFake.hosts").settings == ()


@pytest.mark.parametrize("sheet", [SEGMENT, AMPLITUDE], ids=lambda sheet: sheet.vendor)
def test_the_way_back_from_facts_to_code_is_current(sheet):
    """Every citation of the sources is on the page, and nothing else."""
    page = ROOT / "docs" / f"{sheet.vendor}-facts.md"
    assert page.read_text(encoding="utf-8") == citations.page(ROOT, sheet), "run: make docs"
