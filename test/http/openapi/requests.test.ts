import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { afterAll, describe, expect, test } from 'vitest'
import { OPERATIONS } from '../../../src/http/openapi/document.ts'
import { loadSample } from '../../../src/ingest/sample.ts'
import { freshDatabase } from '../../support/database.ts'
import { startServer } from '../../support/server.ts'

// Requests that the document allows or forbids, and whether the responses are what it says.

// biome-ignore lint/suspicious/noExplicitAny: a document of any shape
type Json = any

const database = await freshDatabase()
await loadSample(database.db, { now: new Date(), halfLifeHours: 48 })
const server = await startServer(database)
afterAll(async () => {
  await server.close()
  await database.close()
})

const published = await fetch(`${server.url}/openapi.json`)
const etag = published.headers.get('etag')
const document: Json = await published.json()

/** The schemas, which forbid here what they do not name, so that the document misses no field. */
const strict = (part: Json): Json => {
  if (typeof part !== 'object' || part === null) return part
  if (Array.isArray(part)) return part.map(strict)
  const copy = Object.fromEntries(Object.entries(part).map(([name, value]) => [name, strict(value)]))
  return part.type === 'object' && part.properties ? { additionalProperties: false, ...copy } : copy
}
const ajv = addFormats.default(new Ajv2020({ strict: false }))
ajv.addSchema({ $id: 'openapi', ...strict(document) })
const validators = new Map<string, ValidateFunction>()
function validatorOf(pointer: string): ValidateFunction {
  const known = validators.get(pointer) ?? ajv.compile({ $ref: `openapi#${pointer}` })
  validators.set(pointer, known)
  return known
}

interface Parameter {
  name: string
  in: 'path' | 'query'
  required?: boolean
  schema: Json
  examples?: Record<string, { value: string }>
  /** Whether other operations have it, too. */
  isShared: boolean
}
interface Operation {
  path: string
  parameters: Parameter[]
  responses: Record<string, Json>
  examples: string[]
}

const resolved = (part: Json): Json =>
  part.$ref ? { ...document.components[part.$ref.split('/')[2]][part.$ref.split('/')[3]], isShared: true } : part

const operations: Operation[] = Object.entries<Json>(document.paths).map(([path, { get }]) => ({
  path,
  parameters: (get.parameters ?? []).map(resolved),
  responses: get.responses,
  examples: get['x-codeSamples'].map(({ source }: Json) => /^curl '(.*)'$/.exec(source)?.[1]),
}))

const escaped = (text: string): string => text.replaceAll('~', '~0').replaceAll('/', '~1')

/** Sends a request and compares the response with what the document says of its status. */
async function ask({ path, responses }: Operation, address: string, accept = '*/*'): Promise<number> {
  const response = await fetch(address, { headers: { accept }, redirect: 'manual' })
  const text = await response.text()
  const about = `${address}: ${response.status} ${text.slice(0, 200)}`
  expect(Object.keys(responses), about).toContain(String(response.status))
  const { $ref, ...own } = responses[response.status]
  const pointer = $ref?.slice(1) ?? `/paths/${escaped(path)}/get/responses/${response.status}`
  const { content = {}, headers = {} } = $ref ? resolved({ $ref }) : own
  for (const [name, { required }] of Object.entries<Json>(headers))
    if (required) expect(response.headers.get(name), `${name} of ${about}`).not.toBeNull()
  if (response.status >= 300 && response.status < 400) return response.status
  const type = response.headers.get('content-type')?.split(';', 1)[0] ?? ''
  expect(Object.keys(content), about).toContain(type)
  if (type.endsWith('json')) {
    const validate = validatorOf(`${pointer}/content/${escaped(type)}/schema`)
    expect(validate(JSON.parse(text)), `${about} ${JSON.stringify(validate.errors)}`).toBe(true)
  }
  return response.status
}

