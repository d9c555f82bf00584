#!/usr/bin/env bash
# @segment/actions-core 3.170.0 (npm): a required field that is an empty text refuses an event sent alone, and is sent when the event goes in a batch.
#
# Alone, "" at the top of the payload counts as missing: 400, nothing is sent. In a batch it counts as present, so the vendor is sent a user without an address.
# Whether a destination batches is a switch in its settings, which then changes what arrives.
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
const http = require('node:http')
const got = []
const server = http.createServer((request, response) => {
  const parts = []
  request.on('data', (part) => parts.push(part))
  request.on('end', () => {
    got.push(`${request.method} ${request.url} ${Buffer.concat(parts)}`)
    response.writeHead(request.url === '/bad' ? 429 : 200, { 'content-type': 'application/json' })
    response.end('{}')
  })
})

const { Destination } = require('@segment/actions-core')
server.listen(0, '127.0.0.1', async () => {
  const url = `http://127.0.0.1:${server.address().port}`
  const send = (path) => (request, { payload }) => request(url + path, { method: 'post', json: payload })
  const fields = { email: { label: 'Email', description: 'the address', type: 'string', required: true } }
  const vendor = new Destination({ name: 'Vendor', mode: 'cloud', actions: { upsert: { title: 'Upsert', description: 'a user', fields, perform: send('/one'), performBatch: send('/batch') } } })
  const settings = { subscriptions: [{ subscribe: 'type = "identify"', partnerAction: 'upsert', mapping: { email: { '@path': '$.traits.email' } } }] }
  const event = { type: 'identify', userId: 'u1', traits: { email: '' } }
  let alone = 'sent'
  try {
    await vendor.onEvent(event, settings)
  } catch (error) {
    alone = error.constructor.name
  }
  await vendor.onBatch([event], settings)
  console.log(`alone: ${alone}; received: ${got.join('; ')}`)
  process.exit(0)
})
JS
node see.cjs | tee out
grep -qxF 'alone: AggregateAjvError; received: POST /batch [{"email":""}]' out || exit 1
echo "As described: refused alone, sent in a batch."
