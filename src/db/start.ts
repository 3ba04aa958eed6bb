import { OperatorError } from '../values/errors.ts'
import { readConnectionString } from './connection-string.ts'
import { startEmbeddedPostgres } from './embedded/index.ts'
import { checkDatabase, migrateDatabase } from './migrate.ts'
import { requirePatchedDriver } from './patched-driver.ts'
import { codeOf, reasonOf } from './sql-state.ts'

/** A running database, whose migrations are applied unless the caller applies them. */
export interface RunningDatabase {
  url: string
  /** Stops the embedded Postgres if no other process uses it. Does nothing for the database of `databaseUrl`. */
  stop(): Promise<void>
}

/**
 * Makes the database ready: the one of `databaseUrl`, or the embedded Postgres under `dataDir` if `databaseUrl` is null.
 * Applies the migrations.
 *
 * @param say             receives messages for the operator, one line at a time
 * @param options.migrate false if the caller applies the migrations
 */
export async function startDatabase(
  settings: { databaseUrl: string | null; dataDir: string },
  say: (line: string) => void,
  { migrate }: { migrate: boolean } = { migrate: true },
): Promise<RunningDatabase> {
  requirePatchedDriver()
  const prepare = migrate ? migrateDatabase : checkDatabase
  if (settings.databaseUrl !== null) {
    const { ignored } = readConnectionString(settings.databaseUrl)
    if (ignored.length > 0) say(`DATABASE_URL: ignored, because it has no meaning here: ${ignored.join(', ')}`)
    await prepare(settings.databaseUrl, { say }).catch((error) => {
      throw error instanceof OperatorError ? error : unusable(error)
    })
    return { url: settings.databaseUrl, stop: async () => {} }
  }
  const embedded = await startEmbeddedPostgres({ dataDir: settings.dataDir, say })
  try {
    await prepare(embedded.url, { say })
  } catch (error) {
    await embedded.stop()
    throw error
  }
  return { url: embedded.url, stop: () => embedded.stop() }
}

/** What to do about frequent errors of the first connection, by their code. */
const ADVICE: Readonly<Record<string, string>> = {
  // A connection without TLS that the server refuses: the message ends in "no encryption".
  '28000': 'If it accepts only encrypted connections, add sslmode=require to DATABASE_URL.',
  '08P01':
    'A connection pooler says this: use the address of the database itself, because statements rely on settings of the session.',
  SELF_SIGNED_CERT_IN_CHAIN: 'Give the certificates of the host: sslrootcert=/path/to/file.pem.',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'Give the certificates of the host: sslrootcert=/path/to/file.pem.',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'Give the certificates of the host: sslrootcert=/path/to/file.pem.',
}

function unusable(error: unknown): OperatorError {
  const advice = ADVICE[codeOf(error)]
  const problem = `The database of DATABASE_URL cannot be used: ${reasonOf(error)}`
  return new OperatorError(advice === undefined ? problem : `${problem}. ${advice}`, { cause: error })
}
