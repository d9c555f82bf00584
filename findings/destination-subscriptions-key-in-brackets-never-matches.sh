#!/usr/bin/env bash
# @segment/destination-subscriptions 3.37.0 (npm): a filter on a trait with brackets in its name never matches, although the package writes and reads it.
#
# Amplitude's older name for a synced cohort is `[Amplitude] Power Users (abc123)`. generateFql escapes it, parseFql reads the same name back, and validate finds
# nothing under it: the name is taken for a path and cut at the brackets. Nothing is said. The same trait without the brackets matches once spaces and
# parentheses are escaped; not escaped, it is read as something else, without an error either.
#
# Exits 0 while that is so, 1 when it has changed, 2 when the package cannot be installed.
set -u
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 2
echo '{"private": true}' >package.json
npm install --silent --no-audit --no-fund --ignore-scripts '@segment/destination-subscriptions@3.37.0' || exit 2
cat >see.cjs <<'JS'
const { generateFql, parseFql, validate } = require('@segment/destination-subscriptions')
for (const name of ['Power Users (abc123)', '[Amplitude] Power Users (abc123)']) {
  const written = generateFql({ type: 'group', operator: 'and', children: [{ type: 'event-trait', name, operator: '=', value: true }] })
  const read = parseFql(written)
  const event = { type: 'identify', userId: 'u1', traits: { [name]: true } }
  console.log(`${name}: read back ${read.children[0].name === name}, matches ${validate(read, event)}`)
}
const event = { type: 'identify', userId: 'u1', traits: { 'Power Users (abc123)': true } }
console.log('not escaped: matches', validate(parseFql('traits.Power Users (abc123) = true'), event))
JS
node see.cjs | tee out
grep -qxF 'Power Users (abc123): read back true, matches true' out || exit 1
grep -qxF '[Amplitude] Power Users (abc123): read back true, matches false' out || exit 1
grep -qxF 'not escaped: matches false' out || exit 1
echo "As described: written, read back, and never matched."
