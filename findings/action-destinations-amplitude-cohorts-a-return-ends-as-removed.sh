#!/usr/bin/env bash
# @segment/action-destinations 3.497.0 (npm), Amplitude Cohorts: who leaves an audience and comes back within one batch ends as removed.
#
# A batch becomes two calls whatever the order of its events: all ADDs first, then all REMOVEs. Somebody whose leave and return go out together is added, then
# removed, and Amplitude's cohort lacks her until she enters anew.
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
  const cohorts = load('amplitude-cohorts')
  const [partnerAction] = Object.keys(cohorts.actions)
  const fields = Object.entries(cohorts.actions[partnerAction].fields).filter(([, field]) => field.default !== undefined)
  const mapping = Object.fromEntries(fields.map(([name, field]) => [name, field.default]))
  const personas = { computation_class: 'audience', computation_key: 'beta', computation_id: 'a', external_audience_id: 'abc12345', audience_settings: { id_type: 'BY_USER_ID' } }
  const event = (isMember) => ({ type: 'identify', userId: 'user-1', messageId: `m-${isMember}`, traits: { beta: isMember }, context: { personas } })
  const settings = { api_key: 'key', secret_key: 'secret', app_id: '1', default_owner_email: 'owner@example.com', endpoint: 'north_america' }
  const sent = await send(cohorts, [event(false), event(true)], { ...settings, subscriptions: [{ subscribe: 'type = "identify"', partnerAction, mapping }] })
  console.log(`left, then came back: ${sent.map((line) => JSON.parse(line.slice(line.indexOf('{'))).memberships[0].operation).join(', then ')}`)
})()
JS
node see.cjs | tee out
grep -qxF 'left, then came back: ADD, then REMOVE' out || exit 1
echo "As described: added, then removed."
