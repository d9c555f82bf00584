#!/usr/bin/env bash
# @segment/action-destinations 3.497.0 (npm), Amplitude: a track with the property `quantity: 2.5` is refused, though the field it is refused for is never sent.
#
# The preset maps price, quantity, revenue and productId into fields of their own, checks them, and leaves them out of the event again. A quantity that is a
# fraction, of a cake sold by weight say, fails the check: nothing is sent. As the text "9" it passes, and inside event_properties any value would do.
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
  const amplitude = load('amplitude')
  const track = amplitude.presets.find((preset) => preset.partnerAction.startsWith('logEvent') && preset.subscribe.includes('track'))
  for (const quantity of [2, '9', 2.5]) {
    const event = { type: 'track', event: 'Cake Cut', userId: 'user-1', properties: { quantity } }
    const [first] = await send(amplitude, event, { apiKey: 'key', secretKey: 'secret', subscriptions: [track] })
    console.log(`${JSON.stringify(quantity)}: ${first.startsWith('POST') ? JSON.stringify(Object.keys(JSON.parse(first.slice(first.indexOf('{'))).events[0])) : first}`)
  }
})()
JS
node see.cjs | tee out
grep -qxF '2: ["user_id","event_type","event_properties","use_batch_endpoint"]' out || exit 1
grep -qxF '"9": ["user_id","event_type","event_properties","use_batch_endpoint"]' out || exit 1
grep -qxF '2.5: AggregateAjvError' out || exit 1
echo "As described: refused for a field that is not sent."
