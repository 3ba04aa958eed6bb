import { sql } from 'drizzle-orm'
import { boolean, integer, pgTable, smallint, uniqueIndex } from 'drizzle-orm/pg-core'

/**
 * The search index is made anew beside the one that serves, as a further generation, and takes its place when it is
 * complete. Whoever writes into the index holds this table (`lockIndex` in `src/search/index/index-papers.ts`), reads which
 * generations there are, and writes into each of them that is not retired.
 */
export const searchGenerations = pgTable(
  'search_generations',
  {
    generation: smallint('generation').primaryKey(),
    /** The version of the analysis (`src/search/analyzer.ts`) by which its terms were made. */
    analyzerVersion: integer('analyzer_version').notNull(),
    /** Whether it is the one that answers. */
    serving: boolean('serving').notNull(),
    /** Whether another took its place and it is being deleted: nobody writes into it any more. */
    retired: boolean('retired').notNull().default(false),
    /** Whether it has postings. Those of a new generation are made at the end, all at once and in order. */
    posted: boolean('posted').notNull().default(true),
    /** How many papers it has, N of the inverse document frequency; 0 for a new one until it serves. */
    paperCount: integer('paper_count').notNull().default(0),
  },
  (t) => [uniqueIndex('search_generations_serving').on(t.serving).where(sql`${t.serving}`)],
)
