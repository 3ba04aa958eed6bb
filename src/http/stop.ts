import type { Server } from 'node:http'
import { type Socket, Server as TcpServer } from 'node:net'
import { setImmediate, setTimeout } from 'node:timers/promises'

/**
 * In milliseconds: how long idle connections stay open after the server has stopped listening. A client that sends requests one
 * after the other sends its next one in this time and learns from its response that the connection closes.
 */
const IDLE_MOMENT = 500
/** In milliseconds: a turn of the event loop in which hardly a connection comes, and how many turns are waited for one. */
const SHORT_TURN = 1
const MOST_TURNS = 100
/** In milliseconds: how long open requests may take. Docker kills a container ten seconds after its SIGTERM. */
const LONGEST_REQUEST = 8_000
/** In milliseconds: how often connections are closed that have become idle. */
const SWEEP_EVERY = 50

export interface StopOptions {
  /** Aborted when the server begins to close connections: see `ServerParts`. */
  stopping: AbortController
  /** For how many milliseconds the server still accepts connections, so that load balancers learn that it is not ready. */
  delay: number
  endStreams: () => Promise<void>
}

/**
 * Returns a function that stops a server without failing a request: it accepts no more connections, finishes open requests and
 * ends streams. To be called before the server listens.
 */
export function gracefulStop(server: Server, { stopping, delay, endStreams }: StopOptions): () => Promise<void> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  function closeIdleConnections(): void {
    server.closeIdleConnections()
    // Browsers open connections in advance. Node does not count them as idle before their first request.
    for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy()
  }

  return async () => {
    if (delay > 0) {
      stopping.abort()
      await setTimeout(delay)
    }
    await untilConnectionsAreAccepted()
    // Not `server.close`, which cuts idle connections at once: a request may be on its way in one of them.
    const closed = new Promise((resolve) => TcpServer.prototype.close.call(server, resolve))
    // Not earlier without a delay, because clients that are told to close a connection open another at once.
    stopping.abort()
    const idleUntil = performance.now() + IDLE_MOMENT
    const sweep = setInterval(() => {
      if (performance.now() > idleUntil) closeIdleConnections()
    }, SWEEP_EVERY)
    const giveUp = globalThis.setTimeout(() => server.closeAllConnections(), LONGEST_REQUEST)
    await Promise.all([closed, endStreams()])
    clearInterval(sweep)
    clearTimeout(giveUp)
  }
}

/**
 * The system resets connections that wait to be accepted when listening ends. Each turn of the event loop accepts those that
 * have come before it, so listening should end after a short one.
 */
async function untilConnectionsAreAccepted(): Promise<void> {
  for (let turns = 0, began = performance.now(); turns < MOST_TURNS; turns += 1) {
    await setImmediate()
    const now = performance.now()
    if (now - began < SHORT_TURN) return
    began = now
  }
}
