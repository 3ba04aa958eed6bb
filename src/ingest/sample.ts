import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { sql } from 'drizzle-orm'
import { papers } from '../../drizzle/tables/papers.ts'
import type { Db } from '../db/client.ts'
import { runImport } from './import.ts'

/**
 * Real papers in the form of `sources/papers.ts`: 50 about search and entropy, and three whole days of August 2026. The facts
 * come from their sources; the summaries and abstracts are written for this project.
 */
export const SAMPLE_FILE = fileURLToPath(new URL('sample.jsonl', import.meta.url))

/**
 * Imports the sample into an empty catalogue. Returns the number of papers created, which is 0 if there were papers already.
 * Safe when several processes start at once.
 */
export async function loadSample(db: Db, options: { now: Date; halfLifeHours: number }): Promise<number> {
  if (!(await isCatalogueEmpty(db))) return 0
  const { created } = await runImport(db, {
    ...options,
    source: 'papers',
    inputs: [SAMPLE_FILE],
    stdin: Readable.from([]),
    onProgress: () => {},
    onProblem: ({ position, reason }) => {
      throw new Error(`The sample catalogue is damaged at line ${position}: ${reason}`)
    },
  })
  return created
}

/** Whether there are no papers, hidden ones included. */
export async function isCatalogueEmpty(db: Db): Promise<boolean> {
  const [some] = await db.select({ one: sql`1` }).from(papers).limit(1)
  return some === undefined
}
