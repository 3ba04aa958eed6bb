import { messageOf, OperatorError } from '../values/errors.ts'
import { startEmbeddedPostgres } from './embedded/index.ts'
import { migrateDatabase } from './migrate.ts'
import { requirePatchedDriver } from './patched-driver.ts'

/** A database that is up, with its tables up to date. */
export interface RunningDatabase {
  url: string
  /** Stops the embedded Postgres if this program is the last that uses it; leaves any other alone. */
  stop(): Promise<void>
}

/**
 * The database of the settings: the one of `databaseUrl`, or the embedded one under `dataDir`.
 *
 * @param say is told what the operator should know, a line at a time
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
