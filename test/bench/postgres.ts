import { execFile } from 'node:child_process'
import { chown, mkdir, readdir } from 'node:fs/promises'
import { totalmem } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Binaries, findBinaries } from '../../src/db/embedded/binaries.ts'
import { userFor } from '../../src/db/embedded/cluster.ts'
import { canEnter, defaultCacheDirs, exists, usableCacheDir } from '../../src/db/embedded/places.ts'
import type { User } from '../../src/db/embedded/processes.ts'
import { findPostmaster, launch, shutDown } from '../../src/db/embedded/server.ts'
import { atEnd } from './ending.ts'

const run = promisify(execFile)

/** The Postgres that all servers of a benchmark share. */
export interface BenchPostgres {
  pid: number
  version: string
  /** The address of one of its databases. */
  url(database: string): string
  /** Stops it, if it was started here. */
  stop(): Promise<void>
}

/** The folder that benchmarks keep things in between runs. */
export const BENCH_DIRECTORY = join(import.meta.dirname, '../../.data/bench')

const SUPERUSER = 'daily_papers'

const MEGABYTES = totalmem() / 1024 / 1024

/** Shares of the memory as Postgres' manual has them; and what is written reaches the disk, as in production. */
const PARAMETERS = {
  shared_buffers: `${Math.floor(MEGABYTES / 4)}MB`,
  effective_cache_size: `${Math.floor(MEGABYTES / 2)}MB`,
  work_mem: '16MB',
  maintenance_work_mem: '256MB',
  max_wal_size: '4GB',
  random_page_cost: '1.1',
  max_parallel_workers_per_gather: '0',
  fsync: 'on',
  jit: 'off',
}

/**
 * Starts Postgres on the cluster of the benchmarks, or attaches to the one that another benchmark runs there. Debian's
 * own where it is installed, since that is what a server would have, else the one that the project brings. Whoever starts
 * it stops it at the end.
 */
export async function startPostgres(say: (line: string) => void): Promise<BenchPostgres> {
  const user = await userFor(undefined)
  const binaries = (await debianBinaries()) ?? (await findBinaries(user, defaultCacheDirs(), say))
  await mkdir(BENCH_DIRECTORY, { recursive: true })
  const reachable = await canEnter(BENCH_DIRECTORY, user)
  const folder = reachable ? BENCH_DIRECTORY : join(await usableCacheDir(defaultCacheDirs(), user), 'bench')
  await mkdir(folder, { recursive: true })
  const cluster = join(folder, `postgres-${binaries.major}`)
  if (!(await exists(join(cluster, 'PG_VERSION')))) await initialise(cluster, binaries, user)

  let postmaster = await findPostmaster(cluster, '', say)
  const found = postmaster !== undefined
  if (found) say(`using the Postgres that runs on ${cluster}`)
  if (!postmaster) {
    const logFile = join(folder, `postgres-${binaries.major}.log`)
    postmaster = await launch({ cluster, password: '', binaries, user, logFile, parameters: PARAMETERS })
    const { pid } = postmaster
    // A fast shutdown, which does not wait for the pools of servers.
    atEnd(() => process.kill(pid, 'SIGINT'))
  }
  const { pid, port } = postmaster
  return {
    pid,
    version: binaries.major,
    url: (name) => `postgres://${SUPERUSER}@127.0.0.1:${port}/${name}`,
    stop: async () => {
      if (!found) await shutDown({ pid, port }, cluster)
    },
  }
}

/** The newest of Debian's, where there is one that the project runs on. */
async function debianBinaries(): Promise<Binaries | undefined> {
  const versions = await readdir('/usr/lib/postgresql').catch(() => [])
  const [newest] = versions
    .map(Number)
    .filter((major) => major >= 15)
    .sort((a, b) => b - a)
  if (newest === undefined) return undefined
  const path = (name: string) => join('/usr/lib/postgresql', String(newest), 'bin', name)
  if (!(await exists(path('initdb')))) return undefined
  return { postgres: path('postgres'), initdb: path('initdb'), major: String(newest) }
}

async function initialise(cluster: string, { initdb }: Binaries, user: User): Promise<void> {
  await mkdir(cluster, { mode: 0o700, recursive: true })
  if (user) await chown(cluster, user.uid, user.gid)
  const args = ['-D', cluster, '--username', SUPERUSER, '--auth', 'trust', '--encoding', 'UTF8', '--locale', 'C.UTF-8']
  await run(initdb, args, { ...user, cwd: '/', env: { LC_ALL: 'C' } })
}
