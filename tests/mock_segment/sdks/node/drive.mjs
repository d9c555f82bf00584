// Drives the official Node SDK against the fake: six calls, or so many identifies, and waits until all is sent.
import { Analytics } from '@segment/analytics-node'

const [host, writeKey, count, optionsText] = process.argv.slice(2)
const options = JSON.parse(optionsText ?? '{}')
if (options.oauthSettings) options.oauthSettings.clientKey = process.env.OAUTH_KEY
const analytics = new Analytics({ host, writeKey, maxEventsInBatch: 10, flushInterval: 50, ...options })
const errors = []
analytics.on('error', (error) => errors.push(String(error.reason ?? error)))

if (Number(count) > 0) {
  for (let n = 0; n < Number(count); n += 1) {
    analytics.identify({ userId: `u${n}`, traits: { 'Power Users (a1)': n % 2 === 0, n } })
  }
} else {
  analytics.identify({ userId: 'u1', traits: { plan: 'pro' } })
  analytics.track({ userId: 'u1', event: 'Signed Up', properties: { revenue: 9.5 } })
  analytics.page({ userId: 'u1', name: 'Pricing' })
  analytics.screen({ userId: 'u1', name: 'Welcome' })
  analytics.group({ userId: 'u1', groupId: 'g1', traits: { name: 'Initech' } })
  analytics.alias({ userId: 'u1', previousId: 'anon' })
}
await analytics.closeAndFlush({ timeout: 60000 })
console.log(JSON.stringify({ errors }))
