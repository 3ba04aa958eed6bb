import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'

export interface Proxy {
  /** The URL of the database through the proxy. */
  url: string
  /** Cuts all connections and accepts none until `start`, which uses the same port. */
  stop(): Promise<void>
  start(): Promise<void>
  /** Stops forwarding without closing anything, as when a router forgets connections. */
  freeze(): void
  /** The same, and new connections get no reply, as when the database hangs. `stop` ends it. */
  hang(): void
}

/** A TCP proxy to a database, to test lost connections. */
export async function startProxy(databaseUrl: string): Promise<Proxy> {
  const target = new URL(databaseUrl)
  const open = new Set<Socket>()
  let server: Server | null = null
  let isHanging = false
  const start = async (port: number): Promise<number> => {
    server = createServer((client) => {
      if (isHanging) return void open.add(client.on('error', () => {}))
      const upstream = connect(Number(target.port), target.hostname)
      join(client, upstream, open)
      join(upstream, client, open)
    }).listen(port, '127.0.0.1')
    await once(server, 'listening')
    return (server.address() as { port: number }).port
  }
  const port = await start(0)
  const freeze = () => {
    for (const socket of open) socket.unpipe().pause()
  }
  const url = new URL(target)
  url.host = `127.0.0.1:${port}`
  return {
    url: url.href,
    stop: async () => {
      const closed = server && once(server, 'close')
      server?.close()
      server = null
      isHanging = false
      for (const socket of open) socket.destroy()
      await closed
    },
    start: async () => void (await start(port)),
    freeze,
    hang: () => {
      isHanging = true
      freeze()
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
