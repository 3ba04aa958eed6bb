import { sql } from 'drizzle-orm'
import { boolean, integer, pgTable, smallint, uniqueIndex } from 'drizzle-orm/pg-core'

/**
 * The search index is made anew beside the one that serves, as a further generation, and takes its place when it is
 * complete. Whoever writes papers holds the rows of all generations, one after the other, and writes into each of them.
 */
export const searchGenerations = pgTable(
  'search_generations',
  {
    generation: smallint('generation').primaryKey(),
    /** The version of the analysis (`src/search/text.ts`) by which its terms were made. */
    analyzerVersion: integer('analyzer_version').notNull(),
    /** Whether it is the one that answers; the others are being made. */
    serving: boolean('serving').notNull(),
    /** How many papers it has: N of the inverse document frequency. */
    paperCount: integer('paper_count').notNull().default(0),
  },
  (t) => [uniqueIndex('search_generations_serving').on(t.serving).where(sql`${t.serving}`)],
)
