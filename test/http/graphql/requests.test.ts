import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { afterAll, describe, expect, test } from 'vitest'
import { MAX_BODY_BYTES } from '../../../src/http/graphql/request-body.ts'
import { givenPapers } from '../../support/catalogue.ts'
import { freshDatabase } from '../../support/database.ts'
import { PROVIDERS_TOKEN, UNREACHABLE_PROVIDER } from '../../support/refusals.ts'
import { startServer } from '../../support/server.ts'

const database = await freshDatabase()
await givenPapers(database.db, 5)
const server = await startServer(database, { cacheMegabytes: 8, identityProvider: UNREACHABLE_PROVIDER })
afterAll(async () => {
  await server.close()
  await database.close()
})

const [JSON_TYPE, RESPONSE_TYPE, STREAM_TYPE] = [
  'application/json',
  'application/graphql-response+json',
  'text/event-stream',
]
const QUERY = '{ papers(first: 1) { nodes { title } } }'
const TITLE = { data: { papers: { nodes: [{ title: expect.any(String) }] } } }

interface Answer {
  status: number
  type: string | null
  headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: answers of any shape
  body: any
}

async function send(init: RequestInit, path = '/graphql'): Promise<Answer> {
  const response = await fetch(server.url + path, init)
  const text = await response.text()
  const type = response.headers.get('content-type')
  return { status: response.status, type, headers: response.headers, body: resultOf(text, type) }
}

/** The result in a response: the body, or the data of the only event of a stream. */
function resultOf(text: string, type: string | null): unknown {
  if (type !== STREAM_TYPE) return text === '' ? null : JSON.parse(text)
  const [, data] = /^event: next\ndata: (.*)\n\nevent: complete\ndata:\n\n$/.exec(text) ?? []
  return JSON.parse(data as string)
}

const post = (body: RequestInit['body'], headers: Record<string, string> = {}) =>
  send({ method: 'POST', body, headers: { 'content-type': JSON_TYPE, ...headers } })

const codeOf = ({ body }: Answer) => body.errors[0].extensions.code
const messageOf = ({ body }: Answer) => body.errors[0].message

describe('refusals have the media type that the client wants, and pages of other origins can read them', () => {
  const REFUSALS: [code: string, status: number, RequestInit][] = [
    [
      'UNAUTHENTICATED',
      401,
      { headers: { authorization: 'Bearer dp_unknown' }, body: JSON.stringify({ query: QUERY }) },
    ],
    [
      'AUTHENTICATION_UNAVAILABLE',
      503,
      { headers: { authorization: `Bearer ${PROVIDERS_TOKEN}` }, body: JSON.stringify({ query: QUERY }) },
    ],
    ['PAYLOAD_TOO_LARGE', 413, { body: JSON.stringify({ query: '#'.repeat(MAX_BODY_BYTES) }) }],
    ['UNSUPPORTED_MEDIA_TYPE', 415, { headers: { 'content-type': 'text/plain' }, body: QUERY }],
    ['BAD_REQUEST', 405, { method: 'PUT', body: JSON.stringify({ query: QUERY }) }],
    ['BAD_REQUEST', 400, { body: '{' }],
  ]
  const TYPES: [accept: string | undefined, type: string][] = [
    [undefined, `${JSON_TYPE}; charset=utf-8`],
    ['*/*', `${JSON_TYPE}; charset=utf-8`],
    [JSON_TYPE, `${JSON_TYPE}; charset=utf-8`],
    [RESPONSE_TYPE, `${RESPONSE_TYPE}; charset=utf-8`],
    [`${RESPONSE_TYPE},${JSON_TYPE};q=0.9`, `${RESPONSE_TYPE}; charset=utf-8`],
    [`text/html, ${RESPONSE_TYPE};q=0.9, */*;q=0.1`, `${RESPONSE_TYPE}; charset=utf-8`],
    [STREAM_TYPE, STREAM_TYPE],
  ]

  test.each(REFUSALS)('%s, %i', async (code, status, init) => {
    for (const [accept, type] of TYPES) {
      const headers = { 'content-type': JSON_TYPE, ...init.headers, ...(accept && { accept }) }
      const answer = await send({ method: 'POST', ...init, headers })
      // A stream says what is wrong with the document itself: see `result-content.ts`.
      expect([answer.status, answer.type], accept).toEqual([
        type === STREAM_TYPE && status === 400 ? 200 : status,
        type,
      ])
      expect(codeOf(answer)).toBe(code)
      expect(messageOf(answer)).toMatch(/\.$/)
      expect(answer.headers.get('access-control-allow-origin')).toBe('*')
      expect(answer.headers.get('cache-control')).toMatch(/no-store|no-cache/)
      expect(answer.headers.get('retry-after') ?? '').toMatch(status === 503 ? /^\d+$/ : /^$/)
      if (status === 503) expect(answer.headers.get('access-control-expose-headers')).toContain('Retry-After')
      if (status === 405) expect(answer.headers.get('allow')).toBe('GET, POST')
    }
  })

  test('of a type that is not available it is JSON with the reason, and nothing runs', async () => {
    for (const accept of ['image/png', 'application/json; charset=utf-16', 'application/json;q=0']) {
      const answer = await post(JSON.stringify({ query: QUERY }), { accept })
      expect([answer.status, answer.type, codeOf(answer)]).toEqual([
        406,
        `${JSON_TYPE}; charset=utf-8`,
        'NOT_ACCEPTABLE',
      ])
      expect(messageOf(answer)).toContain(`"${accept}"`)
      expect(messageOf(answer)).toContain(RESPONSE_TYPE)
    }
  })
})

