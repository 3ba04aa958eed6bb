import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { family, GRAPHQL, type HostileInput, times } from './input.ts'

const QUERY = '{"query":"{ __typename }"}'
const BOMB = Buffer.alloc(50_000_000)

const hash = (digit: string) => digit.repeat(64)
const encoded = (coding: string, body: string | Buffer): HostileInput['request'] => {
  return () => ({ headers: { ...GRAPHQL, 'content-encoding': coding }, body })
}
const sent = (body: string | Buffer, headers: object = {}): HostileInput['request'] => {
  return () => ({ headers: { ...GRAPHQL, ...headers }, body })
}
const typed = (type: string, body = QUERY) => sent(body, { 'content-type': type })
const BAD = { status: 400, code: 'BAD_REQUEST' } as const
const UNSUPPORTED = { status: 415, code: 'UNSUPPORTED_MEDIA_TYPE' } as const
const TOO_LARGE = { status: 413, code: 'PAYLOAD_TOO_LARGE' } as const

/** Made once, not for each variant: they do not depend on it, and no cache stores what is refused. */
const BOMBS = { gzip: gzipSync(BOMB), deflate: deflateSync(BOMB), br: brotliCompressSync(BOMB) }

/** Bodies that are no GraphQL request, or too much of one. */
export const BODIES = [
  ...family('bodies', {
    'a batch of 1,000 operations': { request: sent(`[${times(1_000, QUERY, ',')}]`), ...BAD },
    'a batch of one': { request: sent(`[${QUERY}]`), ...BAD },
    null: { request: sent('null'), ...BAD },
    'a text': { request: sent('"{ __typename }"'), ...BAD },
    'half of one': { request: sent(QUERY.slice(0, 10)), ...BAD },
    nothing: { request: sent(''), ...BAD },
    'no query': { request: sent('{"quer":"{ __typename }"}'), ...BAD },
    'a query that is an object': { request: sent('{"query":{"toString":"x"}}'), ...BAD },
    'a query that is a list': { request: sent('{"query":["{ __typename }"]}'), ...BAD },
    'a query inside of __proto__': { request: sent(`{"__proto__":${QUERY}}`), ...BAD },
    'a query inside of constructor': { request: sent(`{"constructor":{"prototype":${QUERY}}}`), ...BAD },
    'the query twice': { request: sent('{"query":"{ nothing }","query":"{ __typename }"}'), status: 200, code: null },
    '10,000 members that nobody reads': {
      request: sent(`{${times(10_000, (n) => `"a${n}":${n}`, ',')},"query":"{ __typename }"}`),
      status: 200,
      code: null,
    },
    'lists 100,000 deep': { request: sent(`${'['.repeat(100_000)}${']'.repeat(100_000)}`), ...BAD },
    'lists 100,000 deep, in extensions': {
      request: sent(`{"query":"{ __typename }","extensions":${'['.repeat(100_000)}${']'.repeat(100_000)}}`),
      ...BAD,
    },
    'a name of the operation that is an object': {
      request: sent('{"query":"{ __typename }","operationName":{}}'),
      status: 400,
      code: 'OPERATION_RESOLUTION_FAILURE',
    },
    'the name __proto__ of the operation': {
      request: sent('{"query":"{ __typename }","operationName":"__proto__"}'),
      status: 400,
      code: 'OPERATION_RESOLUTION_FAILURE',
    },
    'UTF-16': { request: sent(Buffer.from(QUERY, 'utf16le')), ...BAD },
    'UTF-16, as it says': {
      request: sent(Buffer.from(`\ufeff${QUERY}`, 'utf16le'), { 'content-type': 'application/json; charset=utf-16' }),
      ...BAD,
    },
    'bytes that are no UTF-8': {
      request: sent(Buffer.from('{"query":"{ topic(slug: \\"\xff\\") { id } }"}', 'latin1')),
      ...BAD,
    },
    'NUL bytes': { request: sent(Buffer.alloc(200_000)), ...BAD },
    'white space': { request: sent(' '.repeat(250_000)), ...BAD },
    JavaScript: { request: sent('{query: `{ __typename }`}'), ...BAD },
    '300,000 bytes': { request: sent(`{"query":"{ __typename } #${'x'.repeat(300_000)}"}`), ...TOO_LARGE },
    '300,000 bytes in chunks': {
      request: () => ({
        raw: `POST /graphql HTTP/1.1\r\nhost: x\r\naccept: application/graphql-response+json\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n${times(300, `3e8\r\n${'x'.repeat(1_000)}\r\n`, '')}0\r\n\r\n`,
      }),
      ...TOO_LARGE,
    },
    '30,000 chunks of one byte': {
      request: () => ({
        raw: `POST /graphql HTTP/1.1\r\nhost: x\r\naccept: application/graphql-response+json\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n${times(30_000, '1\r\n \r\n', '')}0\r\n\r\n`,
      }),
      ...TOO_LARGE,
    },
    'a gigabyte, announced': {
      request: () => ({
        raw: 'POST /graphql HTTP/1.1\r\nhost: x\r\naccept: application/graphql-response+json\r\ncontent-type: application/json\r\ncontent-length: 1000000000\r\n\r\n{',
      }),
      ...TOO_LARGE,
    },
  }),

  ...family('compressed bodies', {
    'a gzip bomb': { request: encoded('gzip', BOMBS.gzip), ...TOO_LARGE },
    'a deflate bomb': { request: encoded('deflate', BOMBS.deflate), ...TOO_LARGE },
    'a brotli bomb': { request: encoded('br', BOMBS.br), ...TOO_LARGE },
    'compressed twice': { request: encoded('gzip, gzip', gzipSync(gzipSync(QUERY))), ...UNSUPPORTED },
    'by an unknown method': { request: encoded('zstd', QUERY), ...UNSUPPORTED },
    'by __proto__': { request: encoded('__proto__', QUERY), ...UNSUPPORTED },
    'by constructor': { request: encoded('constructor', QUERY), ...UNSUPPORTED },
    'by a method of 10,000 characters': { request: encoded('x'.repeat(10_000), QUERY), ...UNSUPPORTED },
    'cut off': { request: encoded('gzip', gzipSync(QUERY).subarray(0, 20)), ...BAD },
    'not compressed at all': { request: encoded('gzip', QUERY), ...BAD },
    'a bomb that is no JSON either': { request: encoded('gzip', gzipSync(Buffer.alloc(250_000))), ...BAD },
  }),

  ...family('media types', {
    'a file upload': {
      request: typed(
        'multipart/form-data; boundary=x',
        `--x\r\ncontent-disposition: form-data; name="operations"\r\n\r\n${QUERY}\r\n--x--`,
      ),
      ...UNSUPPORTED,
    },
    'of a form without preflight': { request: typed('text/plain'), ...UNSUPPORTED },
    XML: {
      request: typed('application/xml', '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'),
      ...UNSUPPORTED,
    },
    none: { request: () => ({ headers: { accept: GRAPHQL.accept }, body: QUERY }), ...UNSUPPORTED },
    __proto__: { request: typed('__proto__'), ...UNSUPPORTED },
    constructor: { request: typed('constructor'), ...UNSUPPORTED },
    'of 10,000 characters': { request: typed(`application/${'x'.repeat(10_000)}`), ...UNSUPPORTED },
    'with 5,000 parameters': { request: typed(`application/json${';'.repeat(5_000)}`), status: 200, code: null },
    'a form with JSON that is none': {
      request: typed('application/x-www-form-urlencoded', 'query={__typename}&variables={'),
      ...BAD,
    },
    'a form of 20,000 members': {
      request: typed(
        'application/x-www-form-urlencoded',
        times(20_000, (n) => `a${n}=${n}`, '&'),
      ),
      ...BAD,
    },
  }),

  ...family('persisted documents', {
    'an unknown hash': {
      request: (n) => sent(`{"documentId":"sha256:${String(n).padStart(64, '0')}"}`)(n, undefined as never),
      status: 404,
      code: 'PERSISTED_QUERY_NOT_FOUND',
    },
    'a hash that is none': {
      request: sent('{"documentId":"../../etc/passwd"}'),
      status: 404,
      code: 'PERSISTED_QUERY_NOT_FOUND',
    },
    'the hash of another document': {
      request: sent(
        `{"query":"{ __typename }","extensions":{"persistedQuery":{"version":1,"sha256Hash":"${hash('a')}"}}}`,
      ),
      ...BAD,
    },
    'of another version': {
      request: sent(`{"extensions":{"persistedQuery":{"version":2,"sha256Hash":"${hash('a')}"}}}`),
      ...BAD,
    },
    'a hash of 200,000 characters': {
      request: sent(`{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"${'a'.repeat(200_000)}"}}}`),
      status: 404,
      code: 'PERSISTED_QUERY_NOT_FOUND',
    },
    'the hash __proto__': {
      request: sent('{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"__proto__"}}}'),
      status: 404,
      code: 'PERSISTED_QUERY_NOT_FOUND',
    },
    'a wrong document with its hash': {
      request: sent(
        '{"query":"{ nothing }","documentId":"sha256:0000000000000000000000000000000000000000000000000000000000000000"}',
      ),
      ...BAD,
    },
  }),

  ...family('GET', {
    'a mutation': {
      request: (n) => ({
        target: `/graphql?n=${n}&query=mutation{castVote(input:{paperId:"x"}){__typename}}`,
        headers: { accept: GRAPHQL.accept },
      }),
      status: 405,
      code: 'BAD_REQUEST',
    },
    'variables that are no JSON': {
      request: (n) => ({
        target: `/graphql?n=${n}&query={__typename}&variables={`,
        headers: { accept: GRAPHQL.accept },
      }),
      ...BAD,
    },
    'bytes that are no UTF-8': {
      request: (n) => ({
        target: `/graphql?n=${n}&query={topic(slug:%22%ff%22){id}}`,
        headers: { accept: GRAPHQL.accept },
      }),
      status: 200,
      code: null,
    },
    'a NUL': {
      request: (n) => ({
        target: `/graphql?n=${n}&query={topic(slug:%22%00%22){id}}`,
        headers: { accept: GRAPHQL.accept },
      }),
      status: 400,
      code: 'BAD_USER_INPUT',
    },
    'the query 500 times': {
      request: (n) => ({
        target: `/graphql?n=${n}&${times(500, 'query={__typename}', '&')}`,
        headers: { accept: GRAPHQL.accept },
      }),
      status: 200,
      code: null,
    },
    'a subscription without a stream': {
      request: (n, { paperId }) => ({
        target: `/graphql?n=${n}&query=subscription{voteCountChanged(paperIds:["${paperId}"]){id}}`,
        headers: { accept: GRAPHQL.accept },
      }),
      status: 406,
      code: 'NOT_ACCEPTABLE',
    },
    'a subscription to 500 papers': {
      request: (n) => ({
        target: `/graphql?n=${n}&query=subscription{voteCountChanged(paperIds:[${times(500, (m) => `"x${m}"`, ',')}]){id}}`,
        headers: { accept: 'text/event-stream' },
      }),
      status: 200,
    },
  }),
]
