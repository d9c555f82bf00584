'use strict'
// Runs destinations for a lab: `node sidecar.js INSTALLATION`, one JSON object a line on both sides.
//   <- {"ready":true,"node":"v20...","version":"3.497.0"}
//   -> {"id":1,"op":"describe","slug":"braze"}                               <- {"id":1,"done":{...}}
//   -> {"id":2,"op":"open","as":1,"slug":..,"settings":{..},"subscriptions":[..]}  <- {"id":2,"done":{...}}
//   -> {"id":3,"op":"send","to":1,"event":{..}}  or  "op":"batch","events":[..]
//   <- {"id":3,"call":7,"method":..,"url":..,"headers":{..},"body":".."}     none or several, between those of others
//   -> {"call":7,"status":200,"headers":{..},"body":".."}  or  {"call":7,"lost":"..","code":"ECONNRESET"}
//   <- {"id":3,"gone":7}        the destination did not wait for the answer to call 7
//   <- {"id":3,"refused":".."}  something tried to leave by another way
//   <- {"id":3,"done":{..}}  or  {"id":3,"wrong":".."}
// A body that is not UTF-8 is base64, and "base64":true beside it.
const write = process.stdout.write.bind(process.stdout)
process.stdout.write = process.stderr.write.bind(process.stderr) // what libraries print must not come between the lines
const say = message => write(JSON.stringify(message) + '\n')

const { AsyncLocalStorage } = require('async_hooks')
const { createRequire } = require('module')
const path = require('path')
const { takeOver } = require('./outside')
const { definitions } = require('./definitions')

const load = createRequire(path.join(path.resolve(process.argv[2]), 'package.json'))
const work = new AsyncLocalStorage() // which request a call is for
const waiting = new Map()
let calls = 0

function ask (method, url, headers, bytes) {
  const call = ++calls
  const task = work.getStore()
  const text = bytes.toString('utf8')
  const body = bytes.length && text.includes('\ufffd') ? { body: bytes.toString('base64'), base64: true } : { body: text }
  const answer = new Promise(resolve => { waiting.set(call, resolve) }).finally(() => task?.open.delete(call))
  task?.open.set(call, answer)
  say({ id: task?.id ?? null, call, method, url, headers, ...body })
  return {
    answer,
    giveUp () {
      const resolve = waiting.get(call)
      if (!waiting.delete(call)) return
      say({ id: task?.id ?? null, gone: call })
      resolve({ lost: 'given up', code: 'ETIMEDOUT' })
    }
  }
}

takeOver(load, ask, what => say({ id: work.getStore()?.id ?? null, refused: what }))
const found = definitions(load)
const { parseFql, validate } = load('@segment/destination-subscriptions')

const nothing = () => {}
const logger = { level: 'error', name: 'cohortlab', debug: nothing, info: nothing, warn: nothing, error: nothing, crit: nothing, withTags: nothing, tags: [] }
const conditions = new Map()
const opened = new Map()

function isMet (subscribe, event) {
  if (!conditions.has(subscribe)) conditions.set(subscribe, parseFql(subscribe ?? ''))
  const parsed = conditions.get(subscribe)
  return !parsed.error && validate(parsed, event)
}

const failureOf = error => ({
  reason: error?.constructor?.name ?? typeof error,
  message: String(error?.message ?? error),
  status: error?.response?.status ?? error?.status ?? null,
  code: error?.code ?? null,
  answered: error?.response !== undefined
})

const invalid = /^(Invalid subscription|Failed to validate subscription)/

/** Run one call of a destination, and wait for what it left under way: one subscription that fails rejects them all. */
async function run (to, use, described) {
  const { destination, settings, subscriptions } = opened.get(to)
  const task = work.getStore()
  let failure = null
  let results = null
  try {
    results = await use(destination, { ...settings, subscriptions }, { logger, features: {}, statsContext: undefined })
    const output = results.map(each => each.output).find(each => invalid.test(each))
    if (output) failure = { ...failureOf(new Error(output)), reason: 'InvalidSubscription', status: 400 }
  } catch (error) { failure = failureOf(error) } finally { destination.responses.length = 0 } // the class keeps every response otherwise
  while (task.open.size) {
    await Promise.all(task.open.values())
    await new Promise(setImmediate)
  }
  return { ...described(subscriptions, opened.get(to).actions), failure, ...statusesOf(results) }
}

function statusesOf (results) {
  const lists = (results ?? []).map(each => each?.multistatus).filter(Boolean)
  if (!lists.length) return {}
  return { statuses: lists.map(list => Array.from(list, each => {
    const said = each?.value?.() ?? each
    return { status: said?.status ?? 200, reason: said?.errortype ?? '', message: said?.errormessage ?? '' }
  })) }
}

const triggered = (subscriptions, actions, event) => subscriptions.filter(each => each.partnerAction in actions && isMet(each.subscribe, event)).map(each => each.partnerAction)

const operations = {
  list: () => found.slugs(),
  describe: ({ slug }) => found.describe(slug),
  open ({ as, slug, settings, subscriptions }) {
    const { definition, destination } = found.find(slug)
    const { oauth, ...checked } = settings
    let wrong = null
    try { destination.validateSettings(structuredClone(checked)) } catch (error) { wrong = error.message }
    opened.set(as, { destination, settings, subscriptions, actions: definition.actions })
    return { wrong, unreadable: subscriptions.filter(each => parseFql(each.subscribe ?? '').error).map(each => each.subscribe ?? '') }
  },
  meets: ({ subscribe, event }) => ({ met: isMet(subscribe, event) }),
  send: ({ to, event }) => run(to, (destination, settings, options) => destination.onEvent(event, settings, options),
    (subscriptions, actions) => ({ actions: triggered(subscriptions, actions, event) })),
  batch: ({ to, events }) => run(to, (destination, settings, options) => destination.onBatch(events, settings, options),
    (subscriptions, actions) => ({ events: events.map(event => ({ actions: triggered(subscriptions, actions, event) })) }))
}

function answered (message) {
  const resolve = waiting.get(message.call)
  waiting.delete(message.call)
  resolve?.(message.lost === undefined
    ? { status: message.status, headers: message.headers ?? {}, body: Buffer.from(message.body ?? '', message.base64 ? 'base64' : 'utf8') }
    : message)
}

function take (line) {
  const message = JSON.parse(line)
  if (message.call !== undefined) return answered(message)
  const { id } = message
  work.run({ id, open: new Map() }, () => Promise.resolve().then(() => operations[message.op](message))
    .then(done => say({ id, done }), error => say({ id, wrong: String(error?.message ?? error).split('\n')[0] })))
}

for (const event of ['uncaughtException', 'unhandledRejection']) process.on(event, error => console.error(event, error))
const alive = setInterval(nothing, 1 << 30)
let rest = ''
process.stdin.setEncoding('utf8')
process.stdin.on('data', text => {
  const lines = (rest + text).split('\n')
  rest = lines.pop()
  for (const line of lines) if (line) take(line)
})
process.stdin.on('end', () => { clearInterval(alive); process.exit(0) })
say({ ready: true, node: process.version, version: found.version })
