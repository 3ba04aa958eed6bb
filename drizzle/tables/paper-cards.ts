import { pgTable, text } from 'drizzle-orm/pg-core'
import { ref } from './columns.ts'

/**
 * The authors and topics of a paper as a list shows them, in one row for each paper. In their own tables they are about
 * fifty rows for each paper, scattered over many disk pages. The row copies `paper_authors` and `paper_topics`. The copy stays
 * correct because authors are never renamed, and a topic that gets another name has its cards written again.
 * `src/queries/paper-cards.ts` defines its format. A trigger deletes the cards of deleted papers.
 */
export const paperCards = pgTable('paper_cards', {
  paperId: ref('paper_id').primaryKey(),
  authors: text('authors').notNull(),
  topics: text('topics').notNull(),
})
