'use strict'
// What the package says of a destination, as JSON: settings with what they are for, presets, actions and their mappings.
const fs = require('fs')
const path = require('path')

const SLUG = /^[a-z0-9-]+$/

/** Return what finds destinations in an installation; `load` requires from it. */
function definitions (load) {
  const root = path.dirname(load.resolve('@segment/action-destinations/package.json'))
  const folder = path.join(root, 'dist', 'destinations')
  const core = load('@segment/actions-core')
  const known = new Map()
  return {
    version: load('@segment/action-destinations/package.json').version,
    find (slug) {
      if (!SLUG.test(slug) || !fs.existsSync(path.join(folder, slug, 'index.js'))) throw new Error(`no destination is called ${slug}`)
      if (!known.has(slug)) {
        const definition = require(path.join(folder, slug)).default
        if (!definition?.actions) throw new Error(`${slug} has no actions`)
        known.set(slug, { definition, destination: new core.Destination(definition) })
      }
      return known.get(slug)
    },
    slugs () {
      const registered = [...fs.readFileSync(path.join(folder, 'index.js'), 'utf8').matchAll(/^register\('[0-9a-f]+', '\.\/([^']+)'\)/gm)].map(found => found[1])
      const folders = fs.readdirSync(folder, { withFileTypes: true }).filter(each => each.isDirectory()).map(each => each.name)
      return { registered: registered.sort(), folders: folders.sort() }
    },
    describe (slug) {
      const { definition } = this.find(slug)
      return {
        name: definition.name,
        mode: definition.mode ?? 'cloud',
        scheme: definition.authentication?.scheme ?? null,
        settings: fieldsOf(definition.authentication?.fields),
        presets: (definition.presets ?? []).map(({ name, type, partnerAction, subscribe, mapping }) => ({ name, type, partnerAction, subscribe: subscribe ?? null, mapping: mapping ?? {} })),
        actions: Object.fromEntries(Object.entries(definition.actions).map(([name, action]) => [name, {
          title: action.title,
          subscribe: action.defaultSubscription ?? null,
          mapping: core.defaultValues(action.fields ?? {}),
          syncMode: action.syncMode?.default ?? null,
          batch: typeof action.performBatch === 'function',
          batchDefault: action.fields?.enable_batching?.default ?? null,
          batchSize: action.fields?.batch_size?.default ?? null,
          fields: fieldsOf(action.fields)
        }]))
      }
    }
  }
}

function fieldsOf (fields) {
  return Object.fromEntries(Object.entries(fields ?? {}).map(([name, field]) => [name, {
    label: field.label ?? name,
    description: field.description ?? '',
    type: field.type,
    multiple: field.multiple ?? false,
    required: field.required === true,
    sometimes: typeof field.required === 'object',
    format: field.format ?? null,
    default: field.default ?? null,
    choices: (Array.isArray(field.choices) ? field.choices : []).map(each => typeof each === 'object' ? each.value : each),
    properties: field.properties ? fieldsOf(field.properties) : null
  }]))
}

module.exports = { definitions }
