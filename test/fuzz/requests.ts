import { gzipSync } from 'node:zlib'
import { joinedAddress, type Known, oddAddress } from './addresses.ts'
import { damage } from './damage.ts'
import { type Header, MEDIA_TYPES, oddHeader } from './headers.ts'
import { operation } from './operations.ts'
import type { Random } from './random.ts'
import { oddText } from './texts.ts'

export interface FuzzRequest {
  method: string
  bytes: Buffer
  /** False if the server may wait for more of it, or may close the connection without a response. */
  isComplete: boolean
}

interface Parts {
  method: string
  target: string
  headers?: Header[]
  body?: Buffer
}

const METHODS = [
  ...['GET', 'GET', 'GET', 'GET', 'GET', 'GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'DELETE', 'PATCH', 'TRACE'],
  ...['PROPFIND', 'QUERY'],
]

/** Targets that are no address here. */
const STRANGE_TARGETS = [
  ...[
    '*',
    'localhost:80',
    '?',
    '#',
    'x',
    '\\',
    '//',
    '///x',
    'a:b',
    'http://',
    'http://[',
    'ftp://x/',
    '/\\',
    '/%',
    '/?',
  ],
  ...['/'.repeat(3_000), `/${'x'.repeat(9_000)}`, '/%2e%2e/%2e', `/papers/${'%41'.repeat(2_000)}`, '/:'.repeat(3_000)],
]

/** A request for an address that a client joined of good parts, and the address. */
export function joinedRequest(known: Known, host: string, random: Random): { request: FuzzRequest; sameAs: string } {
  const sameAs = random.pick(known.addresses)
  return { sameAs, request: write({ method: 'GET', target: joinedAddress(sameAs, host, random) }, host) }
}

/** A request of any kind, in a twentieth of all cases damaged. */
export function oddRequest(known: Known, host: string, random: Random): FuzzRequest {
  const { headers = [], ...parts } = random.chance(0.4) ? posted(known, random) : read(known, random)
  const request = write(
    { ...parts, headers: [...headers, ...random.times(random.below(4), () => oddHeader(known, random))] },
    host,
  )
  return random.chance(0.05) ? { ...request, bytes: damage(request.bytes, random), isComplete: false } : request
}

function read(known: Known, random: Random): Parts {
  const method = random.pick(METHODS)
  if (random.chance(0.05)) return { method, target: random.pick(STRANGE_TARGETS) }
  if (random.chance(0.7)) return { method, target: oddAddress(known, random) }
  const { query, variables } = operation(known, random)
  const parameters = new URLSearchParams({ query, variables: JSON.stringify(variables) })
  if (random.chance(0.1)) parameters.append(oddText(random), oddText(random))
  return { method, target: `/graphql?${parameters}` }
}

function posted(known: Known, random: Random): Parts {
  const more = random.pick([
    {},
    {},
    { extensions: {} },
    { operationName: 'Q' },
    { operationName: '' },
    { id: 'x' },
    { query: 7 },
  ])
  const params = { ...operation(known, random), ...more }
  let body: Buffer = Buffer.from(JSON.stringify(random.chance(0.05) ? [params, params] : params))
  const type = random.chance(0.9) ? 'application/json' : random.pick(MEDIA_TYPES)
  const headers: Header[] = [['Content-Type', type]]
  if (random.chance(0.3)) body = damage(body, random)
  if (random.chance(0.02)) body = Buffer.alloc(300_000, 'x')
  if (random.chance(0.05)) {
    body = gzipSync(body)
    headers.push(['Content-Encoding', 'gzip'])
  }
  return { method: 'POST', target: random.chance(0.95) ? '/graphql' : oddAddress(known, random), headers, body }
}

export function write({ method, target, headers = [], body }: Parts, host: string): FuzzRequest {
  const all: Header[] = [
    ['Host', host],
    ...headers,
    ...(body ? [['Content-Length', String(body.length)] as const] : []),
  ]
  const lines = all.flatMap(([name, value]) => [Buffer.from(`${name}: `), Buffer.from(value), Buffer.from('\r\n')])
  const head = Buffer.from(`${method} ${target} HTTP/1.1\r\n`)
  return {
    method,
    isComplete: true,
    bytes: Buffer.concat([head, ...lines, Buffer.from('\r\n'), body ?? Buffer.alloc(0)]),
  }
}
