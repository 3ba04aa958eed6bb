import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pino } from 'pino'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { answerBrokenRequests, lacksHost, WITHOUT_HOST } from '../../src/http/broken-requests.ts'
import { exchange } from '../fuzz/exchange.ts'

const logged: Record<string, unknown>[] = []
let server: Server
let url: string
beforeAll(async () => {
  const options = { requireHostHeader: false, headersTimeout: 300, connectionsCheckingInterval: 50 }
  server = createServer(options, (request, response) => {
    if (lacksHost(request)) return void response.writeHead(400).end(WITHOUT_HOST.body)
    request.resume().on('end', () => response.end('read'))
  })
  answerBrokenRequests(server, pino({}, { write: (line: string) => void logged.push(JSON.parse(line)) }))
  server.timeout = 1_000
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
beforeEach(() => {
  logged.length = 0
})
afterAll(() => {
  server?.closeAllConnections()
  server?.close()
})

const ask = async (request: string) => {
  const response = await exchange(url, Buffer.from(request, 'latin1'), { method: 'POST', isComplete: true })
  return response && { ...response, body: response.body.toString() }
}

test.each([
  ['no HTTP at all', '\x16\x03\x01\x02\x00', 400, /not valid HTTP/],
  ['a space in the address', 'GET /a b HTTP/1.1\r\nhost: x\r\n\r\n', 400, /not valid HTTP/],
  ['a header without a colon', 'GET / HTTP/1.1\r\nhost x\r\n\r\n', 400, /not valid HTTP/],
  ['a NUL in a header', 'GET / HTTP/1.1\r\nhost: x\r\na: \0\r\n\r\n', 400, /not valid HTTP/],
  [
    'two lengths',
    'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab',
    400,
    /not valid HTTP/,
  ],
  [
    'a length beside chunks',
    'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
    400,
    /not valid HTTP/,
  ],
  [
    'a chunk of no length',
    'POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n',
    400,
    /not valid HTTP/,
  ],
  [
    'long headers',
    `GET / HTTP/1.1\r\nhost: x\r\na: ${'x'.repeat(20_000)}\r\n\r\n`,
    431,
    /more than 16384 bytes\. Send long GraphQL documents and variables by POST/,
  ],
  ['a long address', `GET /${'x'.repeat(20_000)} HTTP/1.1\r\nhost: x\r\n\r\n`, 431, /more than 16384 bytes/],
  [
    'long chunk extensions',
    `POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n1;${'x'.repeat(20_000)}\r\na\r\n0\r\n\r\n`,
    413,
    /chunk extensions/,
  ],
  ['headers that do not end', 'GET / HTTP/1.1\r\nhost: x\r\n', 408, /did not arrive in time/],
  [
    'a body that does not end',
    'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nab',
    408,
    /did not arrive in time/,
  ],
  ['CONNECT', 'CONNECT x:443 HTTP/1.1\r\nhost: x\r\n\r\n', 501, /not a proxy/],
  ['another Expect', 'GET / HTTP/1.1\r\nhost: x\r\nexpect: more\r\n\r\n', 417, /only Expect header/],
] as const)('%s is refused in words that every origin can read', async (_, request, status, text) => {
  const response = await ask(request)
  expect(response).toMatchObject({ status, body: expect.stringMatching(text) })
  const { headers } = response as NonNullable<typeof response>
  expect(headers.get('access-control-allow-origin')).toBe('*')
  expect(headers.get('content-type')).toBe('text/plain; charset=utf-8')
  expect(headers.get('connection')).toBe('close')
  expect(logged).toMatchObject([{ level: 30, msg: 'request', status, client: '127.0.0.1' }])
})

test('a request without Host is refused, of HTTP/1.1 only', async () => {
  expect(await ask('GET / HTTP/1.1\r\n\r\n')).toMatchObject({ status: 400, body: 'The request has no Host header.\n' })
  expect(await ask('GET / HTTP/1.0\r\n\r\n')).toMatchObject({ status: 200, body: 'read' })
})

test('what comes behind a good request does not disturb its response', async () => {
  const good = 'GET / HTTP/1.1\r\nhost: x\r\n\r\n'
  expect(await ask(`${good}garbage\r\n\r\n`)).toMatchObject({ status: 200, body: 'read' })
})
