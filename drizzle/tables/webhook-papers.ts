import { sql } from 'drizzle-orm'
import { check, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import { instant, ref } from './columns.ts'
import { webhooks } from './webhooks.ts'

/**
 * Of what a webhook is told once for each paper: what it was told, and what its list had before the webhook was there.
 *
 * No reference to papers: there are many rows, and its check would lock papers for each.
 */
export const webhookPapers = pgTable(
  'webhook_papers',
  {
    webhookId: ref('webhook_id')
      .notNull()
      .references(() => webhooks.id, { onDelete: 'cascade' }),
    event: text('event', { enum: ['PAPER_LISTED', 'VOTES_REACHED'] }).notNull(),
    paperId: ref('paper_id').notNull(),
    toldAt: instant('told_at').notNull().default(sql`now()`),
  },
  (t) => [
    primaryKey({ columns: [t.webhookId, t.event, t.paperId] }),
    check('webhook_papers_event', sql`${t.event} in ('PAPER_LISTED', 'VOTES_REACHED')`),
  ],
)
