#!/usr/bin/env bash
# @expo/rudder-sdk-node 1.1.1: beyond 1,000 queued calls the rest is dropped, and each dropped call's callback is called without an error.
#
# A program that identifies 1,500 users in one go and asks at each callback whether it failed is told that all went well; the service got
# 1,001 of them. `maxQueueLength` is the option; nothing is thrown or logged at the default level, and flush() resolves.
#
# Exits 0 while that is so, 1 when it has changed, 2 when the package cannot be installed.
set -u
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 2
echo '{"private": true}' >package.json
npm install --silent --no-audit --no-fund --ignore-scripts '@expo/rudder-sdk-node@1.1.1' || exit 2
cat >see.cjs <<'JS'
const http = require('node:http')
const Analytics = require('@expo/rudder-sdk-node').default
let got = 0
const server = http.createServer((request, response) => {
  const parts = []
  request.on('data', (part) => parts.push(part))
  request.on('end', () => {
    got += JSON.parse(Buffer.concat(parts).toString()).batch.length
    response.end('OK')
  })
})
server.listen(0, '127.0.0.1', async () => {
  const client = new Analytics('write-key', `http://127.0.0.1:${server.address().port}/v1/batch`)
  let called = 0
  let failed = 0
  for (let n = 0; n < 1500; n += 1) {
    client.identify({ userId: `user-${n}`, traits: { plan: 'pro' } }, (error) => {
      called += 1
      if (error) failed += 1
    })
  }
  await client.flush()
  console.log(`identified 1500, callbacks ${called}, of them with an error ${failed}, received ${got}`)
  server.close()
  process.exit(0)
})
JS
node see.cjs | tee out
grep -qE '^identified 1500, callbacks 1500, of them with an error 0, received 100[01]$' out || exit 1
echo "As described: the rest is gone, and nothing said so."
