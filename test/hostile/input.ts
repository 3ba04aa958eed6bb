import type { ErrorCode } from '../../src/values/error-codes.ts'
import type { Signer, TestProvider } from '../support/identity-provider.ts'

/** What inputs know of the server and its catalogue. */
export interface Known {
  /** The address of the server. */
  url: string
  /** An access token with the scopes of an ordinary user. */
  accessToken: string
  paperId: string
  arxivId: string
  /** Of the list of the newest papers. */
  cursor: string
  provider: TestProvider
  /** The key of the provider, and one that it does not publish. */
  signer: Signer
  stranger: Signer
}

export interface HostileRequest {
  /** The default is POST with a body, else GET. */
  method?: string
  /** The default is `/graphql`. */
  target?: string
  headers?: Readonly<Record<string, string>>
  body?: string | Buffer
  /** Instead of all others: what is sent, byte by byte in Latin-1. */
  raw?: string
}

/** A request of somebody who wants the server to fail, and its right response. */
export interface HostileInput {
  name: string
  /** No two of its variants are the same to a cache. */
  request: (variant: number, known: Known) => HostileRequest
  status: number
  /** The code of the first error of a GraphQL response; null if it is answered, because it does no harm. */
  code?: ErrorCode | null
  /** What the body contains, and what it must not contain. */
  says?: RegExp
  hides?: RegExp
}

/** A family of inputs, whose names are their keys. */
export const family = (about: string, inputs: Record<string, Omit<HostileInput, 'name'>>): HostileInput[] =>
  Object.entries(inputs).map(([name, input]) => ({ name: `${about}: ${name}`, ...input }))

/** So that a refusal has its own status. */
export const GRAPHQL = { accept: 'application/graphql-response+json', 'content-type': 'application/json' }

/** A document by POST; a comment makes each variant one that the server has not parsed before. */
export const operation =
  (document: string | ((variant: number, known: Known) => string), variables?: unknown, headers: object = {}) =>
  (variant: number, known: Known): HostileRequest => {
    const query = `${typeof document === 'string' ? document : document(variant, known)} # ${variant}`
    return { headers: { ...GRAPHQL, ...headers }, body: JSON.stringify({ query, variables }) }
  }

/** An operation that is refused with a code, whose status is 400 as that of most is. */
export const refused = (
  code: ErrorCode,
  document: string | ((variant: number, known: Known) => string),
  variables?: unknown,
): Omit<HostileInput, 'name'> => ({ request: operation(document, variables), status: 400, code })

/** An operation that runs, and in which one field is refused. */
export const refusedInPart: typeof refused = (...given) => ({ ...refused(...given), status: 200 })

/** An operation that is answered. */
export const answered = (
  document: string | ((variant: number, known: Known) => string),
  variables?: unknown,
): Omit<HostileInput, 'name'> => ({ request: operation(document, variables), status: 200, code: null })

/** So many times the same text, or one that depends on the number. */
export const times = (count: number, text: string | ((n: number) => string), between = ' '): string =>
  Array.from({ length: count }, (_, n) => (typeof text === 'string' ? text : text(n))).join(between)

/** The bytes of a request on the wire, which Node's own client would correct. */
export function bytesOf({ raw, target = '/graphql', headers = {}, body, method }: HostileRequest): Buffer {
  if (raw !== undefined) return Buffer.from(raw, 'latin1')
  const lines = Object.entries({
    host: 'papers.example',
    ...(body !== undefined && { 'content-length': String(Buffer.byteLength(body)) }),
    ...headers,
  }).map(([name, value]) => `${name}: ${value}`)
  const verb = method ?? (body === undefined ? 'GET' : 'POST')
  const head = `${verb} ${target} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`
  return Buffer.concat([Buffer.from(head, 'latin1'), Buffer.from(body ?? '')])
}
