import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { OperatorError } from '../../src/values/errors.ts'
import { type Dialect, FLOOR, FLOOR_ROWS, OURS, PEER, postgraphile } from './dialects.ts'
import { ORDER_PROBE } from './postgraphile-documents.ts'
import { ask } from './requests.ts'
import { type RunningServer, startOurs, startServer } from './servers.ts'

const run = promisify(execFile)

/** A server of the comparison and how it is asked. */
export interface Contestant {
  name: string
  server: RunningServer
  dialect: Dialect
}

export const SERVERS = ['floor', 'floor-rows', 'postgraphile', 'mercurius', 'apollo', 'ours'] as const

/** Ours again, for `--servers`: `ours-counted` with limits that nobody reaches and with metrics, `control` as `ours` is. */
const VARIANTS = ['ours-counted', 'control'] as const

export type ServerName = (typeof SERVERS)[number] | (typeof VARIANTS)[number]

const FOLDER = join(import.meta.dirname, 'peers')

/** Installs what the peers need, apart from the project, unless the same is there. */
export async function installPeers(say: (line: string) => void): Promise<void> {
  const lock = await readFile(join(FOLDER, 'package-lock.json'))
  const wanted = createHash('sha256').update(lock).digest('hex')
  const mark = join(FOLDER, 'node_modules', '.installed')
  if ((await readFile(mark, 'utf8').catch(() => '')) === wanted) return
  say('installing the peers into test/bench/peers')
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund']
  await run('npm', args, { cwd: FOLDER, shell: process.platform === 'win32' }).catch((error) => {
    throw new OperatorError(`The peers cannot be installed: ${error.stderr || error.message}`)
  })
  await writeFile(mark, wanted)
}

/** @throws OperatorError naming a server that there is not */
export function serversNamed(names: string | undefined): readonly ServerName[] {
  if (names === undefined) return SERVERS
  return names.split(',').map((name) => {
    const all: readonly ServerName[] = [...SERVERS, ...VARIANTS]
    const found = all.find((server) => server === name)
    if (!found) throw new OperatorError(`There is no server ${name}: ${all.join(', ')}`)
    return found
  })
}

/** Starts a server on the database, ours without its cache. */
export async function startContestant(name: ServerName, databaseUrl: string): Promise<Contestant> {
  if (name === 'ours' || name === 'control' || name === 'ours-counted') {
    const isCounted = name === 'ours-counted'
    return { name, server: await startOurs(databaseUrl, { name, cacheMegabytes: 0, isCounted }), dialect: OURS }
  }
  const server = await startPeer(name, { DATABASE_URL: databaseUrl, GRAPHILE_ENV: 'production' })
  return { name, server, dialect: await dialectOf(name, server) }
}

/** A bare server with one answer. */
export async function startHello(bodyFile: string): Promise<RunningServer> {
  return startPeer('hello', { BODY_FILE: bodyFile })
}

const startPeer = (name: string, env: Record<string, string>): Promise<RunningServer> =>
  startServer({ name, args: [join(FOLDER, `${name}.js`)], env })

async function dialectOf(name: ServerName, server: RunningServer): Promise<Dialect> {
  if (name === 'floor') return FLOOR
  if (name === 'floor-rows') return FLOOR_ROWS
  if (name !== 'postgraphile') return PEER
  const body = JSON.stringify({ query: ORDER_PROBE })
  const { text } = await ask({ method: 'POST', path: '/graphql', body }, server.url)
  const cursor = JSON.parse(text).data.allPapers.pageInfo.endCursor
  const [prefix] = JSON.parse(Buffer.from(cursor, 'base64').toString())
  return postgraphile(prefix)
}
