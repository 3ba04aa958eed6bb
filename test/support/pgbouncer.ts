import { existsSync } from 'node:fs'
import { chown, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { freePort } from './free-port.ts'
import { isOpen } from './is-open.ts'
import { Program } from './program.ts'

/** As Debian installs it. */
const PGBOUNCER = '/usr/sbin/pgbouncer'
const NOBODY = 65_534

export const hasPgbouncer = existsSync(PGBOUNCER)

export interface Pgbouncer {
  /** The address of a database through the pooler. */
  through(url: string): string
  log(): Promise<string>
  stop(): Promise<void>
}

/**
 * pgbouncer in front of all databases of a server, with its defaults, which are those of Debian: a pool of sessions, 20 for each
 * database, and `DISCARD ALL` after each client.
 *
 * @param more further settings
 */
export async function startPgbouncer(server: string, more: Record<string, string | number> = {}): Promise<Pgbouncer> {
  const directory = await mkdtemp(join(tmpdir(), 'daily-papers-pgbouncer-'))
  const { hostname, port, username, password } = new URL(server)
  const listens = await freePort()
  const settings = {
    listen_addr: '127.0.0.1',
    listen_port: listens,
    unix_socket_dir: '',
    logfile: join(directory, 'log'),
    auth_type: 'md5',
    auth_file: join(directory, 'users'),
    ...more,
  }
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}`)
  const config = `[databases]\n* = host=${hostname} port=${port}\n[pgbouncer]\n${lines.join('\n')}\n`
  await writeFile(join(directory, 'pgbouncer.ini'), config)
  await writeFile(join(directory, 'users'), `"${username}" "${decodeURIComponent(password)}"\n`)
  // It refuses to run as root.
  const isRoot = process.getuid?.() === 0
  if (isRoot) await chown(directory, NOBODY, NOBODY)
  const program = new Program(`exec ${PGBOUNCER} ${isRoot ? '-u nobody' : ''} ${join(directory, 'pgbouncer.ini')}`)
  for (let tries = 0; !(await isOpen(listens)); tries += 1) {
    if (tries === 200) throw new Error(`pgbouncer does not listen:\n${program.stderr}`)
    await setTimeout(25)
  }
  return {
    through: (url) => {
      const through = new URL(url)
      through.host = `127.0.0.1:${listens}`
      return through.href
    },
    log: () => readFile(join(directory, 'log'), 'utf8'),
    stop: async () => {
      await program.stop()
      await rm(directory, { recursive: true, force: true })
    },
  }
}
