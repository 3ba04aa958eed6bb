import { sql } from 'drizzle-orm'
import { boolean, integer, pgTable, smallint, uniqueIndex } from 'drizzle-orm/pg-core'

/**
 * The generations of the search index. A rebuild makes a new generation beside the serving one and replaces it when the new
 * one is complete. Every writer locks this table (`lockIndex` in `src/search/index/index-papers.ts`), reads the generations,
 * and writes to each one that is not retired.
 */
export const searchGenerations = pgTable(
  'search_generations',
  {
    generation: smallint('generation').primaryKey(),
    /** The version of the analyzer (`src/search/analyzer.ts`) that made its terms. */
    analyzerVersion: integer('analyzer_version').notNull(),
    /** Whether searches read it. */
    serving: boolean('serving').notNull(),
    /** Whether it was replaced and is being deleted. Nothing writes to it any more. */
    retired: boolean('retired').notNull().default(false),
    /** The id of its first term: `search_papers` has terms by their numbers from there on. */
    firstTerm: integer('first_term').notNull().default(1),
    /** The number of papers: N of the inverse document frequency. */
    paperCount: integer('paper_count').notNull().default(0),
  },
  (t) => [uniqueIndex('search_generations_serving').on(t.serving).where(sql`${t.serving}`)],
)
