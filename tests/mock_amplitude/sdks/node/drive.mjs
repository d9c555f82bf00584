// Drives one of Amplitude's Node SDKs against the fake: SDK URL EVENTS OPTIONS; prints what it says became of each event.
const [sdk, url, eventsText, optionsText] = process.argv.slice(2)
const events = JSON.parse(eventsText)
const options = JSON.parse(optionsText ?? '{}')
const told = []

const apiKey = options.apiKey ?? 'lab-api-key'
delete options.apiKey
const settled = async (promises) => told.push(...(await Promise.all(promises)))

async function node () {
  const amplitude = await import('@amplitude/analytics-node')
  const config = { serverUrl: `${url}/2/httpapi`, flushIntervalMillis: 50, logLevel: 0, ...options }
  await amplitude.init(apiKey, config).promise
  await settled(events.map(async (event) => {
    const { event_type: type, operations, ...rest } = event
    if (operations) {
      const identify = new amplitude.Identify()
      for (const [name, value] of Object.entries(operations)) identify.set(name, value)
      const result = await amplitude.identify(identify, rest).promise
      return [result.event.event_type, result.code]
    }
    const result = await amplitude.track(event).promise
    return [type, result.code]
  }))
}

async function legacy () {
  const { default: amplitude } = await import('@amplitude/node')
  const client = amplitude.init(apiKey, { serverUrl: `${url}/2/httpapi`, logLevel: 0, ...options })
  await settled(events.map(async (event) => [event.event_type, (await client.logEvent(event)).statusCode]))
}

async function community () {
  const { default: found } = await import('amplitude')
  const Amplitude = found.default ?? found
  const client = new Amplitude(apiKey, { tokenEndpoint: url, ...options })
  await settled(events.map(async (event) => {
    try {
      return [event.event_type, (await client.track(event)).code]
    } catch (error) {
      return [event.event_type, error.response?.status ?? error.status ?? String(error)]
    }
  }))
}

await { node, legacy, community }[sdk]()
console.log(JSON.stringify(told)) // and the process ends when the last try of theirs has
