from __future__ import annotations

import json
import re
import tomllib

import pytest

from cohortlab import carried
from cohortlab.cli import run
from tests.repository import ROOT


def test_every_page_can_be_printed(capsys: pytest.CaptureFixture[str]):
    """As it is written, and by the name under which other pages link to it."""
    assert run(["docs", "--json"]) == 0
    names = set(json.loads(capsys.readouterr().out))
    assert names == {path.stem for path in (ROOT / "docs").glob("*.md")}

    for name in names:
        assert run(["docs", name]) == 0
        assert capsys.readouterr().out == (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")
    assert run(["docs", "scenarios.md"]) == 0


def test_the_list_of_pages_says_how_to_read_one(capsys: pytest.CaptureFixture[str]):
    """A name and a title each."""
    assert run(["docs"]) == 0

    shown = capsys.readouterr().out
    assert re.search(r"^scenarios +Scenarios$", shown, re.M)
    assert "cohortlab docs PAGE" in shown


def test_a_page_that_is_not_there_names_the_nearest(capsys: pytest.CaptureFixture[str]):
    """Status 2; no path leads out of the pages."""
    assert run(["docs", "scenrios"]) == 2
    assert "did you mean 'scenarios'?" in capsys.readouterr().err
    assert run(["docs", "../README"]) == 2


def test_the_skill_is_its_page(capsys: pytest.CaptureFixture[str]):
    """With the head by which agents find it."""
    assert run(["skill"]) == 0

    shown = capsys.readouterr().out
    assert shown == carried.page("skill")
    assert re.match(r"---\nname: cohortlab\ndescription: ", shown)


def test_no_command_points_to_a_file_that_only_a_checkout_has():
    """What a user of the wheel is told to read, the wheel prints."""
    pointing = re.compile(r"(?<![\w/-])(?:docs/[\w-]+\.md|examples/[\w.]+)")
    shown = [ROOT / "scenarios", ROOT / "cohortlab", ROOT / "contracts"]

    for file in (path for folder in shown for path in folder.rglob("*") if path.suffix in {".py", ".yaml", ".json"}):
        text = file.read_text(encoding="utf-8")
        words = re.findall(r'"(?:[^"\\\n]|\\.)*"', text) if file.suffix == ".py" else [text]
        found = [each for word in words for each in pointing.findall(word) if (ROOT / each).exists()]
        assert not found, f"{file.relative_to(ROOT)}: {found}"


def test_links_between_pages_lead_somewhere():
    """A page that is not there, or a heading that was renamed, is found here and not by a reader."""
    for page in (*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")):
        text = page.read_text(encoding="utf-8")
        for target in re.findall(r"\]\(([^)\s]+)\)", text):
            if "://" in target:
                continue
            path, _, heading = target.partition("#")
            file = page.parent / path if path else page
            assert file.exists(), f"{page.name} links to {target}"
            if heading:
                headings = re.findall(r"^#+ (.*)$", file.read_text(encoding="utf-8"), re.M)
                assert heading in {re.sub(r"[^\w -]", "", each).lower().replace(" ", "-") for each in headings}


def test_every_page_and_program_comes_along_in_the_wheel():
    """What is new in docs/ or examples/ is named in the wheel's table, or `cohortlab docs` would not print it there."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    table = settings["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]

    pages = {f"docs/{path.name}": f"cohortlab/shipped/docs/{path.name}" for path in (ROOT / "docs").glob("*.md")}
    assert table == {**pages, "examples": "cohortlab/shipped/examples"}
