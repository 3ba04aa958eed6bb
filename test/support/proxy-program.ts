import { setTimeout } from 'node:timers/promises'
import { freePort } from './free-port.ts'
import { isOpen } from './is-open.ts'
import { Program } from './program.ts'

export interface ProxyProgram {
  /** `http://127.0.0.1:port` */
  url: string
  program: Program
  stop(): Promise<void>
}

/** Starts a proxy with a configuration of the documentation, in which the ports of servers are 4000, 4001 and so on. */
export async function startProxyProgram({
  servers,
  config,
  command,
  write,
  remove,
}: {
  servers: string[]
  config: string
  command: string
  write: (port: number, config: string) => Promise<void>
  remove: () => Promise<void>
}): Promise<ProxyProgram> {
  const port = await freePort()
  let filled = config
  for (const [place, url] of servers.entries()) {
    const documented = `127.0.0.1:${4_000 + place}`
    if (!filled.includes(documented)) throw new Error(`The configuration has no ${documented}.`)
    filled = filled.replaceAll(documented, new URL(url).host)
  }
  await write(port, filled)
  const program = new Program(command)
  let hasEnded = false
  void program.ended.then(() => {
    hasEnded = true
  })
  for (let tries = 0; !(await isOpen(port)); tries += 1) {
    if (hasEnded || tries === 400) throw new Error(`The proxy does not listen:\n${program.stderr}`)
    await setTimeout(25)
  }
  return {
    url: `http://127.0.0.1:${port}`,
    program,
    stop: async () => {
      await program.stop()
      await remove()
    },
  }
}
