import type { Server } from 'node:http'
import { createServer } from 'node:net'
import { OperatorError } from '../values/errors.ts'

/** How many ports above the one that is taken are tried before any other. */
const NEIGHBOURS = 20
const HIGHEST_PORT = 65_535

export interface Address {
  host: string
  port: number
}

/** The setting that says which port it is. */
type PortSetting = 'PORT' | 'METRICS_PORT'

/** @throws OperatorError saying what to do if the address cannot be listened on */
export async function listen(server: Server, address: Address, setting: PortSetting = 'PORT'): Promise<void> {
  try {
    await listening(server, address)
  } catch (error) {
    throw await explained(error as NodeJS.ErrnoException, address, setting)
  }
}

function listening(server: Pick<Server, 'once' | 'off' | 'listen'>, { host, port }: Address): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

async function explained(error: NodeJS.ErrnoException, address: Address, setting: PortSetting): Promise<Error> {
  const { host, port } = address
  switch (error.code) {
    case 'EADDRINUSE': {
      const free = await freePort(address)
      return new OperatorError(`Port ${port} of ${host} is taken, and ${free} is free: ${setting}=${free} npm start`)
    }
    case 'EACCES':
      return new OperatorError(
        `This user may not listen on port ${port}. Ports from 1024 on need no rights: ${setting}=${setting === 'PORT' ? 4000 : 9400} npm start`,
      )
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new OperatorError(
        `HOST is ${host}, which is not an address of this machine. 0.0.0.0 stands for all of them.`,
      )
    default:
      return error
  }
}

/** A port that nothing listens on: one of the next, or any. */
async function freePort({ host, port }: Address): Promise<number> {
  for (let next = port + 1; next <= Math.min(port + NEIGHBOURS, HIGHEST_PORT); next++) {
    if (await bindable({ host, port: next })) return next
  }
  return (await bindable({ host, port: 0 })) ?? 0
}

/** The port that could be bound, or undefined. */
async function bindable(address: Address): Promise<number | undefined> {
  const probe = createServer()
  try {
    await listening(probe as Server, address)
    const bound = probe.address()
    return bound !== null && typeof bound === 'object' ? bound.port : undefined
  } catch {
    return undefined
  } finally {
    await new Promise((resolve) => probe.close(resolve))
  }
}

/** The loopback address for each address that means all interfaces. */
export const LOOPBACK: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' }

/** The URL of a server that listens on a host. */
export function addressOf(server: Server, listensOn: string): string {
  const bound = server.address()
  const port = bound !== null && typeof bound === 'object' ? bound.port : bound
  const host = LOOPBACK[listensOn] ?? listensOn
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}
