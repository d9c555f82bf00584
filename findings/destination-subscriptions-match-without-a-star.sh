#!/usr/bin/env bash
# @segment/destination-subscriptions 3.37.0 (npm): `match` without a star drops the first letter and compares the end.
#
# `match(traits.plan, "pro")` reads like equality, or like "contains". It holds for every text that ends in "ro": for pro, and for macro. A star in the middle or
# on both sides is no wildcard.
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

const event = (plan) => ({ type: 'identify', userId: 'u1', traits: { plan } })
for (const plan of ['pro', 'macro', 'pros']) console.log(`${plan}: ${says('match(traits.plan, "pro")', event(plan))}`)
console.log(`in the middle: ${says('match(traits.plan, "p*o")', event('pro'))}`)
JS
node see.cjs | tee out
grep -qxF 'pro: true' out || exit 1
grep -qxF 'macro: true' out || exit 1
grep -qxF 'pros: false' out || exit 1
grep -qxF 'in the middle: false' out || exit 1
echo "As described: macro matched pro."
