import { mkdir, realpath } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { findBinaries } from './binaries.ts'
import { checkCluster, createCluster, findCluster, NAME, readPassword, userFor } from './cluster.ts'
import { diskFull } from './disk.ts'
import { claim, disclaim, notWritable, withLock } from './lock.ts'
import { defaultCacheDirs, exists } from './places.ts'
import { isPostmasterOf } from './processes.ts'
import { findPostmaster, launch, type Postmaster, readPidFile, shutDown } from './server.ts'
import { ensureDatabase, reasonToKeepRunning } from './sessions.ts'

export { EmbeddedPostgresError } from './error.ts'

/** A running embedded Postgres that this process uses. */
export interface EmbeddedPostgres {
  /** postgres:// URL of the database `daily_papers`, password included. */
  url: string
  /** Whether this call started Postgres; false if it was running already. */
  started: boolean
  /**
   * Stops Postgres if no other process uses it; otherwise the last process that calls `stop` stops it. Close your own
   * connections first, because they count as uses. Idempotent.
   */
  stop(): Promise<void>
}

export interface EmbeddedPostgresOptions {
  /** Created if missing. The cluster is in `<dataDir>/postgres`; password, log and locks are beside it. */
  dataDir: string
  /** Extra server parameters, such as `fsync: 'off'` in tests. Ignored if Postgres is already running. */
  parameters?: Record<string, string>
  /** Receives messages for the operator about unusual events, one line at a time. */
  say?: (line: string) => void
  /** Folders for binaries and data that the user of Postgres cannot reach in their usual place, best first. */
  cacheDirs?: string[]
}

/**
 * Starts a Postgres server on the directory, or attaches to the one that runs there. Returns when it accepts connections.
 * Any number of processes may call this at the same time. If this process dies without `stop`, Postgres continues to run,
 * and the next process to start becomes its owner.
 *
 * @throws {EmbeddedPostgresError} if the operator must act
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const dataDir = resolve(options.dataDir)
  try {
    return await startOrAttach({ ...options, dataDir: await makeFolder(dataDir) })
  } catch (error) {
    throw (await diskFull(error, dataDir, { measured: false })) ?? error
  }
}

async function startOrAttach(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { dataDir, say = () => {} } = options
  const begin = async () => {
    const running = (await attach(dataDir, say)) ?? (await start({ ...options, dataDir, say }))
    try {
      await ensureDatabase(running.postmaster.port, running.password)
      await claim(dataDir)
    } catch (error) {
      if (running.started) await shutDown(running.postmaster, running.cluster)
      throw error
    }
    return running
  }
  const { cluster, postmaster, password, started } = await withLock(dataDir, begin, { say })
  let stopped: Promise<void> | undefined
  return {
    url: `postgres://${NAME}:${password}@127.0.0.1:${postmaster.port}/${NAME}`,
    started,
    stop: () => (stopped ??= leave(dataDir, cluster, password, say)),
  }
}

interface Running {
  cluster: string
  postmaster: Postmaster
  password: string
  started: boolean
}

async function makeFolder(dataDir: string): Promise<string> {
  try {
    await mkdir(dataDir, { recursive: true })
    return await realpath(dataDir)
  } catch (error) {
    throw notWritable(dataDir, error)
  }
}

async function attach(dataDir: string, say: (line: string) => void): Promise<Running | undefined> {
  const cluster = await findCluster(dataDir)
  if (cluster === undefined) return undefined
  const password = await readPassword(dataDir)
  const postmaster = await findPostmaster(cluster, password, say)
  return postmaster && { cluster, postmaster, password, started: false }
}

async function start(options: EmbeddedPostgresOptions & { say: (line: string) => void }): Promise<Running> {
  const { dataDir, say, parameters = {}, cacheDirs = defaultCacheDirs() } = options
  const found = await findCluster(dataDir)
  const user = await userFor(found)
  const binaries = await findBinaries(user, cacheDirs, say)
  const sync = parameters.fsync !== 'off'
  const cluster = found ?? (await createCluster({ dataDir, binaries, user, cacheDirs, sync, say }))
  await checkCluster(cluster, { dataDir, binaries, user })

  const password = await readPassword(dataDir)
  const logFile = join(dataDir, 'postgres.log')
  const postmaster = await launch({ cluster, password, binaries, user, logFile, parameters }).catch(async (error) => {
    throw (await diskFull(error, dataDir, { measured: true })) ?? error
  })
  return { cluster, postmaster, password, started: true }
}

async function leave(dataDir: string, cluster: string, password: string, say: (line: string) => void): Promise<void> {
  // Postgres stops by itself within a minute after its directory is removed.
  if (!(await exists(cluster))) return
  const end = async () => {
    if ((await disclaim(dataDir)) > 0) return
    const postmaster = await readPidFile(cluster)
    if (!postmaster?.pid || (await isPostmasterOf(postmaster.pid, cluster)) === false) return
    const why = await reasonToKeepRunning(postmaster.port, password)
    if (why === undefined) await shutDown(postmaster, cluster)
    else say(`Postgres continues to run on ${cluster}: ${why}`)
  }
  await withLock(dataDir, end, { say })
}
