import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

/** A message that arrived. */
export interface Received {
  path: string
  headers: IncomingHttpHeaders
  body: string
}

export interface Endpoint {
  /** `http://127.0.0.1:port` */
  url: string
  received: Received[]
  /** The bodies that came to a path, in their order. */
  at(path: string): Received[]
  /** How messages are answered: with 204 unless a test sets something else. */
  respond: (message: Received, response: ServerResponse) => void
  close(): Promise<void>
}

/** A server to which webhooks post. */
export async function openEndpoint(): Promise<Endpoint> {
  const endpoint: Endpoint = {
    url: '',
    received: [],
    at: (path) => endpoint.received.filter((message) => message.path === path),
    respond: (_message, response) => response.writeHead(204).end(),
    close: async () => {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    },
  }
  const server = createServer(async (request, response) => {
    const message = { path: request.url ?? '', headers: request.headers, body: await text(request) }
    endpoint.received.push(message)
    endpoint.respond(message, response)
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  endpoint.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return endpoint
}
