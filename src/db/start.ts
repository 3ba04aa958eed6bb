import { messageOf, OperatorError } from '../values/errors.ts'
import { startEmbeddedPostgres } from './embedded/index.ts'
import { migrateDatabase } from './migrate.ts'
import { requirePatchedDriver } from './patched-driver.ts'

/** A running database whose migrations are applied. */
export interface RunningDatabase {
  url: string
  /** Stops the embedded Postgres if no other process uses it. Does nothing for the database of `databaseUrl`. */
  stop(): Promise<void>
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
): Promise<RunningDatabase> {
  requirePatchedDriver()
  if (settings.databaseUrl !== null) {
    await migrateDatabase(settings.databaseUrl).catch((error) => {
      throw new OperatorError(`The database of DATABASE_URL cannot be used: ${messageOf(error)}`, { cause: error })
    })
    return { url: settings.databaseUrl, stop: async () => {} }
  }
  const embedded = await startEmbeddedPostgres({ dataDir: settings.dataDir, say })
  try {
    await migrateDatabase(embedded.url)
  } catch (error) {
    await embedded.stop()
    throw error
  }
  return { url: embedded.url, stop: () => embedded.stop() }
}
