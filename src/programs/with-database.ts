import type { DatabaseUse } from '../db/checks.ts'
import { type Db, openDatabase } from '../db/client.ts'
import { startDatabase } from '../db/start.ts'
import { readSettings, type Settings } from '../settings.ts'
import { say } from './console.ts'

interface ConnectionOptions {
  /** What the program does with the database. */
  use: DatabaseUse
  connections?: number
  /** In milliseconds; no limit by default. */
  statementTimeout?: number
  /** False if the program applies the migrations itself. */
  migrate?: boolean
}

/**
 * Makes the database of the settings ready, gives `work` a connection pool, and closes everything afterwards. Errors whose cause
 * is the state of the database become sentences.
 */
export async function withDatabase<Result>(
  { use, connections = 1, statementTimeout = 0, migrate = true }: ConnectionOptions,
  work: (db: Db, settings: Settings) => Promise<Result>,
): Promise<Result> {
  const settings = readSettings(process.env)
  const running = await startDatabase(settings, say, { use, migrate, connections })
  const { db, close } = openDatabase(running.url, { connections, statementTimeout })
  try {
    return await work(db, settings)
  } catch (error) {
    throw await running.explain(error)
  } finally {
    await close()
    await running.stop()
  }
}
