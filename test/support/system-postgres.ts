import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chown, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import postgres from 'postgres'
import { childrenOf } from '../bench/processor.ts'
import { freePort } from './free-port.ts'

const DEBIAN = '/usr/lib/postgresql'
const NOBODY = { uid: 65_534, gid: 65_534 }

/** The directories of the Postgres versions that Debian installed here, such as `/usr/lib/postgresql/15/bin`. */
export async function systemPostgresVersions(): Promise<string[]> {
  const versions = await readdir(DEBIAN).catch(() => [])
  return versions.map((version) => join(DEBIAN, version, 'bin'))
}

export interface SystemPostgres {
  url: string
  socketDirectory: string
  /** Starts it again as a standby, which only reads. */
  becomeStandby(): Promise<void>
  /** Ends it at once, as a crash does, and starts it again. */
  crash(): Promise<void>
  start(): Promise<void>
  /** Stops all its processes where they are, and lets them go on. */
  freeze(): void
  thaw(): void
  stop(): Promise<void>
}

/**
 * A Postgres of the system on a fresh directory, with more settings.
 *
 * @param megabytes the size of a disk of its own, which only root can make
 */
export async function startSystemPostgres(
  bin: string,
  more: Record<string, string> = {},
  megabytes?: number,
): Promise<SystemPostgres> {
  const user = process.getuid?.() === 0 ? NOBODY : {}
  const directory = await mkdtemp(join(tmpdir(), 'daily-papers-system-'))
  if (process.getuid?.() === 0) await chown(directory, NOBODY.uid, NOBODY.gid)
  const data = join(directory, 'data')
  if (megabytes !== undefined)
    await promisify(execFile)('mount', [
      '-t',
      'tmpfs',
      '-o',
      `size=${megabytes}m,uid=${NOBODY.uid}`,
      'tmpfs',
      directory,
    ])
  const options = { ...user, cwd: directory }
  await promisify(execFile)(join(bin, 'initdb'), ['-D', data, '-U', 'papers', '-A', 'trust', '-E', 'UTF8'], options)
  const port = await freePort()
  const settings = { port: String(port), unix_socket_directories: directory, fsync: 'off', ...more }
  const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const launch = () => spawn(join(bin, 'postgres'), ['-D', data, ...args], { ...options, stdio: 'ignore' })
  let server = launch()
  const end = async (signal: NodeJS.Signals = 'SIGINT') => {
    server.kill(signal)
    await once(server, 'exit')
  }
  const signalAll = (signal: NodeJS.Signals) => {
    const { pid } = server as { pid: number }
    for (const each of [pid, ...childrenOf(pid)]) process.kill(each, signal)
  }
  const url = `postgres://papers@127.0.0.1:${port}/postgres`
  await untilItAnswers(url)
  return {
    url,
    socketDirectory: directory,
    becomeStandby: async () => {
      await end()
      await writeFile(join(data, 'standby.signal'), '')
      server = launch()
      await untilItAnswers(url)
    },
    crash: () => end('SIGQUIT'),
    start: async () => {
      server = launch()
      await untilItAnswers(url)
    },
    freeze: () => signalAll('SIGSTOP'),
    thaw: () => signalAll('SIGCONT'),
    stop: async () => {
      await end()
      if (megabytes !== undefined) await promisify(execFile)('umount', [directory])
      await rm(directory, { recursive: true, force: true })
    },
  }
}

async function untilItAnswers(url: string): Promise<void> {
  for (let tries = 0; ; tries++) {
    const client = postgres(url, { max: 1, connect_timeout: 1 })
    try {
      await client`select 1`
      return
    } catch (error) {
      if (tries > 200) throw error
      await new Promise((resolve) => setTimeout(resolve, 50))
    } finally {
      await client.end()
    }
  }
}
