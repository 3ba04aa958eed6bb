import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'

export interface Proxy {
  /** The URL of the database through the proxy. */
  url: string
  /** Cuts all connections and accepts none until `start`, which uses the same port. */
  stop(): Promise<void>
  start(): Promise<void>
  /** Stops forwarding without closing anything, as when a cable is cut. */
  freeze(): void
}

/** A TCP proxy to a database, to test lost connections. */
export async function startProxy(databaseUrl: string): Promise<Proxy> {
  const target = new URL(databaseUrl)
  const open = new Set<Socket>()
  let server: Server | null = null
  const start = async (port: number): Promise<number> => {
    server = createServer((client) => {
      const upstream = connect(Number(target.port), target.hostname)
      join(client, upstream, open)
      join(upstream, client, open)
    }).listen(port, '127.0.0.1')
    await once(server, 'listening')
    return (server.address() as { port: number }).port
  }
  const port = await start(0)
  const url = new URL(target)
  url.host = `127.0.0.1:${port}`
  return {
    url: url.href,
    stop: async () => {
      const closed = server && once(server, 'close')
      server?.close()
      server = null
      for (const socket of open) socket.destroy()
      await closed
    },
    start: async () => void (await start(port)),
    freeze: () => {
      for (const socket of open) socket.unpipe().pause()
    },
  }
}

function join(from: Socket, to: Socket, open: Set<Socket>): void {
  open.add(from)
  from.on('error', () => {})
  from.on('close', () => {
    open.delete(from)
    to.destroy()
  })
  from.pipe(to)
}
