"""Real schedulers and workers of Dask, on loopback: what they find is what one process finds, whatever befalls them."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from distributed import LocalCluster

from cohortlab.cli import run
from scenarios import Outcome, read_scenario, shipped
from scenarios.campaigns import ClusterGone, Kept, alone, cluster
from scenarios.mutants import all_mutants, strength
from scenarios.running import Judging, run_campaign
from scenarios.simulation import TRIED, Found, Plan, Planted, Tried, simulate, write_down
from tests.repository import SUITE
from tests.scenarios.campaigns.dying import DiesOnce
from tests.scenarios.simulation.bugs import ForgetsLeaves
from tests.scenarios.simulation.test_simulation_finds_planted_bugs import with_bug

PLAN = Plan(seed=1, runs=24, users=40)
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(SUITE)}


def found_by(crew: Any, bug: Planted, folder: Path) -> tuple[list[Tried], Found]:
    tried = list(simulate(PLAN, bug, crew))
    failed = next(each for each in tried if each.result.failure)
    return tried, write_down(PLAN, failed, folder, with_bug(ForgetsLeaves), bug, crew=crew)


def told(outcomes: Iterator[Outcome]) -> list[dict[str, Any]]:
    return [each.as_dict() for each in outcomes]


def test_verdicts_failures_and_files_are_those_of_one_process(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """Of a simulation with a worker killed in the middle, of scenarios and of mutants; by function and by command."""
    tried, found = found_by(alone(), ForgetsLeaves, tmp_path / "alone")
    scenarios = [read_scenario(path) for path in shipped()[:4]]
    mutants = all_mutants()[:2]
    with (
        LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
            scheduler_kwargs={"dashboard": False},
            silence_logs="CRITICAL",
        ) as made,
        cluster(made.scheduler_address) as crew,
    ):
        assert crew.workers() == 2
        on_cluster = found_by(crew, DiesOnce(tmp_path / "died"), tmp_path / "cluster")
        outcomes = told(run_campaign(scenarios, Judging(), crew))
        fates = list(strength(scenarios, mutants, crew))
        call = ["run", "--json", *map(str, shipped()[:4])]
        statuses = [run([*call, "--on", made.scheduler_address]), run(call)]
        documents = capsys.readouterr().out

    assert (tmp_path / "died").exists()
    assert on_cluster[0] == tried
    assert on_cluster[1].file.read_bytes() == found.file.read_bytes()
    assert outcomes == told(run_campaign(scenarios, Judging(), alone()))
    assert fates == list(strength(scenarios, mutants))
    half = len(documents) // 2
    assert statuses == [0, 0]
    assert documents[:half] == documents[half:]


@contextmanager
def started(*words: str, says: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Start a program of Dask's, and wait for the line that says it is up."""
    program = [sys.executable, "-m", f"distributed.cli.dask_{words[0]}", *words[1:]]
    with subprocess.Popen(program, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT) as process:
        assert process.stderr is not None
        try:
            line = next(line for line in process.stderr if says in line)
            yield process, line
        finally:
            process.kill()


@contextmanager
def worker(address: str, *more: str) -> Iterator[None]:
    loopback = ("--host", "127.0.0.1", "--nthreads", "1", "--no-nanny", "--no-dashboard")
    with started("worker", address, *loopback, *more, says="Registered to"):
        yield


OTHER = """\
from scenarios.campaigns import code
code.this_code.__wrapped__.__globals__["_ROOMS"] = ("contracts",)
code.this_code.cache_clear()
"""


def test_other_code_is_refused_and_a_lost_scheduler_loses_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """In words, with the line to go on with; what was done is not done again, here by one process."""
    (tmp_path / "other.py").write_text(OTHER, encoding="utf-8")
    plan, folder = replace(PLAN, runs=60), tmp_path / "campaign"
    asked = {"seed": 1, "runs": 60, "first": 0, "users": 40, "exactly": False, "out": str(tmp_path / "out"), "most": 3}
    loopback = ("--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--dashboard-address", "127.0.0.1:0")
    with started("scheduler", *loopback, says="Scheduler at:") as (scheduler, line):
        address = re.findall(r"tcp://\S+", line)[0]
        with worker(address, "--preload", str(tmp_path / "other.py")):
            status = run(["simulate", "--on", address, "--folder", str(folder), "--out", str(tmp_path / "out")])
            refused = capsys.readouterr().err
        assert not folder.exists()
        with worker(address), Kept.begun(folder, "simulate", asked, TRIED) as kept, cluster(address) as crew:
            results = simulate(plan, crew=crew, kept=kept)
            first = next(results)
            scheduler.kill()
            with pytest.raises(ClusterGone, match=f"the scheduler at {address} went away"):
                list(results)
    before = (folder / "done.jsonl").read_bytes()

    again = run(["simulate", "--resume", str(folder), "--json"])

    after = (folder / "done.jsonl").read_bytes()
    numbers = [each.number for line in after.splitlines() for each in TRIED.value(line)[2]]
    assert (status, "the worker tcp://" in refused, "install the same at every worker" in refused) == (2, True, True)
    assert (first.number, again) == (0, 0)
    assert before
    assert after.startswith(before)
    assert sorted(numbers) == list(range(60))
    assert json.loads(capsys.readouterr().out)["runs"] == 60


# As a terminal starts it: whoever runs the tests may ignore the signal, as what a shell starts in the background does.
INTERRUPTED = """\
import signal, sys
from cohortlab.cli import run
from scenarios.simulation import Tally

count = Tally.count

def counted(self, tried):
    count(self, tried)
    print("tried", flush=True)

Tally.count = counted
if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.exit(run(sys.argv[1:]))
"""


def test_an_interrupt_leaves_a_folder_to_go_on_with(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """Ctrl-C reaches workers as well, and they leave it to the campaign; its folder has what was done."""
    (tmp_path / "interrupted.py").write_text(INTERRUPTED, encoding="utf-8")
    plan = ["--seed", "1", "--runs", "120", "--users", "40", "--out", str(tmp_path / "out")]
    call = ["simulate", *plan, "--on", "local", "--workers", "1", "--folder", str(tmp_path / "campaign")]
    with subprocess.Popen(
        [sys.executable, str(tmp_path / "interrupted.py"), *call],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env=ENVIRONMENT,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "tried\n"
        os.killpg(process.pid, signal.SIGINT)
        _, said = process.communicate(timeout=60)

    folder = tmp_path / "campaign"
    going_on = f"What was done is kept in {folder}; go on with: cohortlab simulate --resume {folder}"
    assert process.returncode == 130
    assert [line for line in said.splitlines() if line] == [going_on, "Interrupted."]
    assert run(["simulate", "--resume", str(tmp_path / "campaign"), "--seed", "2"]) == 2
    assert "--seed is the campaign's own" in capsys.readouterr().err
    documents = []
    for words in (["--resume", str(tmp_path / "campaign")], plan):
        assert run(["simulate", "--json", *words]) == 0
        document = json.loads(capsys.readouterr().out)
        documents.append({name: value for name, value in document.items() if "second" not in name})
    assert documents[0] == documents[1]
