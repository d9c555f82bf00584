'use strict'
// Every way out of this process ends here. What a destination sends is handed to `ask`, which asks the lab; what tries to
// leave otherwise is refused and told. `cross-fetch` is what the request client of actions-core calls, so its place in
// the module cache has to be taken before the core is loaded.
const Module = require('module')

const REFUSED = 'ENETUNREACH'

/** Take over all that leaves: `load` requires from the installation, `ask` carries a call, `refuse` tells of an attempt. */
function takeOver (load, ask, refuse) {
  fetches(load, ask)
  clients(ask, load)
  sockets(refuse)
}

/** What libraries of HTTP over fetch use: the module, and the global of Node's own. */
function fetches (load, ask) {
  const node = load('node-fetch')
  async function handed (input, init) {
    const request = input instanceof node.Request ? input : new node.Request(addressOf(input), init)
    const headers = {}
    request.headers.forEach((value, name) => { headers[name] = value })
    const sent = ask(request.method, request.url, headers, await request.buffer())
    const signal = init?.signal ?? request.signal
    const answer = await (signal ? unlessAborted(signal, sent) : sent.answer)
    if (answer.lost !== undefined) {
      throw new node.FetchError(`request to ${request.url} failed, reason: ${answer.lost}`, 'system', { code: answer.code })
    }
    return new node.Response(answer.body, { status: answer.status, headers: answer.headers, url: request.url })
  }
  Object.assign(handed, { fetch: handed, default: handed, Request: node.Request, Response: node.Response, Headers: node.Headers })
  const place = load.resolve('cross-fetch')
  load(place)
  require.cache[place].exports = handed
  globalThis.fetch = async (input, init) => {
    const asked = typeof input === 'object' && 'method' in input ? input : null
    const body = asked && asked.body ? Buffer.from(await asked.arrayBuffer()) : undefined
    return handed(addressOf(input), { method: asked?.method, headers: asked && Object.fromEntries(asked.headers), body, ...init })
  }
}

function addressOf (input) {
  return typeof input === 'string' ? input : String(input.url ?? input)
}

/** Wait for an answer or for the signal. A composite signal with a listener is kept for ever, so the listener goes. */
async function unlessAborted (signal, sent) {
  let gone
  const aborted = new Promise((resolve, reject) => {
    gone = () => { sent.giveUp(); reject(Object.assign(new Error('The user aborted a request.'), { name: 'AbortError', type: 'aborted' })) }
    if (signal.aborted) gone()
    else signal.addEventListener('abort', gone, { once: true })
  })
  try { return await Promise.race([sent.answer, aborted]) } finally { signal.removeEventListener('abort', gone) }
}

/** Client libraries that speak to the vendor without fetch: a stand-in at each one's edge, put in when it is loaded. */
function clients (ask, load) {
  const standIns = {
    '@smithy/node-http-handler': found => { // every client of the AWS SDK, over HTTP/1 and HTTP/2
      const { HttpResponse } = load('@smithy/protocol-http')
      const { Readable } = require('stream')
      for (const name of ['NodeHttpHandler', 'NodeHttp2Handler']) {
        found[name].prototype.handle = async request => {
          const query = new URLSearchParams(Object.entries(request.query ?? {}).flatMap(([key, value]) => [].concat(value).map(each => [key, each ?? '']))).toString()
          const port = request.port ? `:${request.port}` : ''
          const url = `${request.protocol}//${request.hostname}${port}${request.path}${query && `?${query}`}`
          const answer = await settled(ask(request.method, url, request.headers, await bytesOf(request.body)))
          return { response: new HttpResponse({ statusCode: answer.status, headers: answer.headers, body: Readable.from([answer.body]) }) }
        }
      }
    },
    kafkajs: found => {
      const nothing = async () => {}
      const send = async message => {
        const body = JSON.stringify(message, (_, value) => value?.type === 'Buffer' ? Buffer.from(value.data).toString('utf8') : value)
        await settled(ask('PRODUCE', `kafka://${message.topic}`, {}, Buffer.from(body)))
        return []
      }
      found.Kafka = class {
        producer () { return { connect: nothing, disconnect: nothing, on: () => {}, send } }
        admin () { return { connect: nothing, disconnect: nothing } }
      }
    },
    'ssh2-sftp-client': found => {
      Object.assign(found.prototype, {
        connect: async () => true,
        end: async () => true,
        put: async (content, path) => {
          await settled(ask('PUT', `sftp://${path}`, {}, await bytesOf(content)))
          return path
        }
      })
    }
  }
  const original = Module._load
  const done = new Set()
  Module._load = function (name, ...rest) {
    const found = original.call(this, name, ...rest)
    if (Object.hasOwn(standIns, name) && !done.has(name)) {
      done.add(name)
      standIns[name](found)
    }
    return found
  }
}

async function settled (sent) {
  const answer = await sent.answer
  if (answer.lost !== undefined) throw Object.assign(new Error(answer.lost), { code: answer.code })
  return answer
}

async function bytesOf (body) {
  if (body === undefined || body === null) return Buffer.alloc(0)
  if (typeof body === 'string' || body instanceof Uint8Array) return Buffer.from(body)
  const parts = []
  for await (const part of body) parts.push(Buffer.from(part))
  return Buffer.concat(parts)
}

/** Whatever is left: sockets, names, datagrams, other programs. */
function sockets (refuse) {
  const no = what => {
    refuse(what)
    return Object.assign(new Error(`cohortlab: nothing leaves this machine, so ${what} was refused`), { code: REFUSED })
  }
  require('net').Socket.prototype.connect = function (...given) {
    const first = Array.isArray(given[0]) ? given[0][0] : given[0]
    const where = typeof first === 'object' && first !== null ? first.path ?? `${first.host ?? 'localhost'}:${first.port}` : given.slice(0, 2).join(':')
    const error = no(`tcp://${where}`)
    process.nextTick(() => this.destroy(error))
    return this
  }
  const dns = require('dns')
  for (const name of Object.keys(dns).filter(each => /^(lookup|resolve|reverse)/.test(each))) {
    if (typeof dns[name] !== 'function') continue
    dns[name] = (asked, ...rest) => process.nextTick(rest.at(-1), no(`dns://${asked}`))
    if (dns.promises[name]) dns.promises[name] = async asked => { throw no(`dns://${asked}`) }
  }
  require('dgram').Socket.prototype.send = () => { throw no('udp') }
  const programs = require('child_process')
  for (const name of ['spawn', 'spawnSync', 'exec', 'execSync', 'execFile', 'execFileSync', 'fork']) {
    programs[name] = program => { throw no(`the program ${program}`) }
  }
}

module.exports = { takeOver }
