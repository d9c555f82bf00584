#!/usr/bin/env bash
# @segment/destination-subscriptions 3.37.0 (npm): `not`, `!( )` and fields it does not know vanish from a filter, and the rest counts.
#
# `not type = "identify"` matches identifies. `type = "identify" and anonymousId = "a1"` matches every identify: of an event's own fields only type, event, name
# and userId are known. Whoever filters a staging user or an anonymous id out of a destination filters nothing, and is not told.
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

const event = { type: 'identify', userId: 'u1', anonymousId: 'b2', traits: {} }
console.log('not:', says('not type = "identify"', event))
console.log('!( ):', says('!(type = "identify")', event))
console.log('anonymousId beside another:', says('type = "identify" and anonymousId = "a1"', event))
console.log('anonymousId alone:', says('anonymousId = "a1"', event))
JS
node see.cjs | tee out
grep -qxF 'not: true' out || exit 1
grep -qxF '!( ): true' out || exit 1
grep -qxF 'anonymousId beside another: true' out || exit 1
grep -qxF 'anonymousId alone: refused' out || exit 1
echo "As described: what was not known was left out."
