#!/usr/bin/env bash
# @segment/actions-core 3.170.0 (npm): when an event sets off two actions and one is refused, the whole call rejects, though the other has been sent.
#
# The subscriptions of an event run at the same time. The first that fails rejects onEvent, with no word on which it was and none on what the others did. Whoever
# tries the event again because the call failed sends the good half twice.
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
  const action = (title, path) => ({ title, description: title, fields: {}, perform: (request) => request(url + path, { method: 'post', json: {} }) })
  const vendor = new Destination({ name: 'Vendor', mode: 'cloud', actions: { good: action('Good', '/good'), bad: action('Bad', '/bad') } })
  const subscriptions = ['good', 'bad'].map((partnerAction) => ({ subscribe: 'type = "identify"', partnerAction, mapping: {} }))
  let outcome = 'resolved'
  try {
    await vendor.onEvent({ type: 'identify', userId: 'u1', traits: {} }, { subscriptions })
  } catch (error) {
    outcome = `rejected: ${error.message}`
  }
  console.log(`onEvent ${outcome}; received: ${got.map((line) => line.split(' ')[1]).sort().join(', ')}`)
  process.exit(0)
})
JS
node see.cjs | tee out
grep -qxF 'onEvent rejected: Too Many Requests; received: /bad, /good' out || exit 1
echo "As described: the good call was made, and the event failed."
