from __future__ import annotations

import json
from pathlib import Path

import pytest

from cohortlab.cli import run
from cohortlab.rehearsal import exports, rehearse
from tests.repository import ROOT


def test_the_demo_tells_the_true_figures(capsys: pytest.CaptureFixture[str]):
    """Two exports, three faults, 5,285 identify calls delivered once each, and an oracle that agrees."""
    status = run(["demo", "--json"])

    told = json.loads(capsys.readouterr().out)
    first, second = (hour["run"] for hour in told["hours"])
    assert (status, told["held"]) == (0, True)
    assert (first["members"], first["anonymous"], first["identified"]) == (5020, 150, 4870)
    assert (first["entered"], first["left"]) == (4870, 0)
    assert (second["entered"], second["left"]) == (240, 175)
    assert first["calls"] + second["calls"] == 5285
    assert sum(hour["verdicts"]["delivered"] for hour in told["hours"]) == 5285
    assert sum(hour["verdicts"].get("discarded", 0) for hour in told["hours"]) == 0


def test_the_faults_of_the_demo_strike(capsys: pytest.CaptureFixture[str]):
    """A 429 and a 503 cost an attempt each, the lost reply one more and a batch of duplicates."""
    run(["demo", "--json"])

    first, second = json.loads(capsys.readouterr().out)["hours"]
    assert first["run"]["attempts"] == first["run"]["batches"] + 2
    assert second["run"]["attempts"] == second["run"]["batches"] + 1
    assert second["verdicts"]["duplicate"] == second["run"]["calls"]


def test_the_demo_shows_a_table_and_the_oracles_word(capsys: pytest.CaptureFixture[str]):
    """What a newcomer sees, plain when piped."""
    assert run(["demo"]) == 0

    shown = capsys.readouterr().out
    assert "The oracle agrees" in shown
    assert "anonymous, skipped" in shown
    assert "\x1b[" not in shown


def test_your_own_exports_can_be_rehearsed(tmp_path: Path):
    """Any number of exports, an hour apart; ids come through to the letter."""
    users = ["007", "7", " x ", "null", 'say "hi"', "a,b", "two\nlines", "=1+1", "<b>", "遠藤"]
    quoted = [f'"{n}","{user.replace(chr(34), chr(34) * 2)}"\n' for n, user in enumerate(users)]
    for hour, rows in enumerate([quoted, quoted[1:], quoted]):
        (tmp_path / f"{hour}.csv").write_text(
            '"amplitude_id","user_id"\n' + "".join(rows), encoding="utf-8", newline=""
        )

    hours = list(rehearse(sorted(tmp_path.glob("*.csv"))))

    assert [(hour.report.entered, hour.report.left) for hour in hours] == [(10, 0), (0, 1), (1, 0)]
    assert all(hour.differences == () for hour in hours)


def test_the_exports_that_ship_hold_the_oddities_of_real_ones():
    """Anonymous rows, leading zeros, case, quotes, commas, line breaks, other scripts."""
    text = exports()[0].read_text(encoding="utf-8")

    for oddity in ('""\n', '"08948113"', "遠藤", '""398""'):
        assert oddity in text


def test_the_picture_in_the_readme_is_what_the_demo_shows(capsys: pytest.CaptureFixture[str]):
    """The table in the README is the demo's own, to the letter."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    run(["demo"])

    shown = capsys.readouterr().out
    table = "\n".join(line.rstrip() for line in shown[shown.index("What the syncs did") :].rstrip().splitlines())
    assert table in readme