describe('media types are weighed by quality', () => {
  test.each([
    [`${JSON_TYPE};q=0.5, ${RESPONSE_TYPE};q=0.4`, `${JSON_TYPE}; charset=utf-8`],
    [`${JSON_TYPE};q=0.4, ${RESPONSE_TYPE};q=0.5`, `${RESPONSE_TYPE}; charset=utf-8`],
    [`${JSON_TYPE};q=0, */*;q=0.1`, `${RESPONSE_TYPE}; charset=utf-8`],
    [`${STREAM_TYPE}, ${JSON_TYPE};q=0.5`, STREAM_TYPE],
    [`${STREAM_TYPE}, ${JSON_TYPE}`, `${JSON_TYPE}; charset=utf-8`],
    [`text/html, ${JSON_TYPE};q=0.5`, `${JSON_TYPE}; charset=utf-8`],
  ])('%s', async (accept, type) => {
    for (const _ of [1, 2]) {
      const answer = await post(JSON.stringify({ query: QUERY }), { accept })
      expect([answer.status, answer.type]).toEqual([200, type])
      expect(answer.body).toEqual(TITLE)
    }
  })
})

describe('the body of a request', () => {
  const json = JSON.stringify({ query: QUERY })

  test('may be compressed', async () => {
    for (const [coding, bytes] of [
      ['gzip', gzipSync(json)],
      ['GZIP', gzipSync(json)],
      ['deflate', deflateSync(json)],
      ['br', brotliCompressSync(json)],
      ['identity', Buffer.from(json)],
    ] as const)
      expect(await post(bytes, { 'content-encoding': coding }), coding).toMatchObject({ status: 200, body: TITLE })
  })

  test('has the same limit when it is compressed', async () => {
    const bomb = gzipSync(JSON.stringify({ query: `${QUERY} # ${'x'.repeat(MAX_BODY_BYTES)}` }))
    expect(bomb.length).toBeLessThan(1_000)
    const answer = await post(bomb, { 'content-encoding': 'gzip' })
    expect([answer.status, codeOf(answer)]).toEqual([413, 'PAYLOAD_TOO_LARGE'])
  })

  test('with a compression that is not supported, or not the one that was named, is refused with the reason', async () => {
    const unknown = await post(json, { 'content-encoding': 'compress' })
    expect([unknown.status, codeOf(unknown)]).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE'])
    expect(messageOf(unknown)).toContain('"compress"')
    expect(unknown.headers.get('accept-encoding')).toBe('gzip, deflate, br')
    const wrong = await post(json, { 'content-encoding': 'gzip' })
    expect([wrong.status, codeOf(wrong)]).toEqual([400, 'BAD_REQUEST'])
    expect(messageOf(wrong)).toContain('"gzip"')
  })

  test('may begin with a byte-order mark', async () => {
    expect(await post(`\ufeff${json}`)).toMatchObject({ status: 200, body: TITLE })
    expect(await post(gzipSync(`\ufeff${json}`), { 'content-encoding': 'gzip' })).toMatchObject({ body: TITLE })
  })

  test('that is not UTF-8 is refused, and a replacement character of the client is not', async () => {
    const query = '{ search(query: "café �") { totalCount } }'
    expect((await post(JSON.stringify({ query }))).body).toEqual({ data: { search: { totalCount: 0 } } })
    for (const coding of ['latin1', 'utf16le'] as const) {
      const bytes = Buffer.concat([
        Buffer.from(coding === 'latin1' ? [] : [0xff, 0xfe]),
        Buffer.from(JSON.stringify({ query }), coding),
      ])
      const answer = await post(bytes)
      expect([answer.status, codeOf(answer)]).toEqual([400, 'BAD_REQUEST'])
      expect(messageOf(answer)).toContain('UTF-8')
    }
  })

  test.each([
    ['', 'is empty'],
    [' ', 'is empty'],
    ['{', 'must be JSON: '],
    [`query=${QUERY}`, 'must be JSON: '],
    ['null', 'must be a JSON object with the member `query`'],
    ['"x"', 'must be a JSON object with the member `query`'],
    [`[${json}]`, 'Batching is not supported'],
    ['{}', 'The request has no `query`'],
    ['{"qeury":"{ __typename }"}', 'The request has no `query`'],
    ['{"variables":{}}', 'The request has no `query`'],
  ])('%j: %s', async (body, message) => {
    const answer = await post(body)
    expect([answer.status, codeOf(answer)]).toEqual([400, 'BAD_REQUEST'])
    expect(messageOf(answer)).toContain(message)
  })

  test('may be a form or a document, and says what it is', async () => {
    const form = new URLSearchParams({ query: QUERY, operationName: '', variables: '' })
    expect(await post(form.toString(), { 'content-type': 'application/x-www-form-urlencoded' })).toMatchObject({
      status: 200,
      body: TITLE,
    })
    expect(await post(QUERY, { 'content-type': 'application/graphql' })).toMatchObject({ status: 200, body: TITLE })
    const upload = new FormData()
    upload.set('operations', json)
    for (const [init, message] of [
      [{ method: 'POST', body: upload }, '"multipart/form-data"'],
      [{ method: 'POST', body: json, headers: { 'content-type': 'text/plain' } }, '"text/plain"'],
      [{ method: 'POST', body: Buffer.from(json) }, 'no Content-Type'],
    ] as const) {
      const answer = await send(init)
      expect([answer.status, codeOf(answer)]).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE'])
      expect(messageOf(answer)).toContain(message)
      expect(messageOf(answer)).toContain('`Content-Type: application/json`')
      expect(answer.headers.get('accept')).toContain(JSON_TYPE)
    }
  })

  test('that is far too large is received, so that clients read why it is refused', async () => {
    const body = Buffer.alloc(10_000_000, 'x')
    for (const headers of [{ 'content-length': body.length }, { 'transfer-encoding': 'chunked' }]) {
      const { port } = new URL(server.url)
      const options = { port, path: '/graphql', method: 'POST', agent: false }
      const sent = httpRequest({ ...options, headers: { 'content-type': JSON_TYPE, connection: 'close', ...headers } })
      // As urllib of Python does: nothing is read before everything is sent.
      const [socket] = await once(sent, 'socket')
      socket.on('connect', () => socket.pause())
      const response = once(sent, 'response')
      sent.end(body, () => socket.resume())
      const [{ statusCode }] = await response
      expect(statusCode).toBe(413)
    }
  })

  test('without an end is not received for ever', async () => {
    const { port } = new URL(server.url)
    const socket = connect(Number(port), '127.0.0.1').resume()
    const closed = new Promise((resolve) => socket.once('close', resolve))
    socket.on('error', () => {})
    socket.write(
      `POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: ${JSON_TYPE}\r\ntransfer-encoding: chunked\r\n\r\n`,
    )
    const chunk = `f4240\r\n${'x'.repeat(1_000_000)}\r\n`
    const send = (error?: Error | null) => {
      if (error == null) socket.write(chunk, send)
    }
    send()
    await closed
    expect(socket.bytesWritten).toBeLessThan(100_000_000)
  })
})

