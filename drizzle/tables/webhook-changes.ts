import { sql } from 'drizzle-orm'
import { check, date, integer, pgTable, text } from 'drizzle-orm/pg-core'
import { id, instant, ref } from './columns.ts'

/**
 * What changed and was not compared with the lists of webhooks yet. Triggers write it in the transaction of the change, so none
 * is lost; whoever has looked at a row deletes it, so one whose transaction commits late is not passed over.
 *
 * No reference to papers: its check would lock them.
 */
export const webhookChanges = pgTable(
  'webhook_changes',
  {
    id: id(),
    /**
     * MATCHES: a listed paper may be new in a list. CHANGED: its texts changed, or it has a new version. COUNTS: it gained votes or
     * comments. EDITION: an edition became FINAL.
     */
    kind: text('kind', { enum: ['MATCHES', 'CHANGED', 'COUNTS', 'EDITION'] }).notNull(),
    paperId: ref('paper_id'),
    votesBefore: integer('votes_before'),
    votesAfter: integer('votes_after'),
    period: text('period', { enum: ['DAY', 'WEEK', 'MONTH'] }),
    startsOn: date('starts_on'),
    notedAt: instant('noted_at').notNull().default(sql`now()`),
  },
  (t) => [
    check('webhook_changes_kind', sql`${t.kind} in ('MATCHES', 'CHANGED', 'COUNTS', 'EDITION')`),
    check(
      'webhook_changes_whole',
      sql`case ${t.kind} when 'EDITION' then ${t.period} is not null and ${t.startsOn} is not null
        when 'COUNTS' then num_nulls(${t.paperId}, ${t.votesBefore}, ${t.votesAfter}) = 0 else ${t.paperId} is not null end`,
    ),
  ],
)
