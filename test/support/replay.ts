import http from 'node:http'
import type { AddressInfo } from 'node:net'

/** What a recorded server sends. */
export interface Recorded {
  status?: number
  headers?: Record<string, string>
  body?: string
  /**
   * What goes wrong: nothing is sent; the body stops before its length; the connection is closed in the middle of a body whose
   * length nobody said.
   */
  fault?: 'stall' | 'cut' | 'silent cut'
}

export interface Replay {
  /** `http://127.0.0.1:port` */
  url: string
  /** The log: when each request came, and for what. */
  requests: { at: number; target: string; headers: http.IncomingHttpHeaders }[]
  close(): Promise<void>
}

/**
 * A server that sends what `answer` returns for an address.
 *
 * @param time.elapsed milliseconds, for the log
 * @param time.now     the `Date` of the responses
 */
export async function replay(
  time: { elapsed(): number; now(): Date },
  answer: (url: URL, headers: http.IncomingHttpHeaders) => Recorded,
): Promise<Replay> {
  const requests: Replay['requests'] = []
  const server = http.createServer((request, response) => {
    const { url: target = '/', headers } = request
    requests.push({ at: time.elapsed(), target, headers })
    const { status = 200, headers: given = {}, body = '', fault } = answer(new URL(target, 'http://replay'), headers)
    if (fault === 'stall') return
    if (fault === 'silent cut') {
      response.socket?.end(`HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n${body.slice(0, body.length / 2)}`)
      return
    }
    response.sendDate = false
    response.writeHead(status, { date: time.now().toUTCString(), 'content-length': Buffer.byteLength(body), ...given })
    if (fault === undefined) response.end(body)
    else response.write(body.slice(0, body.length / 2), () => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