/** The address of an operation with the first example of what it must have. */
function addressWith({ path, parameters, examples }: Operation, changed: Record<string, string>): string {
  const example = new URL(examples[0] as string)
  const names = parameters.filter((one) => one.in === 'path').map(({ name }) => name)
  const form = path.replaceAll('.', '\\.').replace(/\{\w+\}/g, '([^/]+?)')
  const values = new RegExp(`^${form}$`).exec(example.pathname)?.slice(1) ?? []
  const given = new Map(names.map((name, place) => [name, values[place] as string]))
  const filled = path.replace(/\{(\w+)\}/g, (_, name) => changed[name] ?? given.get(name) ?? '')
  const query = parameters
    .filter((one) => one.in === 'query')
    .flatMap(({ name, required }) => {
      const value = changed[name] ?? (required ? encodeURIComponent(example.searchParams.get(name) ?? '') : undefined)
      return value === undefined ? [] : [`${name}=${value}`]
    })
  return `${server.url}${filled}${query.length > 0 ? '?' : ''}${query.join('&')}`
}

describe('examples', () => {
  test.each(operations.map((operation) => [operation.path, operation] as const))('%s', async (path, operation) => {
    for (const example of operation.examples) {
      // Nobody knows the secret of a list.
      const expected = path.includes('{token}') ? [404] : [200, 302]
      expect(expected, example).toContain(await ask(operation, example))
    }
    for (const { name, examples = {}, schema } of operation.parameters) {
      const values = [...Object.values(examples).map(({ value }) => value), ...(schema.examples ?? [])]
      if (schema.example !== undefined) values.push(schema.example)
      for (const value of values) {
        const address = addressWith(operation, { [name]: encodeURIComponent(value) })
        expect(await ask(operation, address), address).toBeLessThan(400)
      }
    }
  })

  test('every operation has some', () => {
    expect(operations.map(({ path, examples }) => [path, examples.length])).toEqual(
      OPERATIONS.map(({ path, examples }) => [path, examples.length]),
    )
    expect(operations.length).toBeGreaterThan(35)
  })
})

test('a saved filter has its list in each form', async () => {
  const token = await server.tokenOf('ada', ['read', 'vote'])
  const { data } = await server.ask(
    'mutation { createSavedFilter(input: { name: "All", filter: {} }) { ... on SavedFilterPayload { savedFilter { feeds { rss } } } } }',
    {},
    token,
  )
  const [, secret] = /saved\/([\w-]+)\.rss$/.exec(data.createSavedFilter.savedFilter.feeds.rss) ?? []
  const saved = operations.filter(({ path }) => path.includes('{token}'))
  for (const operation of saved)
    expect(await ask(operation, addressWith(operation, { token: secret as string }))).toBe(200)
  expect(saved).toHaveLength(6)
})

test('a paper has each media type that is named, and no other', async () => {
  const operation = operations.find(({ path }) => path === '/papers/{paper}') as Operation
  const address = addressWith(operation, {})
  const types = Object.keys(operation.responses[200].content)
  for (const type of types) expect(await ask(operation, address, type), type).toBe(200)
  for (const type of types) expect(await ask(operation, `${server.url}/papers/none`, type), type).toBe(404)
  expect(await ask(operation, address, 'image/png')).toBe(406)
  expect(types).toHaveLength(5)
})

// The fuzzer. A shared parameter is tried in full once, and elsewhere with what is surely wrong.

/** Texts that are odd in any place, as they stand in an address. */
const ODD = [
  '%00',
  '%FF%FE',
  '%C0%AF',
  '%F0%9F%98%80',
  '%3Cscript%3E',
  '%27%22%5C',
  '%',
  '__proto__',
  '..%2f..%2fetc',
  '%250a',
]

const whole = (text: string): boolean => /^-?\d+$/.test(text)

