import { rm } from 'node:fs/promises'
import { startEmbeddedPostgres } from '../../src/db/embedded/index.ts'
import { migrateDatabase } from '../../src/db/migrate.ts'
import { temporaryDirectory } from '../support/directory.ts'

/**
 * Runs a benchmark on a migrated database of its own, with the settings of production, and removes it; or on the one of a
 * directory, which is kept.
 */
export async function withBenchDatabase(bench: (url: string) => Promise<void>, kept?: string): Promise<void> {
  const directory = kept ?? (await temporaryDirectory('daily-papers-bench'))
  try {
    const server = await startEmbeddedPostgres({ dataDir: directory })
    try {
      await migrateDatabase(server.url)
      await bench(server.url)
    } finally {
      await server.stop()
    }
  } finally {
    if (kept === undefined) await rm(directory, { recursive: true, force: true })
  }
}
