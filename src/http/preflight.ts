import type { IncomingMessage, ServerResponse } from 'node:http'

/** Allows a page of another origin to send any headers; browsers ask for some, such as If-None-Match. */
export function sendPreflight({ headers }: IncomingMessage, response: ServerResponse, methods: string): void {
  response
    .writeHead(204, {
      'access-control-allow-origin': '*',
      'access-control-allow-methods': methods,
      'access-control-allow-headers': headers['access-control-request-headers'] ?? '*',
      'access-control-max-age': '86400',
      vary: 'Access-Control-Request-Headers',
    })
    .end()
}
