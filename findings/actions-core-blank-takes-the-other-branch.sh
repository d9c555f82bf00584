#!/usr/bin/env bash
# @segment/actions-core 3.170.0 (npm): `@if` with `blank` takes `then` when the value is not blank, and false and 0 count as blank.
#
# `{"@if": {"blank": X, "then": A, "else": B}}` reads "if X is blank, A". It gives A when X holds something, and B for a missing value, an empty text, null, and for
# false and 0. Of a cohort trait, which is true or false, every leave is blank.
#
# Exits 0 while that is so, 1 when it has changed, 2 when the package cannot be installed.
set -u
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 2
cat >package.json <<'JSON'
{
  "private": true,
  "dependencies": { "@segment/actions-core": "3.170.0", "liquidjs": "10.25.7" },
  "overrides": { "fast-uri": "3.1.5" }
}
JSON
npm install --silent --no-audit --no-fund --ignore-scripts || exit 2
cat >see.cjs <<'JS'
const { transform } = require('@segment/actions-core')
const mapping = { out: { '@if': { blank: { '@path': '$.traits.vip' }, then: 'A', else: 'B' } } }
for (const vip of ['gold', true, '', null, undefined, false, 0]) {
  console.log(`${JSON.stringify(vip)}: ${transform(mapping, { traits: { vip } }).out}`)
}
JS
node see.cjs | tee out
grep -qxF '"gold": A' out || exit 1
grep -qxF 'true: A' out || exit 1
grep -qxF '"": B' out || exit 1
grep -qxF 'null: B' out || exit 1
grep -qxF 'undefined: B' out || exit 1
grep -qxF 'false: B' out || exit 1
grep -qxF '0: B' out || exit 1
echo "As described: then was taken for what is not blank."
