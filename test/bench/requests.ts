import type { Operation, Variables } from './operations.ts'

/** A request as the load generator sends it. */
export interface Request {
  method: 'GET' | 'POST'
  path: string
  headers?: Record<string, string>
  body?: string
}

/** An operation as a POST of GraphQL over HTTP. */
export const graphqlRequest = (operation: Operation, variables: Variables): Request => ({
  method: 'POST',
  path: '/graphql',
  headers: operation.headers?.(variables) ?? {},
  body: JSON.stringify({ query: operation.document, operationName: operation.name, variables }),
})

/** The same as a GET, for caches on the way. */
export const graphqlGet = ({ document, name }: Operation, variables: Variables): Request => {
  const query = new URLSearchParams({ query: document, operationName: name, variables: JSON.stringify(variables) })
  return { method: 'GET', path: `/graphql?${query}` }
}

const HEADERS = { 'content-type': 'application/json', accept: 'application/json' }

/** The bytes that go over the wire. */
export function rawRequest({ method, path, headers = {}, body }: Request, host: string): string {
  const all = {
    host,
    ...(body === undefined ? { accept: HEADERS.accept } : HEADERS),
    ...headers,
    ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }),
  }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body ?? ''}`
}

/** Sends it once and answers what came back. */
export async function ask(request: Request, url: string): Promise<{ status: number; text: string }> {
  const { method, path, headers, body } = request
  const response = await fetch(url + path, {
    method,
    headers: { ...(body === undefined ? { accept: HEADERS.accept } : HEADERS), ...headers },
    ...(body === undefined ? {} : { body }),
  })
  return { status: response.status, text: await response.text() }
}
