import { family, GRAPHQL, type HostileInput, times } from './input.ts'

const FEED = '/feeds/papers.rss?first=3'
const QUERY = '{"query":"{ papers(first: 1) { nodes { id } } }"}'

const feed = (headers: Record<string, string>, status: number, more: Partial<HostileInput> = {}) => ({
  request: () => ({ target: FEED, headers }),
  status,
  ...more,
})
const graphql = (headers: Record<string, string>, status: number, code: HostileInput['code'] = null) => ({
  request: () => ({ headers: { ...GRAPHQL, ...headers }, body: QUERY }),
  status,
  code,
})
const raw = (text: string, status: number): Omit<HostileInput, 'name'> => ({ request: () => ({ raw: text }), status })
const signedIn = (authorization: string) => graphql({ authorization }, 401, 'UNAUTHENTICATED')

/** Headers that lie, that are long, or that mean something else to another server. */
export const HEADERS = [
  ...family('Authorization', {
    'of a proxy': graphql({ authorization: 'Basic YWRhOnNlY3JldA==' }, 200),
    'a scheme alone': signedIn('Token'),
    'a token without a scheme': signedIn('dp_x'),
    'two tokens': signedIn('Bearer dp_x, Bearer dp_y'),
    'an unknown token': signedIn(`Bearer dp_${'a'.repeat(43)}`),
    'a token of 12,000 characters': signedIn(`Bearer dp_${'a'.repeat(12_000)}`),
    '12,000 dots': signedIn(`Bearer ${'.'.repeat(12_000)}`),
    '12,000 equals signs': signedIn(`Bearer ${'='.repeat(12_000)}`),
    '12,000 spaces': graphql({ authorization: `Bearer ${' '.repeat(12_000)}` }, 200),
    '12,000 spaces before the end': signedIn(`Bearer a${' '.repeat(12_000)}b`),
    SQL: signedIn("Bearer dp_' or '1'='1"),
    'the word null': signedIn('Bearer null'),
    '20,000 characters': { ...graphql({ authorization: `Bearer ${'a'.repeat(20_000)}` }, 431), code: undefined },
  }),

  ...family('Accept', {
    '3,000 types': graphql({ accept: times(3_000, (n) => `a/${n}`, ',').slice(0, 15_000) }, 406, 'NOT_ACCEPTABLE'),
    '3,000 types, then all': graphql({ accept: `${times(1_800, (n) => `a/${n}`, ',')},*/*` }, 406, 'NOT_ACCEPTABLE'),
    '3,000 types for a feed': feed({ accept: times(1_800, (n) => `a/${n}`, ',') }, 200),
    '10,000 types': { ...graphql({ accept: times(10_000, 'a/b', ',') }, 431), code: undefined },
    '15,000 semicolons': graphql({ accept: `application/json${';'.repeat(15_000)}` }, 406, 'NOT_ACCEPTABLE'),
    '15,000 quotation marks': graphql({ accept: `application/json;a=${'"'.repeat(15_000)}` }, 406, 'NOT_ACCEPTABLE'),
    '15,000 commas': graphql({ accept: ','.repeat(15_000) }, 406, 'NOT_ACCEPTABLE'),
    'a quality of 10,000 digits': graphql(
      { accept: `application/json;q=0.${'1'.repeat(10_000)}` },
      406,
      'NOT_ACCEPTABLE',
    ),
    'nothing that there is': graphql({ accept: 'image/png' }, 406, 'NOT_ACCEPTABLE'),
    'streams of a query': graphql({ accept: 'multipart/mixed' }, 406, 'NOT_ACCEPTABLE'),
  }),

  ...family('Accept-Encoding', {
    '5,000 codings': feed({ 'accept-encoding': times(2_500, (n) => `x${n}`, ',') }, 200),
    '15,000 semicolons': feed({ 'accept-encoding': `gzip${';'.repeat(15_000)}` }, 200),
    nothing: feed({ 'accept-encoding': 'identity;q=0, *;q=0' }, 200),
  }),

  ...family('conditions', {
    '1,000 ETags': feed({ 'if-none-match': times(1_000, (n) => `W/"${n}"`, ', ') }, 200),
    '15,000 quotation marks': feed({ 'if-none-match': '"'.repeat(15_000) }, 200),
    'any ETag': feed({ 'if-none-match': '*' }, 304),
    'a date of 15,000 characters': feed({ 'if-modified-since': '9'.repeat(15_000) }, 200),
    'a date of 15,000 parentheses': feed({ 'if-modified-since': '('.repeat(15_000) }, 200),
    '1,000 ranges': feed({ range: `bytes=${times(1_000, '0-', ',')}` }, 200),
    'a range beyond the end': feed({ range: 'bytes=999999999999-' }, 200),
    'a lie about a proxy’s cache': feed(
      { 'cache-control': 'only-if-cached, no-transform', pragma: 'x'.repeat(5_000) },
      200,
    ),
  }),

  ...family('hosts', {
    'another one': feed({ host: 'elsewhere.example' }, 200, { hides: /elsewhere/ }),
    markup: feed({ host: '"><script>hurt()</script>' }, 200, { hides: /hurt/ }),
    'of 10,000 characters': feed({ host: 'x'.repeat(10_000) }, 200, { hides: /xxxx/ }),
    'behind a proxy that lies': feed(
      {
        'x-forwarded-host': 'elsewhere.example',
        'x-forwarded-proto': 'javascript',
        forwarded: 'host=elsewhere.example',
      },
      200,
      { hides: /elsewhere|javascript/ },
    ),
    'another address': feed({ 'x-original-url': '/admin', 'x-rewrite-url': '/admin' }, 200),
    'another method': feed({ 'x-http-method-override': 'DELETE' }, 200),
    none: raw('GET /healthz HTTP/1.1\r\n\r\n', 400),
    'clients that lie': graphql({ 'x-forwarded-for': times(1_500, '127.0.0.1', ', ').slice(0, 14_000) }, 200),
    'a client that is markup': graphql({ 'x-forwarded-for': '<script>hurt()</script>', 'x-real-ip': '::1' }, 200),
  }),

  ...family('traces', {
    'a wrong traceparent': graphql({ traceparent: '00-zz-zz-zz' }, 200),
    'a traceparent of 10,000 characters': graphql({ traceparent: `00-${'a'.repeat(10_000)}` }, 200),
    'an id that is JSON': graphql({ 'x-request-id': '{"level":60,"msg":"hurt"}' }, 200),
    'an id of 10,000 characters': graphql({ 'x-request-id': 'a'.repeat(10_000) }, 200),
  }),

  ...family('origins', {
    'null, with cookies': graphql({ origin: 'null', cookie: 'session=hurt' }, 200),
    'preflight for a header of 10,000 characters': {
      request: () => ({
        method: 'OPTIONS',
        headers: {
          origin: 'https://elsewhere.example',
          'access-control-request-method': 'DELETE',
          'access-control-request-headers': 'x'.repeat(10_000),
        },
      }),
      status: 204,
    },
    'cookies of 15,000 characters': graphql({ cookie: 'x'.repeat(15_000) }, 200),
  }),

  ...family('HTTP', {
    'two lengths': raw('POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\ncontent-length: 20\r\n\r\n{}', 400),
    'a length and chunks': raw(
      'POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
    ),
    'a negative length': raw('POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n', 400),
    'a length that is no number': raw('POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-length: 0x10\r\n\r\n', 400),
    'a folded header': raw('GET / HTTP/1.1\r\nhost: x\r\na: b\r\n c\r\n\r\n', 400),
    'a space before a colon': raw('GET / HTTP/1.1\r\nhost : x\r\n\r\n', 400),
    'a line break alone': raw('GET / HTTP/1.1\nhost: x\n\n', 400),
    'HTTP/2 without negotiation': raw('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400),
    'a future version': raw('GET / HTTP/9.9\r\nhost: x\r\n\r\n', 400),
    TLS: raw('\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400),
    '900 headers': raw(`GET / HTTP/1.1\r\nhost: x\r\n${times(900, (n) => `a${n}: 1\r\n`, '')}\r\n`, 200),
    '20,000 characters in one': raw(`GET / HTTP/1.1\r\nhost: x\r\na: ${'x'.repeat(20_000)}\r\n\r\n`, 431),
    'a tunnel': raw('CONNECT 169.254.169.254:80 HTTP/1.1\r\nhost: x\r\n\r\n', 501),
    'an expectation': raw('GET / HTTP/1.1\r\nhost: x\r\nexpect: hurt\r\n\r\n', 417),
    'an upgrade': raw(
      'GET /graphql HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: websocket\r\naccept: application/graphql-response+json\r\n\r\n',
      400,
    ),
  }),
]
