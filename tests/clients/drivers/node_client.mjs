// Drives a Node client: identify COUNT users true, flush, the first LEAVES false, close.
// node node_client.mjs NAME URL KEY COUNT LEAVES, from the folder the clients are installed in. With a COUNT of 0 it
// identifies one user by a number.
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

const [name, url, key, count, leaves] = process.argv.slice(2)
const resolve = createRequire(`${process.cwd()}/`).resolve
const load = async () => {
  const loaded = await import(pathToFileURL(resolve(name)).href)
  return loaded.default?.default ?? loaded.Analytics ?? loaded.default
}
const trait = (value) => ({ 'Power Users (7abc12de)': value })
let errors = 0
const note = (error) => { if (error) errors += 1 }

// June's own address cannot be changed; its transport can.
const elsewhere = {
  makeRequest: ({ method, headers, data, body }) =>
    fetch(`${url}/v1/batch`, { method, headers, body: body ?? JSON.stringify(data) }),
}
const clients = {
  '@segment/analytics-node': async (Analytics) => {
    const client = new Analytics({ writeKey: key, host: url })
    client.on('error', note)
    return {
      identify: (userId, value) => client.identify({ userId, traits: trait(value) }),
      flush: () => client.flush(),
      close: () => client.closeAndFlush({ timeout: 60000 }),
    }
  },
  '@customerio/cdp-analytics-node': async (Analytics) => {
    const client = new Analytics({ writeKey: key, host: url })
    client.on('error', note)
    return {
      identify: (userId, value) => client.identify({ userId, traits: trait(value) }),
      flush: async () => {},
      close: () => client.closeAndFlush({ timeout: 60000 }),
    }
  },
  '@june-so/analytics-node': async (Analytics) => {
    const client = new Analytics(key, { httpClient: elsewhere })
    return {
      identify: (userId, value) => client.identify({ userId, traits: trait(value) }, note),
      flush: async () => {},
      close: () => client.closeAndFlush(60000),
    }
  },
  'analytics-node': async (Analytics) => {
    const client = new Analytics(key, { host: url })
    return {
      identify: (userId, value) => client.identify({ userId, traits: trait(value) }, note),
      flush: () => client.flush(),
      close: () => client.flush(),
    }
  },
  '@rudderstack/rudder-sdk-node': async (Analytics) => {
    const client = new Analytics(key, { dataPlaneUrl: url })
    return {
      identify: (userId, value) => client.identify({ userId, traits: trait(value) }, note),
      flush: () => client.flush(),
      close: () => client.flush(),
    }
  },
  '@expo/rudder-sdk-node': async (Analytics) => {
    const client = new Analytics(key, `${url}/v1/batch`)
    return {
      identify: (userId, value) => client.identify({ userId, traits: trait(value) }, note),
      flush: () => client.flush(),
      close: () => client.flush(),
    }
  },
}

const client = await clients[name](await load())
if (count === '0') {
  try { client.identify(42, true) } catch (error) { note(error) }
}
for (let n = 0; n < Number(count); n += 1) client.identify(`u${n}`, true)
await client.flush()
for (let n = 0; n < Number(leaves); n += 1) client.identify(`u${n}`, false)
await client.close()
console.log(JSON.stringify({ errors }))