/** Values of a parameter, and whether its schema allows them; null if the schema does not say. */
function valuesOf({ schema }: Parameter): [value: string, isAllowed: boolean | null][] {
  const odd = ODD.map((text): [string, null] => [text, null])
  const { type, enum: names, minimum, maximum, maxItems, maxLength, format } = schema
  if (names) return [...names.map((name: string) => [name, true]), ['nothing', false], [`${names[0]}x`, false], ...odd]
  if (type === 'boolean')
    return [['true', true], ['false', true], ['yes', false], ['2', false], ['null', false], ...odd]
  if (type === 'integer')
    return [
      [String(minimum), true],
      [String(maximum), true],
      [String(minimum - 1), false],
      [String(BigInt(maximum) + 1n), false],
      ...['1.5', '1e3', '0x1', 'one', '%2B1', '1,2', '%201'].map((text): [string, boolean] => [text, whole(text)]),
      ['9'.repeat(400), false],
      ...odd,
    ]
  if (type === 'array')
    return [
      [Array.from({ length: maxItems }, (_, place) => `a${place}`).join(), true],
      [Array.from({ length: maxItems + 1 }, (_, place) => `a${place}`).join(), false],
      [',,', true],
      ['a%2500', false],
      ...odd,
    ]
  if (format === 'date')
    return [
      ['2025-10-02', true],
      ['0001-01-01', true],
      ['2025-02-30', false],
      ['2025-13-01', false],
      ['0000-01-01', false],
      ['10000-01-01', false],
      ['2025-10-2', false],
      ['today', false],
      ...odd,
    ]
  const longest = maxLength ?? 1_000
  return [
    ['a'.repeat(longest), maxLength === undefined ? null : true],
    ['a'.repeat(longest + 1), maxLength === undefined ? null : false],
    ['%20', null],
    ...odd,
  ]
}

/** What an address may have although its schema does not allow it: consumers of oEmbed compute their sizes. */
const LENIENT = new Set(['/oembed maxwidth', '/oembed maxheight', '/api/daily_papers p'])

describe('parameters at their bounds, beyond them, and of the wrong type', () => {
  const tried = new Set<string>()
  const cases = operations.flatMap((operation) =>
    operation.parameters.map((parameter) => {
      const isFirst = !parameter.isShared || !tried.has(parameter.name)
      tried.add(parameter.name)
      return { operation, parameter, isFirst }
    }),
  )

  test.each(operations.map(({ path }) => path))('%s', async (path) => {
    for (const { operation, parameter, isFirst } of cases.filter((one) => one.operation.path === path)) {
      const { name } = parameter
      const isLenient = LENIENT.has(`${path} ${name}`)
      const values = valuesOf(parameter)
      for (const [value, isAllowed] of isFirst ? values : values.filter(([, allowed]) => allowed === false)) {
        // Both have a meaning beside `like` only.
        const needsLike = name === 'unlike' || value === 'LIKENESS'
        const address = addressWith(operation, { [name]: value, ...(needsLike && { like: '2509.25454' }) })
        const status = await ask(operation, address)
        if (isLenient || path.includes('{token}') || path.startsWith('/images/')) continue
        if (isAllowed === false) expect(status, address).toBeGreaterThanOrEqual(400)
        if (isAllowed === true) expect(status, address).toBeLessThan(400)
      }
      if (parameter.in !== 'query') continue
      const twice = `${addressWith(operation, {})}${operation.parameters.some((one) => one.required && one.in === 'query') ? '&' : '?'}${name}=a&${name}=b`
      expect(await ask(operation, twice), twice).toBeGreaterThanOrEqual(400)
      if (!parameter.required) continue
      expect(await ask(operation, addressWith(operation, { [name]: '' }))).toBe(400)
    }
  })

  test('all kinds of parameters are tried', () => {
    expect(cases.filter(({ isFirst }) => isFirst).length).toBeGreaterThan(40)
  })
})

test('a client without points left is refused in a form that is documented', async () => {
  const other = await startServer(database, { quotas: { anonymous: 1 } })
  try {
    await fetch(`${other.url}/robots.txt`)
    for (const operation of operations) {
      const [example = ''] = operation.examples
      const address = example.replaceAll(server.url, other.url)
      // Neither spends points.
      const isFree = /^\/(?:healthz|readyz|images)/.test(operation.path)
      const status = await ask(operation, address)
      if (isFree) expect(status, address).toBeLessThan(400)
      else expect(status, address).toBe(429)
    }
  } finally {
    await other.close()
  }
})

test('it is cached by its ETag, which 304 confirms', async () => {
  expect(published.headers.get('content-type')).toBe('application/json; charset=utf-8')
  const headers = { 'if-none-match': etag as string }
  expect((await fetch(`${server.url}/openapi.json`, { headers })).status).toBe(304)
})

test('no request made the server fail', () => {
  expect(server.logged.filter(({ level }) => Number(level) >= 50)).toEqual([])
})
