import { type Server, ServerResponse } from 'node:http'
import { Server as TcpServer } from 'node:net'
import { setImmediate } from 'node:timers/promises'

/**
 * In milliseconds: how long idle connections stay open after the server has stopped listening. A client that sends requests one
 * after the other sends its next one in this time and learns from its response that the connection closes.
 */
const IDLE_MOMENT = 500
/** In milliseconds: how long open requests may take. Docker kills a container ten seconds after its SIGTERM. */
const LONGEST_REQUEST = 8_000
/** In milliseconds: how often connections are closed that have become idle. */
const SWEEP_EVERY = 50

/** Responses that tell clients to use their connection no more, once the server is stopping: also those that are being computed. */
export function responseThatCloses(stopping: AbortSignal | undefined) {
  return class extends ServerResponse {
    override writeHead(...given: [number, ...unknown[]]): this {
      if (stopping?.aborted) this.setHeader('connection', 'close')
      return super.writeHead(...(given as Parameters<ServerResponse['writeHead']>))
    }
  }
}

/** Stops a server that has begun to close connections: accepts no more of them, finishes open requests and ends streams. */
export async function stopServer(server: Server, endStreams: () => Promise<void>): Promise<void> {
  // Directly after a turn in which waiting connections were accepted: the system resets those that wait when listening ends.
  await setImmediate()
  // Not `server.close`, which cuts idle connections at once: a request may be on its way in one of them.
  const closed = new Promise((resolve) => TcpServer.prototype.close.call(server, resolve))
  const idleUntil = performance.now() + IDLE_MOMENT
  const sweep = setInterval(() => {
    if (performance.now() > idleUntil) server.closeIdleConnections()
  }, SWEEP_EVERY)
  const giveUp = setTimeout(() => server.closeAllConnections(), LONGEST_REQUEST)
  await Promise.all([closed, endStreams()])
  clearInterval(sweep)
  clearTimeout(giveUp)
}
