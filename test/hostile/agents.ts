import { gzipSync } from 'node:zlib'
import { family, type HostileInput, type HostileRequest, type Known } from './input.ts'

const HEADERS = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' }

/** What a message of JSON-RPC has beside its id. */
type Message = Record<string, unknown>

const posted =
  (body: (variant: number, known: Known) => string | Buffer, headers: object = {}) =>
  (variant: number, known: Known): HostileRequest => ({
    target: '/mcp',
    headers: { ...HEADERS, host: 'localhost', ...headers },
    body: body(variant, known),
  })

const message = (message: Message, status: number, says: RegExp, headers: object = {}): Omit<HostileInput, 'name'> => ({
  request: posted((variant) => JSON.stringify({ jsonrpc: '2.0', id: variant, ...message }), headers),
  status,
  says,
})

const text = (
  body: string | Buffer,
  status: number,
  says: RegExp,
  headers: object = {},
): Omit<HostileInput, 'name'> => ({
  request: posted(() => body, headers),
  status,
  says,
})

/** A call; what is wrong with it is a result. */
const call = (name: unknown, args: unknown, says: RegExp, status = 200): Omit<HostileInput, 'name'> =>
  message({ method: 'tools/call', params: { name, arguments: args } }, status, says)

/** A call whose arguments are written by hand. */
const writtenCall = (args: string, says: RegExp): Omit<HostileInput, 'name'> => ({
  request: posted(
    (variant) =>
      `{"jsonrpc":"2.0","id":${variant},"method":"tools/call","params":{"name":"list_papers","arguments":${args}}}`,
  ),
  status: 200,
  says,
})

const MODERN = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientInfo': { name: 'hostile', version: '1' },
  'io.modelcontextprotocol/clientCapabilities': {},
}

