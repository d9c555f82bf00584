#!/usr/bin/env bash
# @segment/destination-subscriptions 3.37.0 (npm; what Segment's destinations match filters with): `!= true` holds for a member, too.
#
# `traits.x = true` is taken for "is true". `traits.x != true` is not its opposite: it compares with the text "true", so it holds for the boolean true, for
# false and for a trait that is missing. A filter "everybody who is not in the cohort" lets everybody through; `= false` says what is meant of those who
# left. `!= false` likewise holds for false.
#
# Exits 0 while that is so, 1 when it has changed, 2 when the package cannot be installed.
set -u
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 2
echo '{"private": true}' >package.json
npm install --silent --no-audit --no-fund --ignore-scripts '@segment/destination-subscriptions@3.37.0' || exit 2
cat >see.cjs <<'JS'
const { parseFql, validate } = require('@segment/destination-subscriptions')
const says = (fql, event) => {
  const ast = parseFql(fql)
  return ast.error ? 'refused' : validate(ast, event)
}

for (const value of [true, false, 'true', undefined]) {
  const event = { type: 'identify', userId: 'u1', traits: value === undefined ? {} : { beta: value } }
  console.log(`${JSON.stringify(value)}: = true ${says('traits.beta = true', event)}, != true ${says('traits.beta != true', event)}`)
}
JS
node see.cjs | tee out
grep -qxF 'true: = true true, != true true' out || exit 1
grep -qxF 'false: = true false, != true true' out || exit 1
grep -qxF '"true": = true false, != true false' out || exit 1
grep -qxF 'undefined: = true false, != true true' out || exit 1
echo "As described: true is both = true and != true."
