#!/usr/bin/env bash
# Runs the public package dbt-segment (fleetio, 0.7.0) on tables that `cohortlab load` made: days one and two, then a third day as an incremental run.
#
#     ./run.sh                              # on DuckDB
#     PGHOST=localhost PGDATABASE=test PGUSER=me ./run.sh    # on PostgreSQL as well; it makes the schemas web, visits and cohortlab there
#
# It needs `cohortlab[warehouse]` (and `[postgres]`) on the path, python3 with venv, and git; dbt goes into a folder that is taken away at the end.
# PACKAGES says where the repositories are cloned from, such as a folder with copies of them. Exits 0 when all passes.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
from=${PACKAGES:-https://github.com}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

python3 -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet --disable-pip-version-check 'dbt-core==1.11.16' 'dbt-duckdb==1.11.1' 'dbt-postgres==1.11.0'
cp -R "$here/." "$folder/project"
take() { # REPOSITORY COMMIT
    git clone --quiet "$from/$1" "$folder/project/dbt_packages/${1#*/}"
    git -C "$folder/project/dbt_packages/${1#*/}" -c advice.detachedHead=false checkout --quiet "$2"
}
take fleetio/dbt-segment 5ddff1e3381dfc87cec454e74e875bc14d08e1a7 # 0.7.0
take dbt-labs/dbt-utils ef562bac8583a3dd041437d1a0ed926d356da4fd  # 1.3.3
cd "$folder/project"
export WAREHOUSE_FILE="$folder/lab.duckdb" DBT_SEND_ANONYMOUS_USAGE_STATS=false

load_and_build() { # TARGET DATABASE DAYS VISITS
    for day in $3; do python3 events.py "$day" >>"$folder/$1.ndjson"; done
    cohortlab load "$folder/$1.ndjson" --source Web --into "$2"
    "$folder/env/bin/dbt" build --profiles-dir . --target "$1" --vars "{expected: $4}"
}
on() { # TARGET DATABASE: 200 visitors come twice a day
    load_and_build "$1" "$2" "1 2" 800
    load_and_build "$1" "$2" 3 1200
}
on duckdb "duckdb:$WAREHOUSE_FILE"
if [ -n "${PGHOST:-}" ]; then on postgres "postgresql:///${PGDATABASE:-postgres}"; fi
echo "As described."