/** Messages of agents that were told to break the server, or of no agents at all. */
export const AGENTS = family('agents', {
  'half of a message': text('{"jsonrpc":"2.0","id":1,"method":"tools/li', 400, /-32700/),
  'no text': text('', 400, /-32700.*is empty/),
  'bytes that are not UTF-8': text(Buffer.from([0x22, 0xff, 0xfe, 0x22]), 400, /not UTF-8/),
  'a batch of a thousand': text(
    JSON.stringify(Array.from({ length: 1_000 }, (_, id) => ({ jsonrpc: '2.0', id, method: 'tools/list' }))),
    400,
    /Batching is not supported/,
  ),
  'a million bytes': text(`"${'x'.repeat(1_000_000)}"`, 413, /too large/),
  'a bomb of gzip': text(gzipSync(Buffer.alloc(5_000_000, 0x20)), 413, /too large/, { 'content-encoding': 'gzip' }),
  'a form': text('method=tools/list', 415, /Messages are JSON/, { 'content-type': 'text/plain' }),
  'a thousand levels': text(
    `{"jsonrpc":"2.0","params":${'['.repeat(1_000)}${']'.repeat(1_000)}}`,
    400,
    /at most 50 levels/,
  ),
  'ten thousand values': message(
    { method: 'ping', params: { x: Array(10_001).fill(0) } },
    400,
    /at most 10,000 values/,
  ),
  'an object as the id': message({ id: {}, method: 'ping' }, 400, /-32\d{3}/),
  'no version of JSON-RPC': message({ jsonrpc: '9', method: 'ping' }, 400, /-32\d{3}/),
  'a number as the method': message({ method: 5 }, 400, /-32\d{3}/),
  'a method that every object has': message({ method: 'constructor' }, 200, /-32601/),
  'a method as long as a message': message({ method: 'x'.repeat(200_000) }, 200, /-32601/),
  'a response to nothing': message({ result: { tools: [] } }, 202, /^$/),
  'a call that wants no response': {
    request: posted(() => '{"jsonrpc":"2.0","method":"tools/call","params":{"name":"cast_vote"}}'),
    status: 202,
    says: /^$/,
  },
  'a stream of changes': message(
    { method: 'subscriptions/listen', params: { notifications: { toolsListChanged: true }, _meta: MODERN } },
    200,
    /limit reached/,
    { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'subscriptions/listen' },
  ),
  'a header about another method': message({ method: 'tools/list', params: { _meta: MODERN } }, 400, /-320\d\d/, {
    'mcp-protocol-version': '2026-07-28',
    'mcp-method': 'tools/call',
  }),
  'a revision of the future': message({ method: 'ping', params: { _meta: MODERN } }, 400, /-32\d{3}/, {
    'mcp-protocol-version': '9999-01-01',
  }),
  'a session of somebody else': message({ method: 'tools/list' }, 200, /list_papers/, {
    'mcp-session-id': "' or 1=1 --",
  }),
  'a stream to be resumed': {
    request: () => ({ target: '/mcp', headers: { host: 'localhost', 'last-event-id': '../../1' } }),
    status: 405,
    says: /no sessions/,
  },
  'the end of a session': {
    request: () => ({ method: 'DELETE', target: '/mcp', headers: { host: 'localhost', 'mcp-session-id': 'a' } }),
    status: 405,
  },
  'a page of another site': message({ method: 'tools/list' }, 403, /must not use/, { origin: 'https://evil.example' }),
  'a page in a sandbox': message({ method: 'tools/list' }, 403, /must not use/, { origin: 'null' }),
  'a page whose name leads here': message({ method: 'tools/list' }, 403, /not the PUBLIC_URL/, {
    host: 'evil.example:4000',
  }),
  'a token of nobody': message({ method: 'tools/list' }, 401, /UNAUTHENTICATED/, { authorization: 'Bearer dp_x' }),
  'a tool that every object has': call('__proto__', {}, /There is no tool/),
  'a tool without a name': call(undefined, {}, /-32602/),
  'a list as the arguments': call('list_papers', [], /-32602/),
  'an argument that every object has': call('list_papers', { toString: 1 }, /has no argument \\"toString\\"/),
  'a prototype as the arguments': writtenCall('{"__proto__":{"first":101}}', /"totalCount":|no argument/),
  'a tool without a token': call('cast_vote', { paperId: 'UGFwZXI6MQ' }, /Sign in|isError/),
  'the text of a document as an argument': call('list_papers', { query: '{ viewer { handle } }' }, /no argument/),
  'a document in an argument': call('search_papers', { query: '") { viewer } #' }, /"totalCount":/),
  'a NUL in an argument': call('search_papers', { query: 'a\0' }, /must not contain NUL/),
  'half of a character': writtenCall('{"filter":{"query":"\\ud800"}}', /must not contain NUL characters or halves/),
  'more members than a filter may have': call(
    'list_papers',
    { filter: { topics: Array(101).fill('a') } },
    /BAD_USER_INPUT/,
  ),
  'a page that is too long': call('list_papers', { first: 2_000_000_000 }, /BAD_USER_INPUT/),
  'a page of a negative length': call('list_papers', { first: -1 }, /BAD_USER_INPUT/),
  'a cursor of another list': call('list_papers', { after: "' or 1=1 --" }, /BAD_USER_INPUT/),
  'more lookups than allowed': call(
    'look_up_papers',
    { identifiers: Array(101).fill({ doi: '10.1/a' }) },
    /BAD_USER_INPUT/,
  ),
  'a hundred long lookups': call(
    'look_up_papers',
    { identifiers: Array.from({ length: 100 }, (_, at) => ({ text: `${at} ${'[[{"'.repeat(250)}` })) },
    /0 of 100 are in this catalogue/,
  ),
  'a lookup of everything': call(
    'look_up_papers',
    { identifiers: [{ doi: '10.1/a', arxivId: '1' }] },
    /BAD_USER_INPUT/,
  ),
  'a moment a million years ago': call('list_papers', { asOf: '-1000000-01-01T00:00:00Z' }, /BAD_USER_INPUT/),
})