describe('parameters', () => {
  test('others than those of GraphQL over HTTP are ignored', async () => {
    // As react-relay-network-modern, Hasura's console and Apollo's mocks send them.
    for (const more of [{ id: 'papersListQuery' }, { key: 1, __meta: {} }, { query_hash: null }]) {
      const answer = await post(JSON.stringify({ ...more, query: QUERY, variables: {} }))
      expect([answer.status, answer.body]).toEqual([200, TITLE])
      const stream = await post(JSON.stringify({ ...more, query: QUERY }), { accept: STREAM_TYPE })
      expect([stream.status, stream.body]).toEqual([200, TITLE])
    }
    const search = new URLSearchParams({ query: QUERY, id: 'papersListQuery', extra: 'x' })
    expect((await send({}, `/graphql?${search}`)).body).toEqual(TITLE)
  })

  test('an empty operation name is none', async () => {
    const search = new URLSearchParams({ query: QUERY, operationName: '' })
    expect((await send({}, `/graphql?${search}`)).body).toEqual(TITLE)
    expect((await post(JSON.stringify({ query: QUERY, operationName: '' }))).body).toEqual(TITLE)
  })

  test('in an address that are no JSON are refused', async () => {
    for (const [search, message] of [
      ['?query={__typename}&variables={', '`variables` must be JSON: '],
      ['?query={__typename}&extensions=x', '`extensions` must be JSON: '],
      ['', 'The request has no `query`'],
      ['?', 'The request has no `query`'],
    ]) {
      const answer = await send({}, `/graphql${search}`)
      expect([answer.status, codeOf(answer)]).toEqual([400, 'BAD_REQUEST'])
      expect(messageOf(answer)).toContain(message)
    }
  })
})

