#!/usr/bin/env bash
# @segment/actions-core 3.170.0 (npm; what maps an event to a destination's fields): an `@if` whose `else` is false gives nothing at all.
#
# "Send true for a member, false for everybody else" is `{"@if": {"exists": ..., "then": true, "else": false}}`. The `then` of false is kept; the `else` of false,
# 0 or "" is left out, so the field is missing from the request and the vendor keeps the old value. A flag that should be taken back is never taken back.
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
const flag = (then, otherwise) => ({ member: { '@if': { exists: { '@path': '$.traits.vip' }, then, else: otherwise } } })
console.log('then false:', JSON.stringify(transform(flag(false, true), { traits: { vip: 'yes' } })))
console.log('else false:', JSON.stringify(transform(flag(true, false), { traits: {} })))
console.log('else 0:', JSON.stringify(transform(flag(1, 0), { traits: {} })))
console.log('else "no":', JSON.stringify(transform(flag('yes', 'no'), { traits: {} })))
JS
node see.cjs | tee out
grep -qxF 'then false: {"member":false}' out || exit 1
grep -qxF 'else false: {}' out || exit 1
grep -qxF 'else 0: {}' out || exit 1
grep -qxF 'else "no": {"member":"no"}' out || exit 1
echo "As described: the else of false was left out."
