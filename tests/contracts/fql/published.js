'use strict'
// Answers each line of JSON on the way in with one on the way out, by Segment's own packages.
const net = require('net')
net.Socket.prototype.connect = () => { throw new Error('no network') }
const { parseFql, generateFql, validate } = require('./node/node_modules/@segment/destination-subscriptions')
const attempt = work => { try { return { value: work() } } catch (error) { return { error: error.message } } }
const operations = {
  fql: ({ query, events }) => {
    const ast = parseFql(query)
    return {
      error: ast.error ? ast.error.message : null,
      ast: ast.error ? null : ast,
      text: ast.error ? null : attempt(() => generateFql(ast)),
      matches: events.map(event => attempt(() => validate(ast, event)))
    }
  },
  map: ({ mapping, event }) => {
    const { transform } = require('./node/node_modules/@segment/actions-core')
    return attempt(() => transform(mapping, event) ?? null)
  },
  fields: ({ fields, payload, batch }) => {
    const core = require('./node/node_modules/@segment/actions-core')
    const { removeEmptyValues } = require('./node/node_modules/@segment/actions-core/dist/cjs/remove-empty-values')
    const schema = core.fieldsToJsonSchema(fields)
    return attempt(() => {
      const kept = removeEmptyValues(payload, schema, !batch)
      core.validateSchema(kept, schema)
      return kept
    })
  }
}
let waiting = ''
process.stdin.setEncoding('utf8')
process.stdin.on('data', text => { waiting += text })
process.stdin.on('end', () => {
  const answers = waiting.split('\n').filter(line => line).map(line => {
    const asked = JSON.parse(line)
    return JSON.stringify(operations[asked.op](asked))
  })
  process.stdout.write(answers.join('\n') + '\n')
})
