import { type IncomingMessage, maxHeaderSize, type Server, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Logger } from 'pino'
import { plainText } from './cache/response.ts'

// Requests that Node answers by itself, with an empty body that a page of another origin cannot even see the status of:
// those that it cannot read, that are too large or too slow, and those for a proxy.

interface Answer {
  status: number
  text: string
}

const UNREADABLE: Answer = {
  status: 400,
  text: 'The request is not valid HTTP/1.1, so that nothing of it was done.',
}

const TOO_SLOW: Answer = {
  status: 408,
  text: 'The request did not arrive in time, so that nothing of it was done. Send it again.',
}

/** By the code of Node's error. */
const ANSWERS: Readonly<Record<string, Answer>> = {
  HPE_HEADER_OVERFLOW: {
    status: 431,
    text: `The address and the headers of the request have more than ${maxHeaderSize} bytes. Send long GraphQL documents and variables by POST.`,
  },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: { status: 413, text: 'The chunk extensions of the request body are too large.' },
  ERR_HTTP_REQUEST_TIMEOUT: TOO_SLOW,
}

const TUNNEL: Answer = { status: 501, text: 'This server is not a proxy.' }
const EXPECTATION: Answer = { status: 417, text: 'The only Expect header that this server knows is "100-continue".' }

/** A request without Host. Nothing here depends on it, but HTTP/1.1 wants it refused: such a request may have been forged. */
export const WITHOUT_HOST = { ...plainText('The request has no Host header.', 400), seconds: 0 }

export const lacksHost = ({ headers, httpVersionMinor }: IncomingMessage): boolean =>
  headers.host === undefined && httpVersionMinor === 1

/** A connection of Node's HTTP server, with the response that is under way on it. */
type Connection = Duplex & { remoteAddress?: string; _httpMessage?: ServerResponse | null }

/** Answers requests that never reach the request listener: in words, readable from every origin. Logs them as refused. */
export function answerBrokenRequests(server: Server, log: Logger): void {
  const refuse = (connection: Connection, answer: Answer, reason?: string) => {
    const { remoteAddress: client } = connection
    log.info({ client, status: answer.status, ...(reason && { reason }) }, 'request')
    connection.on('error', () => connection.destroy())
    connection.end(written(answer))
  }

  server.on('clientError', (error: Error & { code?: string }, connection: Connection) => {
    const response = connection._httpMessage
    // The client is gone, or what is written now would end up in the response that has begun.
    if (!connection.writable || (response?.headersSent && !response.req.complete)) return void connection.destroy()
    // It came behind a good request, whose response is not in doubt.
    if (response?.req.complete) response.once('finish', () => connection.end())
    else refuse(connection, ANSWERS[error.code ?? ''] ?? UNREADABLE, error.message)
  })

  server.on('timeout', (connection: Connection) => {
    const response = connection._httpMessage
    // The body of a request stopped coming. Other connections are idle, or their client stopped reading.
    if (response && !response.headersSent && !response.req.complete) refuse(connection, TOO_SLOW)
    else connection.destroy()
  })

  // CONNECT, by which a client wants a tunnel through a proxy. Node would close the connection without a word.
  server.on('connect', (_request, connection) => refuse(connection, TUNNEL))

  server.on('checkExpectation', (request, response) => {
    log.info({ client: request.socket.remoteAddress, status: EXPECTATION.status }, 'request')
    const { status, text } = EXPECTATION
    response.writeHead(status, { ...headersOf(text), connection: 'close' }).end(`${text}\n`)
  })
}

const headersOf = (text: string) => ({
  'content-type': 'text/plain; charset=utf-8',
  'content-length': String(text.length + 1),
  'access-control-allow-origin': '*',
  'cache-control': 'no-store',
})

/** A response as it stands on the wire. The connection closes after it, because where the next request begins is not known. */
function written({ status, text }: Answer): string {
  const headers = Object.entries({ ...headersOf(text), connection: 'close' }).map(
    ([name, value]) => `${name}: ${value}`,
  )
  return [`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, ...headers, '', `${text}\n`].join('\r\n')
}
