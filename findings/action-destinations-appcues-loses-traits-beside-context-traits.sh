#!/usr/bin/env bash
# @segment/action-destinations 3.497.0 (npm), Appcues: an identify whose context has `traits`, be they empty, loses its own traits.
#
# The destination reads `context.traits` before `traits`, as is right for a track, and does so for an identify, too. Clients that put an empty object there on every
# call make users without a property, and a synced cohort never arrives.
#
# Exits 0 while that is so, 1 when it has changed, 2 when the package cannot be installed.
set -u
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 2
cat >package.json <<'JSON'
{
  "private": true,
  "dependencies": { "@segment/action-destinations": "3.497.0", "@segment/actions-core": "3.170.0", "liquidjs": "10.25.7", "xml-js": "1.6.11" },
  "overrides": { "fast-uri": "3.1.5", "@aws-sdk/client-kinesis": "3.970.0" }
}
JSON
npm install --silent --no-audit --no-fund --ignore-scripts || exit 2
cat >see.cjs <<'JS'
// Every request of a destination goes through cross-fetch: here it is answered on the spot.
const got = []
const real = require('cross-fetch')
const fetch = async (input, options) => {
  const request = input instanceof real.Request ? input : new real.Request(String(input), options)
  got.push(`${request.method} ${new URL(request.url).pathname} ${await request.text()}`)
  return new real.Response('{"memberships_result": [{}]}', { status: 200, headers: { 'content-type': 'application/json' } })
}
require.cache[require.resolve('cross-fetch')].exports = Object.assign(fetch, real, { default: fetch, fetch })
const { Destination } = require('@segment/actions-core')
const load = (slug) => require(`@segment/action-destinations/dist/destinations/${slug}`).default
const send = async (definition, events, settings) => {
  got.length = 0
  const destination = new Destination(definition)
  try {
    await (Array.isArray(events) ? destination.onBatch(events, settings) : destination.onEvent(events, settings))
    return got
  } catch (error) {
    return [error.constructor.name]
  }
}

;(async () => {
  const appcues = load('appcues')
  for (const context of [{}, { traits: {} }]) {
    const event = { type: 'identify', userId: 'user-1', traits: { vip: true }, context }
    const [first] = await send(appcues, event, { accountId: '1', apiKey: 'key', apiSecret: 'secret', region: 'US', subscriptions: appcues.presets })
    console.log(`context ${JSON.stringify(context)}: traits sent ${JSON.stringify(JSON.parse(first.slice(first.indexOf('{'))).traits)}`)
  }
})()
JS
node see.cjs | tee out
grep -qxF 'context {}: traits sent {"vip":true}' out || exit 1
grep -qxF 'context {"traits":{}}: traits sent undefined' out || exit 1
echo "As described: the traits went missing."
