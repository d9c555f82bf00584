"""What surrounds the contracts stays true: the pre-commit hooks run, and the guide names what there is."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import yaml

from cohortlab.cli import run
from cohortlab.commands.check import command
from contracts.check import CONTRACTS
from contracts.trait_key import TRAIT_KEY_STYLES
from tests.repository import ROOT

HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
GUIDE = (ROOT / "docs" / "contracts.md").read_text(encoding="utf-8")
FILES = {
    "cohortlab-check": ("calls.ndjson", '{"type":"identify","userId":"user-001","traits":{"A (x1)":true}}\n'),
    "cohortlab-check-export": ("cohort-0900.csv", '"amplitude_id","user_id"\n"1610450763183","user-001"\n'),
}


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
def test_a_hook_takes_its_files_and_runs(hook: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """pre-commit appends the names of matching files to the entry."""
    name, content = FILES[hook["id"]]
    (tmp_path / name).write_text(content, encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    program, *arguments = shlex.split(hook["entry"])

    assert program == "cohortlab"
    assert re.search(hook["files"], name)
    assert run([*arguments, name]) == 0


def test_the_guide_names_every_contract_and_style() -> None:
    """What a reader does not find does not exist for him."""
    for name in (*CONTRACTS, "export", *list(TRAIT_KEY_STYLES)[:3]):
        assert f"`{name}`" in GUIDE


def test_the_guide_names_only_options_that_exist() -> None:
    """An option in the guide that the command does not know would be a lie."""
    options = {option for parameter in command.params for option in parameter.opts}

    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", GUIDE)) <= options
