import { pgTable, primaryKey, smallint } from 'drizzle-orm/pg-core'
import { ref } from './columns.ts'
import { bytes } from './search-lists.ts'

/**
 * The content of the index by paper: one row for each paper that can be found. Hidden papers have none. The postings are
 * the same, by term. Words and terms are packed as numbers (`src/search/packed-words.ts`).
 *
 * No foreign key to papers: its check would lock papers after the index, and every other writer locks papers first
 * (deadlock). A trigger removes deleted papers. And none to the generation, as in `search_terms`.
 */
export const searchPapers = pgTable(
  'search_papers',
  {
    paperId: ref('paper_id').notNull(),
    generation: smallint('generation').notNull(),
    /** The words of the title in order, with stop words. */
    title: bytes('title').notNull(),
    /** The words of the abstract, likewise. Phrase search reads both. */
    abstract: bytes('abstract').notNull(),
    /** The terms that are neither in the title nor in the abstract as words: those of names and compounds. */
    otherTerms: bytes('other_terms').notNull(),
    /** The impact of each of its terms, in the order of their ids, a byte each. */
    impacts: bytes('impacts').notNull(),
  },
  (t) => [primaryKey({ columns: [t.generation, t.paperId] })],
)