describe('/graphql/ is /graphql', () => {
  test('by GET and POST, cached or not', async () => {
    for (const _ of [1, 2]) {
      expect((await send({}, `/graphql/?${new URLSearchParams({ query: QUERY })}`)).body).toEqual(TITLE)
      const headers = { 'content-type': JSON_TYPE }
      expect(
        (await send({ method: 'POST', headers, body: JSON.stringify({ query: QUERY }) }, '/graphql/')).body,
      ).toEqual(TITLE)
    }
    const page = await fetch(`${server.url}/graphql/`, { headers: { accept: 'text/html' } })
    expect(page.headers.get('content-type')).toContain('text/html')
    await page.body?.cancel()
  })
})

test('HEAD has the headers of GET, for an event stream, too', async () => {
  for (const [query, accept] of [
    [QUERY, JSON_TYPE],
    [QUERY, STREAM_TYPE],
    ['subscription { paperListed { id } }', STREAM_TYPE],
  ] as const) {
    const { port } = new URL(server.url)
    const path = `/graphql?${new URLSearchParams({ query })}`
    const { promise, resolve, reject } = Promise.withResolvers<[number | undefined, string | undefined]>()
    const sent = httpRequest({ port, path, method: 'HEAD', headers: { accept } }, (response) => {
      response.resume().on('end', () => resolve([response.statusCode, response.headers['content-type']]))
    })
    sent.on('error', reject).end()
    expect(await promise).toEqual([200, accept === JSON_TYPE ? `${JSON_TYPE}; charset=utf-8` : STREAM_TYPE])
  }
})
