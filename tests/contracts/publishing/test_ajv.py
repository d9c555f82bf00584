"""The schemas in JavaScript: ajv loads them in strict mode, and judges as jsonschema-rs does."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from contracts.catalogue import all_rules
from contracts.check import CONTRACTS
from contracts.publishing.schemas import SCHEMAS
from tests.repository import ROOT

HERE = Path(__file__).parent / "node"
FILES = ROOT / "contracts" / "schemas"


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install ajv beside a copy of the judge, or skip with the reason."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("Node.js and npm are not installed")
    folder = tmp_path_factory.mktemp("ajv")
    for name in ("package.json", "judge.mjs"):
        shutil.copy(HERE / name, folder)
    arguments = [npm, "install", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"]
    try:
        installed = subprocess.run(arguments, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    except subprocess.TimeoutExpired:
        pytest.skip("npm did not install ajv within two minutes")
    if installed.returncode != 0:
        pytest.skip(f"npm could not install ajv: {installed.stderr.strip()[-200:]}")
    return folder / "judge.mjs"


def examples() -> list[Any]:
    """Return every example of the catalogue that JSON can hold."""
    kept = [
        rule for rule in all_rules() if rule.contracts[0] in CONTRACTS and rule.code not in ("E106", "E107", "D218")
    ]
    return [example for rule in kept for example in (rule.bad, rule.good)]


def test_ajv_agrees_in_strict_mode(judge: Path) -> None:
    """Every schema loads without private keywords, and every example has the same verdict."""
    payloads = examples()
    asked = {str(FILES / f"{name}.schema.json"): payloads for name in SCHEMAS}

    answer = subprocess.run(
        ["node", judge.name],
        cwd=judge.parent,
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert answer.returncode == 0, answer.stderr
    verdicts = json.loads(answer.stdout)
    for file, judged in verdicts.items():
        reference = jsonschema_rs.Draft202012Validator(json.loads(Path(file).read_text(encoding="utf-8")))
        assert judged == [reference.is_valid(payload) for payload in payloads], file
