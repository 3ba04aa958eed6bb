import { pgTable, text } from 'drizzle-orm/pg-core'
import { ref } from './columns.ts'
import { papers } from './papers.ts'

/**
 * What a list shows of the authors and topics of a paper, a row for each paper. Read from their own tables this takes
 * fifty rows a paper, which lie anywhere; here it is one. It says the same as `paper_authors` and `paper_topics`, whose
 * authors and topics keep their names, in the form that `src/queries/paper-cards.ts` writes and reads.
 */
export const paperCards = pgTable('paper_cards', {
  paperId: ref('paper_id')
    .primaryKey()
    .references(() => papers.id, { onDelete: 'cascade' }),
  authors: text('authors').notNull(),
  topics: text('topics').notNull(),
})
