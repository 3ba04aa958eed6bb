import { OperatorError } from '../values/errors.ts'
import { type DatabaseUse, readOnlyError } from './checks.ts'
import { openDatabase } from './client.ts'
import { readConnectionString } from './connection-string.ts'
import { diskFull } from './embedded/disk.ts'
import { startEmbeddedPostgres } from './embedded/index.ts'
import { migrateDatabase } from './migrate.ts'
import { requirePatchedDriver } from './patched-driver.ts'
import { reach } from './pooler.ts'
import { missingRights } from './rights.ts'
import { codeOf, reasonOf } from './sql-state.ts'

/** A running database, whose migrations are applied unless the caller applies them. */
export interface RunningDatabase {
  url: string
  /** The names of the migrations that were applied now. */
  migrated: readonly string[]
  /** Stops the embedded Postgres if no other process uses it. Does nothing for the database of `databaseUrl`. */
  stop(): Promise<void>
  /**
   * The error to show instead of an error of a statement: an OperatorError, if the cause is the state of the database, such as a
   * full disk; otherwise the same error.
   */
  explain(error: unknown): Promise<unknown>
}

interface StartOptions {
  /** What the program does with the database. */
  use: DatabaseUse
  /** False if the caller applies the migrations. */
  migrate?: boolean
  /** How many connections the program opens at most. */
  connections: number
}

/**
 * Makes the database ready: the one of `databaseUrl`, or the embedded Postgres under `dataDir` if `databaseUrl` is null.
 * Applies the migrations.
 *
 * @param say receives messages for the operator, one line at a time
 */
export async function startDatabase(
  settings: { databaseUrl: string | null; dataDir: string },
  say: (line: string) => void,
  options: StartOptions,
): Promise<RunningDatabase> {
  requirePatchedDriver()
  if (settings.databaseUrl !== null) return useDatabase(settings.databaseUrl, say, options)
  const { dataDir } = settings
  const { url, stop } = await startEmbeddedPostgres({ dataDir, say })
  const explain = (error: unknown) => explainEmbedded(error, dataDir)
  let migrated: string[]
  try {
    migrated = await migrateDatabase(url, { ...options, say })
  } catch (error) {
    const explained = await explain(error)
    await stop()
    throw explained
  }
  return { url, migrated, stop, explain }
}

async function useDatabase(url: string, say: (line: string) => void, options: StartOptions): Promise<RunningDatabase> {
  const { ignored } = readConnectionString(url)
  if (ignored.length > 0) say(`DATABASE_URL: ignored, because it has no meaning here: ${ignored.join(', ')}`)
  try {
    const reached = await reach(url, options.connections)
    const migrated = await migrateDatabase(reached, { ...options, say })
    return { url: reached, migrated, stop: async () => {}, explain: (error) => explainOwn(error, reached) }
  } catch (error) {
    // What cannot be reached now was not lost.
    const explained = isLost(error) ? error : await explainOwn(error, url)
    throw explained instanceof OperatorError ? explained : unusable(error)
  }
}

async function explainEmbedded(error: unknown, dataDir: string): Promise<unknown> {
  if (error instanceof OperatorError) return error
  if (codeOf(error) !== '53100' && !isLost(error)) return error
  return (
    (await diskFull(error, dataDir, { measured: true })) ??
    new OperatorError(`The embedded Postgres in ${dataDir} has ended (${reasonOf(error)}): look at its postgres.log.`, {
      cause: error,
    })
  )
}

async function explainOwn(error: unknown, url: string): Promise<unknown> {
  if (error instanceof OperatorError) return error
  switch (codeOf(error)) {
    case '53100':
      return new OperatorError(
        `The disk of the database of DATABASE_URL is full: ${reasonOf(error)}. Make room on it and run this again. What was ` +
          'saved is kept; the statement that failed is undone.',
        { cause: error },
      )
    case '25006':
      return readOnlyError(error)
    case '42501': {
      const { db, close } = openDatabase(url, { connections: 1, statementTimeout: 5_000 })
      return missingRights(db, error, false)
        .catch(() => error)
        .finally(() => close())
    }
  }
  return isLost(error)
    ? new OperatorError(
        `The connection to the database of DATABASE_URL was lost: ${reasonOf(error)}. Run this again.`,
        {
          cause: error,
        },
      )
    : error
}

/** A connection that ended, or that the database ended because it stops or has crashed. */
const isLost = (error: unknown): boolean =>
  /^(57P0[123]|08\d{3}|CONNECTION_(CLOSED|ENDED|DESTROYED)|ECONN(REFUSED|RESET)|EPIPE|ETIMEDOUT)$/.test(codeOf(error))

/** What to do about frequent errors of the first connection, by their code. */
const ADVICE: Readonly<Record<string, string>> = {
  // A connection without TLS that the server refuses: the message ends in "no encryption".
  '28000': 'If it accepts only encrypted connections, add sslmode=require to DATABASE_URL.',
  '08P01':
    'A connection pooler says this: it must give out whole sessions (pool_mode = session in pgbouncer), and its log may say more.',
  SELF_SIGNED_CERT_IN_CHAIN: 'Give the certificates of the host: sslrootcert=/path/to/file.pem.',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'Give the certificates of the host: sslrootcert=/path/to/file.pem.',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'Give the certificates of the host: sslrootcert=/path/to/file.pem.',
  // An extension that the server does not have.
  '0A000': 'Postgres needs the extension pg_trgm, which is in the package postgresql-contrib of many systems.',
}

function unusable(error: unknown): OperatorError {
  const advice = ADVICE[codeOf(error)]
  const problem = `The database of DATABASE_URL cannot be used: ${reasonOf(error)}`
  return new OperatorError(advice === undefined ? problem : `${problem}. ${advice}`, { cause: error })
}
