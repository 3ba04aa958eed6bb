import { bigint, boolean, pgTable } from 'drizzle-orm/pg-core'

/**
 * The papers that a transaction has changed so far. Triggers add them, and another one moves them to `paper_changes` when the
 * transaction commits, so nobody ever sees a row of another transaction. Unlogged: after a crash it is empty, as it must be.
 */
export const touchedPapers = pgTable('touched_papers', {
  paperIds: bigint('paper_ids', { mode: 'number' }).array().notNull(),
  /** Whether a trigger runs at the commit because of this row. One for each statement is enough. */
  endsStatement: boolean('ends_statement').notNull(),
})
