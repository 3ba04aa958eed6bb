/** A request as the load generator sends it. */
export interface Request {
  method: 'GET' | 'POST'
  path: string
  headers?: Record<string, string>
  body?: string
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

/** Sends a request once. */
export async function ask(request: Request, url: string): Promise<{ status: number; text: string }> {
  const { method, path, headers, body } = request
  const response = await fetch(url + path, {
    method,
    headers: { ...(body === undefined ? { accept: HEADERS.accept } : HEADERS), ...headers },
    ...(body === undefined ? {} : { body }),
  })
  return { status: response.status, text: await response.text() }
}
