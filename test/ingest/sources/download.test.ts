import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createFetcher } from '../../../src/fetching/fetcher.ts'
import { type DownloadOptions, download } from '../../../src/ingest/sources/download.ts'

const CONTENT = Buffer.from('0123456789'.repeat(1_000))
const TAG = '"v1"'

const fetcher = createFetcher({ allowPrivateNetworks: true, userAgent: 'Test/1' })

let server: Server
let address: string
/** What the server does with the first request, the second one, and so on; the last one is repeated. */
let script: RequestListener[] = []
let requests: IncomingHttpHeaders[] = []
beforeAll(async () => {
  server = createServer((request, response) => {
    requests.push(request.headers)
    script[Math.min(requests.length, script.length) - 1]?.(request, response)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/papers.jsonl`
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})
beforeEach(() => {
  requests = []
})

async function downloaded(options: Partial<DownloadOptions> = {}) {
  const retries: string[] = []
  const sizes: number[] = []
  const content = download(address, {
    fetcher,
    waits: [0, 0],
    onRetry: (reason) => retries.push(reason),
    onSize: (bytes) => sizes.push(bytes),
    ...options,
  })
  return { content: await text(content), retries, sizes }
}

/** Says that it sends all, and breaks off after so many bytes. */
const breakingOff =
  (bytes: number, headers: Record<string, string> = { etag: TAG }, content = CONTENT): RequestListener =>
  (_, response) => {
    response.writeHead(200, { ...headers, 'content-length': content.length })
    response.write(content.subarray(0, bytes), () => response.destroy())
  }

const whole =
  (headers: Record<string, string> = { etag: TAG }, content = CONTENT): RequestListener =>
  (_, response) =>
    response.writeHead(200, headers).end(content)

const range: RequestListener = (request, response) => {
  const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1])
  response
    .writeHead(206, { etag: TAG, 'content-range': `bytes ${from}-${CONTENT.length - 1}/${CONTENT.length}` })
    .end(CONTENT.subarray(from))
}

const status =
  (code: number, headers: Record<string, string> = {}): RequestListener =>
  (_, response) =>
    response.writeHead(code, headers).end()

const CUT = 'It was cut off before its end. The next attempt is in 0 s.'

test('the content of an address, and its length before it is read', async () => {
  script = [(_, response) => response.writeHead(200, { 'content-length': CONTENT.length }).end(CONTENT)]
  expect(await downloaded()).toEqual({ content: String(CONTENT), retries: [], sizes: [CONTENT.length] })
})

test.each([
  ['an entity tag', { etag: TAG }, TAG],
  ['a date', { 'last-modified': 'Sat, 28 Nov 2026 12:00:00 GMT' }, 'Sat, 28 Nov 2026 12:00:00 GMT'],
  [
    'a weak tag and a date',
    { etag: 'W/"v"', 'last-modified': 'Sat, 28 Nov 2026 12:00:00 GMT' },
    'Sat, 28 Nov 2026 12:00:00 GMT',
  ],
])('what breaks off continues by a range, with %s', async (_, headers, validator) => {
  script = [breakingOff(4_000, headers), range]
  expect(await downloaded()).toEqual({ content: String(CONTENT), retries: [CUT], sizes: [CONTENT.length] })
  expect(requests[0]).not.toHaveProperty('range')
  expect(requests[1]).toMatchObject({ range: 'bytes=4000-', 'if-range': validator })
})

test('without a validator or ranges it starts again, and nothing comes twice', async () => {
  script = [breakingOff(4_000, {}), breakingOff(6_000, {}), whole({})]
  const { content, retries } = await downloaded()
  expect({ content, retries }).toEqual({ content: String(CONTENT), retries: [CUT, CUT] })
  expect(requests.filter((headers) => 'range' in headers)).toEqual([])
})

test('compressed content starts again', async () => {
  const gzip = gzipSync(CONTENT.map((_, place) => (place * 7_919) % 251))
  const headers = { etag: TAG, 'content-encoding': 'gzip' }
  script = [breakingOff(gzip.length - 20, headers, gzip), whole(headers, gzip)]
  const { content, retries, sizes } = await downloaded()
  expect(content).toBe(String(Buffer.from(CONTENT.map((_, place) => (place * 7_919) % 251))))
  expect({ retries, sizes }).toEqual({ retries: [CUT], sizes: [] })
  expect(requests[1]).not.toHaveProperty('range')
})

test.each([
  ['another content', whole({ etag: '"v2"' }, Buffer.from('other'.repeat(2_000)))],
  ['a shorter content', whole({ etag: '"v2"' }, CONTENT.subarray(0, 1_000))],
])('content that changed in between is an error: %s', async (_, second) => {
  script = [breakingOff(4_000), second]
  await expect(downloaded()).rejects.toThrow('It changed while it was read: import it again.')
})

test('a range from elsewhere is an error', async () => {
  script = [breakingOff(4_000), status(206, { 'content-range': 'bytes 0-9999/10000' })]
  await expect(downloaded()).rejects.toThrow('It responded with the status 206: check that the address is right.')
})

test('what arrives counts as success: only attempts in a row that bring nothing are counted', async () => {
  script = [1, 2, 3, 4, 5, 6].map((step) => breakingOff(step * 1_000, {}))
  script.push(whole({}))
  expect((await downloaded()).content).toBe(String(CONTENT))
  requests = []
  script = [breakingOff(1_000, {})]
  await expect(downloaded()).rejects.toThrow('It was cut off before its end: try again later.')
  expect(requests).toHaveLength(3)
})

test.each([
  [429, { 'retry-after': '0' }],
  [500, {}],
  [502, {}],
  [503, {}],
])('the status %i is tried again', async (code, headers) => {
  script = [status(code, headers), whole()]
  const { content, retries } = await downloaded()
  expect({ content, retries }).toEqual({
    content: String(CONTENT),
    retries: [`It responded with the status ${code}. The next attempt is in 0 s.`],
  })
})

test.each([401, 403, 404, 410])('the status %i is not', async (code) => {
  script = [status(code)]
  await expect(downloaded()).rejects.toThrow(`It responded with the status ${code}: check that the address is right.`)
  expect(requests).toHaveLength(1)
})

test('after too many requests, one without a time to wait is not repeated', async () => {
  script = [status(429)]
  await expect(downloaded()).rejects.toThrow('It asks for fewer requests (status 429): import it again in ten minutes.')
  expect(requests).toHaveLength(1)
})

test('Retry-After is honoured: waited for if it is short, and told if it is long', async () => {
  script = [status(503, { 'retry-after': '1' }), whole()]
  const started = performance.now()
  expect((await downloaded()).retries).toEqual(['It responded with the status 503. The next attempt is in 1 s.'])
  expect(performance.now() - started).toBeGreaterThan(900)
  script = [status(429, { 'retry-after': '86400' })]
  await expect(downloaded()).rejects.toThrow(
    /^It asks for no request until \d{4}-\d\d-\d\dT[\d:.]+Z: import it again after that\.$/,
  )
})

test('an abort ends the wait', async () => {
  script = [status(503)]
  const stop = new AbortController()
  const reason = new Error('stopped')
  const waiting = downloaded({ waits: [60_000], signal: stop.signal, onRetry: () => stop.abort(reason) })
  await expect(waiting).rejects.toBe(reason)
})
