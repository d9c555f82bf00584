#!/usr/bin/env bash
# @segment/destination-subscriptions 3.37.0 (npm): without parentheses `a or b and c` means `a and b and c`.
#
# There is no precedence: conditions beside one another make one list, and the conjunction that stands last joins all of them. `type = "track" or type =
# "identify" and traits.plan = "pro"` asks for an event that is a track and an identify at once, so it never matches; with the two halves turned round it means
# "or" throughout. One level of parentheses says what is meant. In capitals, OR and AND are skipped, and the list is joined by "and".
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

const event = { type: 'identify', userId: 'u1', traits: { plan: 'pro' } }
const free = { type: 'identify', userId: 'u1', traits: { plan: 'free' } }
console.log('or, and:', says('type = "track" or type = "identify" and traits.plan = "pro"', event))
console.log('and, or:', says('traits.plan = "pro" and type = "identify" or type = "track"', free))
console.log('parentheses:', says('(type = "track" or type = "identify") and traits.plan = "pro"', event))
console.log('capitals:', says('type = "track" OR type = "identify"', event))
JS
node see.cjs | tee out
grep -qxF 'or, and: false' out || exit 1
grep -qxF 'and, or: true' out || exit 1
grep -qxF 'parentheses: true' out || exit 1
grep -qxF 'capitals: false' out || exit 1
echo "As described: the last conjunction joined all conditions."
