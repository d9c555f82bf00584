"""Parameters and includes keep scenario files from being copied."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from scenarios import BadScenario, read_scenario, run_scenario, shipped, subject_maker
from scenarios.files import schema_text
from scenarios.files.document import parse_document
from scenarios.files.publish import published
from scenarios.files.shape import check_shape, schema
from tests.repository import ROOT

PEOPLE = """\
parameters: {who: ada}
cohorts:
  power: {name: Power Users, members: [$who, grace]}
steps:
  - sync: power
"""
MAIN = """\
scenario: Included
include: [people.yaml]
parameters: {wait: 1h}
steps:
  - advance: $wait
  - leave: {cohort: power, users: ["${who}"]}
  - sync: power
expect: {identifies: 3}
"""


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder / "main.yaml"


def test_included_steps_come_first_and_parameters_reach_them(tmp_path: Path):
    """Cohorts, steps and parameters of the included file are as if they stood here."""
    scenario = read_scenario(write(tmp_path, main=MAIN, people=PEOPLE))

    assert [step.verb for step in scenario.steps] == ["sync", "advance", "leave", "sync"]
    assert scenario.cohorts["power"].members == ("ada", "grace")
    assert run_scenario(scenario, subject_maker()).passed


def test_a_parameter_given_wins_over_the_file(tmp_path: Path):
    """One file, many cases."""
    scenario = read_scenario(write(tmp_path, main=MAIN, people=PEOPLE), {"who": "barbara"})

    assert scenario.cohorts["power"].members == ("barbara", "grace")
    assert scenario.steps[2].data["users"] == ["barbara"]


def test_a_whole_value_keeps_the_type_of_its_parameter(tmp_path: Path):
    """A number stays a number; $$ is a dollar."""
    text = "scenario: $$1\nparameters: {n: 3}\ncohorts: {p: {name: P, people: $n}}\nsteps: [{sync: p}]\n"

    scenario = read_scenario(write(tmp_path, main=text))

    assert (scenario.title, scenario.cohorts["p"].people) == ("$1", 3)


def test_without_parameters_a_dollar_is_a_dollar(tmp_path: Path):
    """Names of cohorts hold prices."""
    text = "scenario: Plain\ncohorts: {p: {name: Over $amount}}\nsteps: [{sync: p}]\n"

    assert read_scenario(write(tmp_path, main=text)).cohorts["p"].name == "Over $amount"


@pytest.mark.parametrize(
    ("changes", "given", "words"),
    [
        (
            {"main": MAIN.replace("$wait", "$wiat")},
            {},
            "main.yaml:5:14: there is no parameter 'wiat'; did you mean 'wait'",
        ),
        ({"main": PEOPLE.replace("parameters: {who: ada}\n", "")}, {"x": 1}, "no parameter 'x'; there are none."),
        ({}, {"whoo": "x"}, "it has no parameter 'whoo'; did you mean 'who'"),
        ({"main": MAIN.replace("people.yaml", "peple.yaml")}, {}, "main.yaml:2:11: there is no file 'peple.yaml'"),
        ({"people": PEOPLE.replace("sync: power", "sync: powr")}, {}, "people.yaml:5:11: there is no cohort 'powr'"),
        ({"people": PEOPLE.replace("members", "member")}, {}, "people.yaml:3:30: cohorts/power has no 'member'"),
        ({"people": "include: [main.yaml]\n" + PEOPLE}, {}, "includes itself"),
        ({"people": "- a list\n"}, {}, "an included file is a mapping"),
    ],
)
def test_a_mistake_is_told_where_it_was_written(
    tmp_path: Path, changes: dict[str, str], given: dict[str, str], words: str
):
    """In the included file, when it stands there."""
    path = write(tmp_path, **{"main": MAIN, "people": PEOPLE, **changes})

    with pytest.raises(BadScenario) as caught:
        read_scenario(path, given)

    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("step", "words"),
    [
        ("sync: {cohort: power, target: stagin}", "there is no target 'stagin' here; did you mean 'staging'"),
        ("clear: lab", "there is no target 'lab' here"),
        ("swap: {target: prod, key: x}", "there is no target 'prod' here"),
        ("upload: {cohort: power, users: [a]}", "is no uploaded list"),
        ("expect: {calls: [{ada: {pwer: true}}]}", "there is no cohort 'pwer' here; did you mean 'power'"),
        ("expect: {history: {ada: {pwer: [true]}}}", "there is no cohort 'pwer'"),
        ("restart: engine", "known: subject"),
        ("expect: {identifies: many}", "expected a whole number or a mapping"),
        ("expect: {identifies: {lest: 1}}", "did you mean 'least'"),
    ],
)
def test_names_in_steps_are_resolved(tmp_path: Path, step: str, words: str):
    """Targets, cohorts and the words of expectations."""
    text = (
        "scenario: Names\ntargets: {production: k1, staging: k2}\n"
        f"cohorts: {{power: {{name: P, members: [ada]}}}}\nsteps:\n  - {step}\n"
    )

    with pytest.raises(BadScenario, match=r"main\.yaml:5:\d+") as caught:
        read_scenario(write(tmp_path, main=text))

    assert words in str(caught.value)


def test_parameters_stand_in_keys_too(tmp_path: Path):
    """An expectation about whoever it is; a mistake behind the key is told at its place."""
    end = "expect: {profiles: {$who: {power: false}}}\n"
    path = write(tmp_path, main=MAIN.replace("expect: {identifies: 3}\n", end), people=PEOPLE)

    assert run_scenario(read_scenario(path, {"who": "barbara"}), subject_maker()).passed
    path = write(tmp_path, main=path.read_text(encoding="utf-8").replace("false", "no-value"))
    with pytest.raises(BadScenario, match=r"main\.yaml:8:35: expect/profiles/ada/power is 'no-value'"):
        read_scenario(path)


def test_keys_that_become_the_same_are_told(tmp_path: Path):
    """As a key that stands twice is."""
    end = "expect: {profiles: {ada: {power: true}, $who: {power: false}}}\n"
    path = write(tmp_path, main=MAIN.replace("expect: {identifies: 3}\n", end), people=PEOPLE)

    with pytest.raises(BadScenario, match=r"main\.yaml:8:41: the key 'ada' stands here twice, once as '\$who'"):
        read_scenario(path)


def test_a_file_is_sought_beside_the_one_that_names_it(tmp_path: Path):
    """An included file of another folder has its exports there, at the start and in a step."""
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "people.csv").write_text("amplitude_id,user_id\n101,zoe\n", encoding="utf-8")
    write(
        tmp_path / "sub",
        common="cohorts: {p: {name: P, export: people.csv}}\nsteps: [{import: {cohort: p, export: people.csv}}]\n",
    )
    text = "scenario: Of a folder\ninclude: [sub/common.yaml]\nsteps: [{sync: p}]\nexpect: {identifies: 1}\n"

    assert run_scenario(read_scenario(write(tmp_path, main=text)), subject_maker()).passed


@pytest.mark.parametrize("name", ["../secret.yaml", "{outside}/secret.yaml", "link.yaml", "sub/../../secret.yaml"])
@pytest.mark.parametrize("key", ["include", "export", "import"])
def test_no_name_leads_out_of_the_folder_of_the_scenario(tmp_path: Path, name: str, key: str):
    """A refusal would tell how the file begins, and who runs a scenario need not have written it."""
    outside, inside = tmp_path / "outside", tmp_path / "outside" / "inside"
    (inside / "sub").mkdir(parents=True)
    (outside / "secret.yaml").write_text("password: hunter2\n", encoding="utf-8")
    (inside / "link.yaml").symlink_to(outside / "secret.yaml")
    name = name.format(outside=outside)
    said = {
        "include": f"include: [{name}]\ncohorts: {{p: {{name: P}}}}\nsteps: [{{sync: p}}]\n",
        "export": f"cohorts: {{p: {{name: P, export: {name}}}}}\nsteps: [{{sync: p}}]\n",
        "import": f"cohorts: {{p: {{name: P}}}}\nsteps: [{{import: {{cohort: p, export: {name}}}}}]\n",
    }

    with pytest.raises(BadScenario, match="leads out of the folder of the scenario") as caught:
        read_scenario(write(inside, main=f"scenario: Curious\n{said[key]}"))

    assert "password" not in str(caught.value)


def test_an_included_file_may_name_what_is_elsewhere_in_the_folder(tmp_path: Path):
    """Up and down again, as long as it stays there."""
    (tmp_path / "sub").mkdir()
    (tmp_path / "people.csv").write_text("amplitude_id,user_id\n101,zoe\n", encoding="utf-8")
    write(tmp_path / "sub", common="cohorts: {p: {name: P, export: ../people.csv}}\n")
    text = "scenario: Up\ninclude: [sub/common.yaml]\nsteps: [{sync: p}]\nexpect: {identifies: 1}\n"

    assert run_scenario(read_scenario(write(tmp_path, main=text)), subject_maker()).passed


def test_includes_and_parameters_cannot_take_all_time_or_memory(tmp_path: Path):
    """Files that include the next one twice double with every level; a long text can be put in again and again."""
    levels = {f"e{level}": f"include: [e{level + 1}.yaml, e{level + 1}.yaml]\n" for level in range(30)}
    path = write(tmp_path, main="scenario: E\ninclude: [e0.yaml]\n", e30="seed: 1\n", **levels)
    with pytest.raises(BadScenario, match="one file too many: 100"):
        read_scenario(path)

    text = f"scenario: L\nparameters: {{a: {'x' * 100_000}}}\nwhy: {'$a-' * 100}\n"
    with pytest.raises(BadScenario, match=r"main\.yaml:3:6: parameters put in more than 4,000,000 characters"):
        read_scenario(write(tmp_path, main=text))


def test_an_editor_lets_a_parameter_stand_for_a_number():
    """The published schema takes $name where the runner, which has put it in by then, takes a number only."""
    text = (
        "{scenario: x, cohorts: {a: {name: A, people: $n}}, steps: [{advance: $t}, {sync: {cohort: a, converges: $c}}]}"
    )

    Draft202012Validator(schema()).validate(yaml.safe_load(text))
    with pytest.raises(BadScenario, match="cohorts/a/people is '\\$n', expected a whole number"):
        check_shape(parse_document(text, "x"))


def test_an_editor_knows_the_faults_and_settings_of_the_fakes():
    """The published schema is written from the tables that the fakes run on, and takes the whole library."""
    judge = Draft202012Validator(schema())

    assert schema_text() == published()
    for path in shipped():
        assert list(judge.iter_errors(parse_document(path.read_text(encoding="utf-8"), path.name).data)) == []
    for step in ("{on: segment, fault: statsu}", "{on: segment, fault: job-hangs}", "{on: amplitude, fault: latency}"):
        text = f"{{scenario: x, cohorts: {{a: {{name: A}}}}, steps: [{{fault: {step}}}]}}"
        assert not judge.is_valid(parse_document(text, "x").data)


def test_every_key_of_the_schema_says_what_it_is_for():
    """Editors show the descriptions."""

    def undescribed(node: object, path: str) -> list[str]:
        if not isinstance(node, dict):
            return []
        found = []
        for name, part in node.get("properties", {}).items():
            known = part.get("description") or schema()["$defs"].get(part.get("$ref", "").rpartition("/")[2], {}).get(
                "description"
            )
            found += [] if known else [f"{path}/{name}"]
            found += undescribed(part, f"{path}/{name}")
        return found

    parts = [schema(), *schema()["$defs"].values()]
    assert [each for part in parts for each in undescribed(part, part.get("title", ""))] == []


def test_the_library_is_large_and_every_scenario_says_why():
    """At least forty, each with the bug it reproduces, no two with one title."""
    scenarios = [read_scenario(path) for path in shipped()]

    assert len(scenarios) >= 40
    assert len({scenario.title for scenario in scenarios}) == len(scenarios)
    assert [scenario.name for scenario in scenarios if len(scenario.why) < 60] == []


def test_the_documentation_knows_every_step_and_expectation():
    """A key that nobody wrote about is a key that nobody finds."""
    text = (ROOT / "docs" / "scenarios.md").read_text(encoding="utf-8")
    parts = [
        schema()["properties"],
        *(schema()["$defs"][name]["properties"] for name in ("step", "expectations", "sync", "cohort")),
    ]

    assert [name for part in parts for name in part if f"`{name}`" not in text] == []
    assert json.dumps(schema())


def test_the_scenarios_of_the_documentation_pass(tmp_path: Path):
    """Whoever copies one has something that works."""
    text = (ROOT / "docs" / "scenarios.md").read_text(encoding="utf-8")
    examples = re.findall(r"```yaml\n(scenario:.*?)```", text, re.DOTALL)

    outcomes = [run_scenario(read_scenario(write(tmp_path, main=example)), subject_maker()) for example in examples]

    assert len(outcomes) == 3
    assert [str(check) for outcome in outcomes for check in outcome.checks if not check.held] == []
