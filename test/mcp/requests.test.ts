import { connect } from 'node:net'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { openDatabase } from '../../src/db/client.ts'
import { MAX_BODY_BYTES } from '../../src/http/graphql/request-body.ts'
import { foreignOrigin } from '../../src/mcp/request-origin.ts'
import { givenPapers } from '../support/catalogue.ts'
import { freshDatabase } from '../support/database.ts'
import { startServer } from '../support/server.ts'

// What /mcp says to requests that a client library would not send.

const database = await freshDatabase()
await givenPapers(database.db, 5)
const server = await startServer(database, { quotas: { anonymous: 60 }, trustedProxies: 1 })
afterAll(async () => {
  await server.close()
  await database.close()
})

const HEADERS = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' }
const PING = { jsonrpc: '2.0', id: 1, method: 'ping' }

let address = 0

/** Each request has a client address of its own, so that the rate limit counts it alone. */
async function send(body: unknown, headers: Record<string, string> = {}, method = 'POST') {
  address += 1
  const response = await fetch(`${server.url}/mcp`, {
    method,
    headers: { ...HEADERS, 'x-forwarded-for': `192.0.2.${address}`, ...headers },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, text }
}

const call = (name: string, args: object) => ({
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name, arguments: args },
})

test('a request that is no message is refused, with its reason', async () => {
  const deep = `{"jsonrpc":"2.0","id":1,"method":"ping","params":${'['.repeat(60)}${']'.repeat(60)}}`
  const refused: [unknown, Record<string, string>, number, number, string][] = [
    ['{"jsonrpc":', {}, 400, -32700, 'The request body must be JSON: '],
    ['', {}, 400, -32700, 'The request body is empty; it must be JSON.'],
    [[PING, PING], {}, 400, -32600, 'Batching is not supported. Send one message per request.'],
    ['"ping"', {}, 400, -32600, 'must be a message of JSON-RPC'],
    [deep, {}, 400, -32600, 'may have at most 50 levels'],
    [`"${'x'.repeat(MAX_BODY_BYTES)}"`, {}, 413, -32000, 'The request body is too large'],
    ['x=1', { 'content-type': 'application/x-www-form-urlencoded' }, 415, -32000, 'Messages are JSON'],
    [PING, { 'content-encoding': 'zstd' }, 415, -32000, 'Content-Encoding "zstd"'],
    [PING, { authorization: 'Bearer wrong' }, 401, -32000, 'This server accepts only its own tokens'],
    [PING, { accept: 'text/html' }, 406, -32000, 'Not Acceptable'],
    [PING, { origin: 'https://evil.example' }, 403, -32000, 'Pages of "https://evil.example" must not use this'],
    [PING, { origin: 'null' }, 403, -32000, 'Pages of "null" must not'],
    [PING, { 'mcp-protocol-version': '2026-07-28' }, 400, -32602, ''],
    [PING, { 'mcp-protocol-version': '1999-01-01' }, 400, -32000, ''],
  ]
  for (const [body, headers, status, code, says] of refused) {
    const response = await send(body, headers)
    expect(response.status, response.text).toBe(status)
    const { error } = JSON.parse(response.text)
    expect(error.code, response.text).toBe(code)
    expect(error.message).toContain(says)
    expect(response.headers.get('cache-control')).toBe('no-store')
  }
  const { headers } = await send(PING, { authorization: 'Bearer wrong' })
  expect(headers.get('www-authenticate')).toBe('Bearer error="invalid_token"')
})

test('a client that accepts anything is served, in both revisions', async () => {
  for (const accept of ['*/*', 'application/*, text/*;q=0.5', 'text/html, */*;q=0.1']) {
    const response = await send(PING, { accept })
    expect([response.status, response.headers.get('content-type')], accept).toEqual([200, 'text/event-stream'])
    expect(response.text).toContain('"result":{}')
  }
  // It asks for no stream, and the older revisions always send one.
  expect((await send(PING, { accept: 'application/json' })).status).toBe(406)
})

test.each(['GET', 'DELETE', 'PUT', 'HEAD'])(
  '%s is not allowed: there are no sessions and no streams',
  async (method) => {
    const { status, headers } = await send(undefined, {}, method)
    expect([status, headers.get('allow')]).toEqual([405, 'POST'])
  },
)

test('an unknown method is an error of the protocol, and a notification has no response', async () => {
  expect(JSON.parse(dataOf((await send({ ...PING, method: 'resources/list' })).text)).error.code).toBe(-32601)
  const { status, text } = await send({ jsonrpc: '2.0', method: 'notifications/initialized' })
  expect([status, text]).toEqual([202, ''])
})

/** The message in an event stream. */
const dataOf = (text: string): string => /^data: (.*)$/m.exec(text)?.[1] ?? text

test('a stream of changes is refused: nothing stays open', async () => {
  const meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
    'io.modelcontextprotocol/clientCapabilities': {},
  }
  const method = 'subscriptions/listen'
  const body = { jsonrpc: '2.0', id: 1, method, params: { notifications: { toolsListChanged: true }, _meta: meta } }
  const { text } = await send(body, { 'mcp-protocol-version': '2026-07-28', 'mcp-method': method })
  expect(JSON.parse(dataOf(text)).error.message).toContain('ubscription limit reached')
})

