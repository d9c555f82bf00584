#!/usr/bin/env bash
# duckdb 2.0.1 (PyPI): an upsert that brings two rows for one key keeps the first and says nothing; so does MERGE.
#
# A batch of a user's changes, entered and then left, goes into a table keyed by user with ON CONFLICT DO UPDATE. PostgreSQL refuses the statement ("cannot
# affect row a second time"), so one learns to reduce the batch first. DuckDB takes it and keeps the row that came first: the user who left stays a member.
# MERGE does the same, and reports two rows.
#
# Exits 0 while that is so, 1 when it has changed, 2 when the package cannot be installed.
set -u
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 2
python3 -m venv env && env/bin/pip install --quiet --disable-pip-version-check 'duckdb==2.0.1' || exit 2
cat >see.py <<'PY'
import duckdb

CHANGES = "(VALUES ('ada', true), ('ada', false)) AS change(user_id, member)"


def after(statement):
    db = duckdb.connect()
    db.execute("CREATE TABLE users(user_id TEXT PRIMARY KEY, member BOOLEAN)")
    db.execute("INSERT INTO users VALUES ('ada', NULL)")
    db.execute(statement)
    return db.execute("SELECT member FROM users").fetchall()


print("upsert:", after(f"INSERT INTO users SELECT * FROM {CHANGES} ON CONFLICT DO UPDATE SET member = excluded.member"))
print("merge:", after(f"MERGE INTO users USING (FROM {CHANGES}) AS new USING (user_id) WHEN MATCHED THEN UPDATE SET member = new.member"))
PY
env/bin/python see.py | tee out
grep -qxF 'upsert: [(True,)]' out || exit 1
grep -qxF 'merge: [(True,)]' out || exit 1
echo "As described: entered, then left, and still a member."
