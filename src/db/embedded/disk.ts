import { realpath, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf } from '../../values/errors.ts'
import { codeOf, EmbeddedPostgresError } from './error.ts'

/** In bytes: a file of the write-ahead log. Postgres ends when it cannot make one, and may not even be able to log why. */
const LEAST_SPACE = 16 * 1_048_576

/** How Node, initdb, Postgres and SQLite say it. */
const SAYS_FULL = /ENOSPC|EDQUOT|No space left on device|Disk quota exceeded|database or disk is full/

/**
 * The error for a full disk, if that is why something failed; otherwise undefined.
 *
 * @param dataDir          the directory of the database
 * @param options.measured whether the free space decides, too, because the error itself may not tell the reason
 */
export async function diskFull(
  error: unknown,
  dataDir: string,
  { measured }: { measured: boolean },
): Promise<EmbeddedPostgresError | undefined> {
  const cluster = await realpath(join(dataDir, 'postgres')).catch(() => dataDir)
  const saysFull = codeOf(error) === '53100' || SAYS_FULL.test(messageOf(error))
  if (!saysFull && !(measured && (await isFull(cluster)))) return undefined
  return new EmbeddedPostgresError(
    `The disk of the embedded Postgres is full (${cluster}): make room on it and start again, or move ${dataDir} to a larger \
disk and set DATA_DIR. What was saved is kept.`,
    { cause: error },
  )
}

async function isFull(folder: string): Promise<boolean> {
  const disk = await statfs(folder).catch(() => undefined)
  return disk !== undefined && disk.bavail * disk.bsize < LEAST_SPACE
}
