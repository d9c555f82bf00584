"""A database that is not there, goes away, refuses or was changed: a sentence, nothing half loaded, and on it goes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from downstream.warehouse import Warehouse, WarehouseTrouble, target_of, warehouse_of
from mock_segment import create_app
from scenarios.lab import Lab
from tests.downstream.warehouse.conftest import START, Desk
from tests.downstream.warehouse.postgres import Server

_HOLD = """
import sys, duckdb
held = duckdb.connect(sys.argv[1])
print("held", flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize(
    ("into", "words"),
    [
        ("duckdb:/nowhere/at/all.duckdb", "cannot be opened"),
        ("postgresql://lab@localhost:1/lab", "cannot be reached"),
        ("postgresql://lab:secret@localhost:1/lab", "cannot be reached"),
        ("mysql://lab@localhost/lab", "is no warehouse, expected duckdb:FILE"),
        ("duckdb:", "is no warehouse"),
        ("", "is no warehouse"),
    ],
)
def test_a_database_that_is_not_there(plain_desk, into, words):
    """Connecting says so, and tells no password; the lab goes on with the one it had."""
    with pytest.raises(WarehouseTrouble, match=words) as refused:
        plain_desk.warehouse.connect(into)
    assert "secret" not in str(refused.value)

    plain_desk.identify("ada", power=True)
    assert plain_desk.loaded("SELECT id FROM web.users") == [("ada",)]


def test_a_file_of_something_else(plain_desk, tmp_path):
    """It stays as it is."""
    other = tmp_path / "notes.duckdb"
    other.write_text("my notes\n" * 1000)

    with pytest.raises(WarehouseTrouble, match="is no DuckDB file"):
        plain_desk.warehouse.connect(f"duckdb:{other}")
    assert other.read_text() == "my notes\n" * 1000


def test_a_file_that_is_open_elsewhere_is_loaded_later(tmp_path):
    """The failure is told, and the next load makes up for it."""
    path = tmp_path / "w.duckdb"
    with Lab(start=START, warehouse=f"duckdb:{path}") as lab:
        desk = Desk(lab)
        desk.identify("ada", power=True)
        path.unlink(missing_ok=True)
        holding = [sys.executable, "-c", _HOLD, str(path)]
        with subprocess.Popen(holding, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
            assert other.stdout is not None
            other.stdout.readline()
            lab.clock.advance(3600)
            lab.clock.advance(1)
            *_, failed = desk.warehouse.untold
            assert (failed["status"], failed["load"]) == ("Failure", None)
            assert "is open in another program" in failed["words"]
            status = create_app(lab.segment_fake).test_client().get("/__lab/warehouse").json
            assert (status["loads"], status["failures"][-1]["words"]) == (None, failed["words"])
            other.communicate(b"done")
        lab.clock.advance(3600)
        assert desk.warehouse.rows("SELECT id FROM web.users") == [{"id": "ada"}]
        *failures, last = [(load["load"], load["status"], load["events"]) for load in desk.warehouse.loads()]
        assert failures == [(number, "Failure", 0) for number in range(1, len(failures) + 1)] != []
        assert last == (len(failures) + 1, "Success", 1)


def test_tables_of_another_program_are_left_alone(desk, into):
    """A table of that name which the lab did not make is refused."""
    _run(desk.warehouse, "CREATE SCHEMA web")
    _run(desk.warehouse, "CREATE TABLE web.identifies (mine integer)")
    desk.identify("ada", power=True)

    with pytest.raises(WarehouseTrouble, match=r"web\.identifies is a table of another program"):
        desk.warehouse.load()
    assert desk.warehouse.query("SELECT * FROM web.identifies")[1] == []


def test_a_column_of_another_type_stops_the_load_and_nothing_is_half_loaded(desk, into):
    """Once it is put back, the next load goes on."""
    desk.identify("ada", power=True)
    desk.warehouse.load()
    _run(desk.warehouse, "ALTER TABLE web.users DROP COLUMN power")
    desk.identify("bob", power=True)
    with pytest.raises(WarehouseTrouble, match=r"column power of web\.users was made as boolean and is gone"):
        desk.warehouse.load()
    assert desk.warehouse.query("SELECT user_id FROM web.identifies")[1] == [("ada",)]

    _run(desk.warehouse, "ALTER TABLE web.users ADD COLUMN power boolean")
    assert desk.loaded("SELECT id, power FROM web.users ORDER BY id") == [("ada", None), ("bob", True)]
    told = [(load["status"], load["events"], load["words"][-4:]) for load in desk.warehouse.loads()]
    assert told == [("Success", 1, ""), ("Failure", 0, "ain."), ("Success", 1, "")]


def test_a_right_that_is_refused(postgres: Server):
    """PostgreSQL's refusal names the right to grant; once it is granted, the load goes on."""
    url = postgres.database()
    postgres.run("DROP ROLE IF EXISTS guest")
    postgres.run("CREATE ROLE guest LOGIN")
    guest = url.replace("lab@", "guest@")
    with Lab(start=START, warehouse=guest) as lab:
        desk = Desk(lab)
        desk.identify("ada", power=True)
        with pytest.raises(WarehouseTrouble, match=r"refuses a right .* grant CREATE"):
            desk.warehouse.load()

        postgres.run(f"GRANT CREATE ON DATABASE {url.partition('?')[0].rpartition('/')[2]} TO guest")
        assert desk.loaded("SELECT id FROM web.users") == [("ada",)]

        postgres.run("ALTER TABLE web.users OWNER TO lab", url)
        desk.identify("bob", power=True)
        with pytest.raises(WarehouseTrouble, match=r"permission denied for table users\): grant that, or let it own"):
            desk.warehouse.load()
        postgres.run("ALTER TABLE web.users OWNER TO guest", url)
        assert desk.loaded("SELECT id FROM web.users ORDER BY id") == [("ada",), ("bob",)]


def test_a_server_that_goes_away_in_the_middle(postgres: Server):
    """Nothing is half loaded, and the next load goes on."""
    url = postgres.database()

    def end(step: str) -> None:
        if step == "users":
            name = url.partition("?")[0].rpartition("/")[2]
            postgres.run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")

    with Lab(start=START) as lab:
        desk = Desk(lab)
        desk.identify("ada", power=True)
        cut = Warehouse(lab.segment, url, boundary=end)
        with pytest.raises(WarehouseTrouble, match="cannot be reached"):
            cut.load()
        whole = Warehouse(lab.segment, url)
        assert whole.query("SELECT count(*) FROM information_schema.tables WHERE table_schema = 'web'")[1] == [(0,)]
        whole.load()
        assert whole.query("SELECT id FROM web.users")[1] == [("ada",)]


def test_1600_columns_of_postgresql(postgres: Server):
    """What has no room is left out and told, or refused if that is asked for; the rest is loaded."""
    with Lab(start=START, warehouse=postgres.database()) as lab:
        desk = Desk(lab)
        desk.identify("ada", **{f"c{number}": True for number in range(1599)})
        desk.identify("bob", c1=True)
        with pytest.raises(WarehouseTrouble, match="has no room for the column c1592"):
            desk.warehouse.configure(full_table="fail")
            desk.warehouse.load()

        desk.warehouse.configure(full_table="leave_out")
        assert desk.loaded("SELECT user_id FROM web.identifies WHERE c1") == [("ada",), ("bob",)]
        full = [note for note in desk.warehouse.notes() if note["what"] == "full"]
        assert [note["column_name"] for note in full] == [f"c{number}" for number in range(1592, 1599)]


def test_names_that_postgresql_cuts(postgres: Server):
    """Two long names share a column and are told; DuckDB keeps both; `suffix` keeps both everywhere."""
    stem = "Customers who visited the pricing page and then opened a ticket at least"
    names = [f"{stem} (7abc12de)", f"{stem} (9def34ab)"]
    for settings, columns in (({}, 1), ({"long_names": "suffix"}, 2), ({"long_names": "refuse"}, 0)):
        with Lab(start=START, warehouse=postgres.database()) as lab:
            desk = Desk(lab)
            desk.warehouse.configure(**settings)
            desk.identify("ada", **{names[0]: True})
            desk.identify("ada", **{names[1]: False})
            desk.warehouse.load()
            made = {each["column_name"] for each in desk.warehouse.columns() if each["column_name"]}
            assert len(made) == columns
            assert all(len(name.encode()) <= 63 for name in made)
            met = [note for note in desk.warehouse.notes() if note["what"] == "met"]
            assert len(met) == (1 if not settings else 0)


def _run(warehouse: Warehouse, sql: str) -> None:
    """Let somebody else change the database."""
    with warehouse._loader.target.transaction() as session:
        session.run(sql)


def test_duckdb_has_memory_for_the_columns_of_a_table(tmp_path: Path):
    """It keeps a block of each column in memory while rows are written: a thousand cohorts need more than twenty."""
    with target_of(f"duckdb:{tmp_path / 'w.duckdb'}").transaction() as session:
        limits = []
        for columns in (20, 1_500, 20):
            session.room_for(columns)
            limits.append(session.rows("SELECT current_setting('memory_limit')")[0][0])
    assert limits == ["190.7 MiB", "524.5 MiB", "524.5 MiB"]


def test_a_full_disk_is_said_in_words(tmp_path: Path):
    """DuckDB has no room on its disk: the load fails, and goes on when there is."""
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("no /dev/full here")
    with Lab(start=START, warehouse=f"duckdb:{tmp_path / 'w.duckdb'}") as lab:
        Desk(lab).identify("ada", power=True)
        warehouse = warehouse_of(lab.segment)
        assert warehouse.query("SELECT 1")[1] == [(1,)]  # which makes the file
        log = tmp_path / "w.duckdb.wal"
        log.symlink_to(full)
        with pytest.raises(WarehouseTrouble, match="no room left on its disk"):
            warehouse.load()
        log.unlink()
        warehouse.load()
        assert warehouse.query("SELECT id FROM web.users")[1] == [("ada",)]


_ON_A_SMALL_DISK = """
set -e
mount -t tmpfs -o size=3m tmpfs "$1"
"$2" -m cohortlab load "$3" --into "duckdb:$1/w.duckdb" --json || echo "status $?"
mount -o remount,size=90m "$1"
"$2" -m cohortlab load "$3" --into "duckdb:$1/w.duckdb" --json
"""


def test_a_disk_that_is_full(tmp_path: Path):
    """A file system of three megabytes in a mount namespace: nothing of the load is there; with room it goes on."""
    alone = ["unshare", "--mount", "--map-root-user"]
    if subprocess.run([*alone, "true"], capture_output=True, check=False).returncode:
        pytest.skip("no mount namespaces here")
    disk, events = tmp_path / "disk", tmp_path / "web.ndjson"
    disk.mkdir()
    with events.open("w") as file:
        for number in range(6_000):
            traits = {"power": True, "plan": f"{number * 7919:x}" * 40}
            event = {"type": "identify", "userId": f"u{number}", "messageId": f"m{number}", "traits": traits}
            file.write(json.dumps(event) + "\n")

    words = [*alone, "sh", "-c", _ON_A_SMALL_DISK, "sh", str(disk), sys.executable, str(events)]
    done = subprocess.run(words, capture_output=True, text=True, check=True)

    failed, status, whole = done.stdout.splitlines()
    assert (json.loads(failed)["status"], json.loads(failed)["events"], status) == ("Failure", 0, "status 2")
    assert "has no room left on its disk: make room, the next load goes on" in done.stderr
    assert (json.loads(whole)["status"], json.loads(whole)["rows"]["web.users"]) == ("Success", 6_000)


def test_a_server_without_room(postgres: Server):
    """PostgreSQL says so in the middle, with its own code: nothing is half loaded, and with room it goes on."""
    url = postgres.database()
    with Lab(start=START, warehouse=url) as lab:
        desk = Desk(lab)
        desk.identify("ada", power=True)
        desk.warehouse.load()
        postgres.run(
            "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION "
            "'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$; "
            "CREATE TRIGGER full_disk BEFORE INSERT ON web.users EXECUTE FUNCTION full_disk()",
            url,
        )
        desk.identify("bob", power=True)
        with pytest.raises(WarehouseTrouble, match=r"has no room left \(could not extend file.*\): make room"):
            desk.warehouse.load()
        assert desk.warehouse.query("SELECT count(*) FROM web.identifies")[1] == [(1,)]

        postgres.run("DROP TRIGGER full_disk ON web.users", url)
        assert desk.loaded("SELECT id FROM web.users ORDER BY id") == [("ada",), ("bob",)]


def test_a_file_that_was_taken_away(tmp_path: Path):
    """The next load says so, and the one after it loads everything into a new one."""
    path = tmp_path / "w.duckdb"
    with Lab(start=START, warehouse=f"duckdb:{path}") as lab:
        desk = Desk(lab)
        desk.identify("ada", power=True)
        desk.warehouse.load()
        path.unlink()
        desk.identify("bob", power=True)
        with pytest.raises(WarehouseTrouble, match="is not as the last load left it"):
            desk.warehouse.load()
        assert desk.loaded("SELECT id FROM web.users ORDER BY id") == [("ada",), ("bob",)]


def test_a_column_of_another_type_that_somebody_made(desk: Desk, into: str):
    """One that the lab has not made, and one whose type was changed: named, with what it is and was."""
    desk.identify("ada", power=True)
    desk.warehouse.load()
    _run(desk.warehouse, "ALTER TABLE web.users ADD COLUMN trial integer")
    desk.identify("bob", trial=True)
    with pytest.raises(
        WarehouseTrouble, match=r"column trial of web\.users is one of another program \((INTEGER|integer)\)"
    ):
        desk.warehouse.load()
    assert desk.warehouse.query("SELECT user_id FROM web.identifies")[1] == [("ada",)]
    _run(desk.warehouse, "ALTER TABLE web.users DROP COLUMN trial")
    assert desk.loaded("SELECT id, trial FROM web.users ORDER BY id") == [("ada", None), ("bob", True)]

    kind = "text" if into.startswith("postgres") else "VARCHAR"
    _run(desk.warehouse, f"ALTER TABLE web.users ALTER COLUMN power TYPE {kind}")
    desk.identify("eve", power=True)
    with pytest.raises(WarehouseTrouble, match=rf"column power of web\.users was made as boolean and is {kind} now"):
        desk.warehouse.load()