test('calls spend the points of their operations, and a client without points is told when to try again', async () => {
  const post = (body: unknown) => send(body, { 'x-forwarded-for': '198.51.100.1' })
  const remaining = (headers: Headers) => Number(/r=(\d+)/.exec(headers.get('ratelimit') ?? '')?.[1])
  expect(remaining((await post(PING)).headers)).toBe(59)
  const list = await post(call('list_papers', { first: 20 }))
  const spent = 59 - remaining(list.headers)
  expect(spent).toBeGreaterThan(5)
  expect(remaining((await post(call('no_tool', {}))).headers)).toBe(58 - spent)
  let last = list
  for (let time = 0; time < 10 && !last.text.includes('RATE_LIMITED'); time += 1)
    last = await post(call('list_papers', { first: 20 }))
  expect(last.status).toBe(200)
  expect(JSON.parse(dataOf(last.text)).result).toMatchObject({
    isError: true,
    content: [{ text: expect.stringMatching(/^RATE_LIMITED: This request costs \d+ points.*Try again in \d+ s/) }],
  })
  let ping = last
  for (let time = 0; time < 60 && ping.status === 200; time += 1) ping = await post(PING)
  expect([ping.status, ping.headers.get('retry-after')]).toEqual([429, expect.stringMatching(/^\d+$/)])
  expect(JSON.parse(ping.text).error).toMatchObject({ code: -32000, data: { code: 'RATE_LIMITED' } })
})

test('a call costs as many points as the same GraphQL operation', async () => {
  const { headers, text } = await send(call('get_edition', {}))
  const { graphql } = JSON.parse(dataOf(text)).result.structuredContent.links
  const query = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(graphql),
  })
  expect(headers.get('ratelimit')?.replace(/t=\d+/, '')).toBe(query.headers.get('ratelimit')?.replace(/t=\d+/, ''))
})

test('a call while the database is away is told so, and a token gets 503', async () => {
  const closed = openDatabase(database.url, { connections: 1, statementTimeout: 1_000 })
  const broken = await startServer({ ...closed, url: database.url })
  onTestFinished(() => broken.close())
  await closed.close()
  const post = (body: unknown, headers: object = {}) =>
    fetch(`${broken.url}/mcp`, { method: 'POST', headers: { ...HEADERS, ...headers }, body: JSON.stringify(body) })
  expect(await (await post(call('list_papers', {}))).text()).toContain(
    'DATABASE_UNAVAILABLE: The database of this server',
  )
  const refused = await post(PING, { authorization: 'Bearer dp_abcdefghijklmnopqrstuvwxyz0123456789abcdefg' })
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '5'])
  expect(await refused.json()).toMatchObject({ error: { code: -32000, data: { code: 'DATABASE_UNAVAILABLE' } } })
})

test('pages of other sites are refused, also under a name that leads here', () => {
  const publicUrl = 'https://papers.example.org/daily'
  const problem = (headers: { host?: string; origin?: string }, trustedProxies = 0) =>
    foreignOrigin({ headers }, { publicUrl, trustedProxies })
  const good = [
    { host: 'papers.example.org' },
    { host: 'PAPERS.example.org:443', origin: 'https://papers.example.org' },
    { host: 'localhost:4000', origin: 'http://localhost:6274' },
    { host: '127.0.0.1:4000' },
    { host: '[::1]:4000' },
    { host: '192.168.1.5:4000' },
    { host: 'daily-papers:4000' },
    {},
  ]
  for (const headers of good) expect(problem(headers), JSON.stringify(headers)).toBeNull()
  const bad = [
    { host: 'evil.example:4000', origin: 'http://evil.example:4000' },
    { host: 'evil.example:4000' },
    { host: 'papers.example.org.evil.example' },
    { host: 'papers.example.org', origin: 'https://evil.example' },
    { host: '192.168.1.5:4000', origin: 'http://203.0.113.1' },
    { host: 'localhost:4000', origin: 'null' },
    { host: 'localhost:4000', origin: 'http://localhost.evil.example' },
    { host: 'localhost:4000', origin: 'https://127.0.0.1.evil.example' },
  ]
  for (const headers of bad) expect(problem(headers), JSON.stringify(headers)).not.toBeNull()
  expect(problem({ host: 'upstream.internal' }, 1)).toBeNull()
  expect(problem({ host: 'upstream.internal', origin: 'https://evil.example' }, 1)).not.toBeNull()
})

test('a preflight is allowed, and a client that sends half of a message waits alone', async () => {
  const preflight = await send(
    undefined,
    { origin: server.url, 'access-control-request-headers': 'mcp-method' },
    'OPTIONS',
  )
  expect([preflight.status, preflight.headers.get('access-control-allow-methods')]).toEqual([204, 'POST'])
  const { port } = new URL(server.url)
  const hung = Array.from({ length: 50 }, () => connect(Number(port), '127.0.0.1'))
  for (const socket of hung)
    socket.write(
      'POST /mcp HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{',
    )
  expect((await send(PING)).status).toBe(200)
  for (const socket of hung) socket.destroy()
})
