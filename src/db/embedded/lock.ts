import { constants } from 'node:fs'
import { access, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { messageOf } from '../../values/errors.ts'
import { codeOf, EmbeddedPostgresError } from './error.ts'
import { identityOf } from './processes.ts'

const SQLITE_BUSY = 5

/** Milliseconds to wait for the lock: longer than the slowest start or stop by another process. */
const PATIENCE = 90_000
/** Milliseconds of waiting after which the operator is told. */
const SAY_AFTER = 5_000

/**
 * Runs `work` while no other process starts or stops the Postgres of this directory.
 *
 * The lock is the file lock of an empty SQLite database, because Node has no flock. The kernel releases it when the holder
 * dies for any reason. A lock file with a pid would need a rule for when it is stale.
 */
export async function withLock<T>(
  dataDir: string,
  work: () => Promise<T>,
  { say, sayAfter = SAY_AFTER }: { say: (line: string) => void; sayAfter?: number },
): Promise<T> {
  const path = join(dataDir, 'postgres.lock')
  const lock = await openLock(dataDir, path)
  try {
    const begun = Date.now()
    for (let isSaid = false; !tryLock(lock); await sleep(20)) {
      const waited = Date.now() - begun
      if (waited > PATIENCE) {
        throw new EmbeddedPostgresError(`For ${PATIENCE / 1000} seconds ${await holderOf(path)} has been starting or \
stopping the database in ${dataDir}: stop that process and start again.`)
      }
      if (waited < sayAfter || isSaid) continue
      isSaid = true
      say(`Waiting for the lock ${path}: ${await holderOf(path)} is starting or stopping the database.`)
    }
    return await work()
  } finally {
    lock.close()
  }
}

/** The process that holds the file lock. Only Linux tells. */
async function holderOf(path: string): Promise<string> {
  const { ino } = await stat(path)
  const locks = await readFile('/proc/locks', 'utf8').catch(() => '')
  const [, pid = '0'] = new RegExp(`^\\d+: POSIX +ADVISORY +WRITE (\\d+) [\\da-f:]+:${ino} `, 'm').exec(locks) ?? []
  return pid === '0' ? `another process (see fuser ${path})` : `process ${pid}`
}

async function openLock(dataDir: string, path: string): Promise<DatabaseSync> {
  let lock: DatabaseSync | undefined
  try {
    await access(dataDir, constants.W_OK | constants.X_OK)
    lock = new DatabaseSync(path)
    // SQLite locks a read-only file without an error, and that lock excludes no other process.
    await access(path, constants.W_OK)
    return lock
  } catch (error) {
    lock?.close()
    throw notWritable(dataDir, error)
  }
}

/** The error if files cannot be created in `dataDir`. */
export function notWritable(dataDir: string, cause: unknown): EmbeddedPostgresError {
  const user = process.getuid ? ` (uid ${process.getuid()})` : ''
  return new EmbeddedPostgresError(
    `The embedded Postgres cannot write to ${dataDir} (${messageOf(cause)}): let the user that runs this${user} \
write to everything in it, set DATA_DIR to another folder, or set DATABASE_URL to a Postgres of your own.`,
    { cause },
  )
}

function tryLock(lock: DatabaseSync): boolean {
  try {
    lock.exec('begin exclusive')
    return true
  } catch (error) {
    if ((error as { errcode?: number }).errcode !== SQLITE_BUSY) throw error
    return false
  }
}

/** A process that uses the Postgres of a directory. */
interface Claim {
  pid: number
  identity: string
}

/**
 * Adds this process to the processes that use Postgres. The first living process in the file is the owner. When it stops,
 * the next one becomes the owner, so the last process to stop also stops Postgres. Call this while holding the lock.
 */
export async function claim(dataDir: string): Promise<void> {
  const mine = { pid: process.pid, identity: identityOf(process.pid) ?? 'alive' }
  await save(dataDir, [...(await claims(dataDir)), mine])
}

/** Removes one claim of this process. Returns how many claims of living processes remain. */
export async function disclaim(dataDir: string): Promise<number> {
  const all = await claims(dataDir)
  const mine = all.findIndex(({ pid }) => pid === process.pid)
  const left = all.filter((_, place) => place !== mine)
  await save(dataDir, left)
  return left.length
}

/** The claims of living processes, the owner's first. */
async function claims(dataDir: string): Promise<Claim[]> {
  const text = await readFile(ownerFile(dataDir), 'utf8').catch((error) => {
    if (codeOf(error) !== 'ENOENT') throw error
    return '[]'
  })
  return parse(text).filter(({ pid, identity }) => identityOf(pid) === identity)
}

function parse(text: string): Claim[] {
  try {
    return JSON.parse(text)
  } catch {
    // A power failure truncated the file, and no process with a claim survived it.
    return []
  }
}

async function save(dataDir: string, all: Claim[]): Promise<void> {
  const path = ownerFile(dataDir)
  if (all.length === 0) return rm(path, { force: true })
  await writeFile(`${path}.new`, `${JSON.stringify(all)}\n`)
  await rename(`${path}.new`, path)
}

function ownerFile(dataDir: string): string {
  return join(dataDir, 'postgres.owner')
}
