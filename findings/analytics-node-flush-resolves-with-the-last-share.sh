#!/usr/bin/env bash
# analytics-node 6.2.0 (npm, Segment's Node client before @segment/analytics-node): an awaited flush() resolves while most of what was queued
# is still on its way.
#
# A queue of 250 goes out in shares of 20 (`flushAt`), each in a request of its own, started as the queue fills. flush() sends what is left in the queue and
# resolves with the answer to that one request; it does not wait for the others. A job that ends its process after `await client.flush()`, as a
# function in a cloud does, loses them. Here the service takes 300 ms for every request but the last.
#
# Exits 0 while that is so, 1 when it has changed, 2 when the package cannot be installed.
set -u
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 2
echo '{"private": true}' >package.json
npm install --silent --no-audit --no-fund --ignore-scripts 'analytics-node@6.2.0' || exit 2
cat >see.cjs <<'JS'
const http = require('node:http')
const Analytics = require('analytics-node')
let answered = 0
const server = http.createServer((request, response) => {
  const parts = []
  request.on('data', (part) => parts.push(part))
  request.on('end', () => {
    const { batch } = JSON.parse(Buffer.concat(parts).toString())
    const isLast = batch.some((event) => event.userId === 'user-249')
    setTimeout(() => {
      answered += batch.length
      response.end('{"success": true}')
    }, isLast ? 0 : 300)
  })
})
server.listen(0, '127.0.0.1', async () => {
  const client = new Analytics('write-key', { host: `http://127.0.0.1:${server.address().port}` })
  for (let n = 0; n < 250; n += 1) client.identify({ userId: `user-${n}`, traits: { plan: 'pro' } })
  await client.flush()
  const then = answered
  setTimeout(() => {
    console.log(`identified 250; answered when flush() resolved: fewer than 30 is ${then < 30}; a second later ${answered}`)
    server.close()
    process.exit(0)
  }, 1000)
})
JS
node see.cjs | tee out
grep -qx 'identified 250; answered when flush() resolved: fewer than 30 is true; a second later 250' out || exit 1
echo "As described: flush() waited for its own share only."
