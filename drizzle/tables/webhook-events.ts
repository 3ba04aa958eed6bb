import { sql } from 'drizzle-orm'
import { bigint, check, date, index, integer, pgTable, text } from 'drizzle-orm/pg-core'
import { DELIVERED_EVENTS } from '../../src/values/webhooks.ts'
import { id, instant } from './columns.ts'

/** What webhooks are told: papers of a list, once for all webhooks that are told the same. */
export const webhookEvents = pgTable(
  'webhook_events',
  {
    id: id(),
    event: text('event', { enum: DELIVERED_EVENTS }).notNull(),
    /** The canonical query string of the list. */
    query: text('query').notNull(),
    /** In the order in which they are shown; at most as many as one message has. */
    paperIds: bigint('paper_ids', { mode: 'number' }).array().notNull(),
    /** The edition of EDITION_FINAL, and how many papers of the list it has. */
    period: text('period', { enum: ['DAY', 'WEEK', 'MONTH'] }),
    startsOn: date('starts_on'),
    paperCount: integer('paper_count'),
    createdAt: instant('created_at').notNull().default(sql`now()`),
  },
  (t) => [
    index('webhook_events_created').on(t.createdAt),
    check(
      'webhook_events_event',
      sql`${t.event} in ('PAPER_LISTED', 'PAPER_CHANGED', 'VOTES_REACHED', 'EDITION_FINAL', 'PING')`,
    ),
    check(
      'webhook_events_edition',
      sql`num_nulls(${t.period}, ${t.startsOn}, ${t.paperCount}) = case ${t.event} when 'EDITION_FINAL' then 0 else 3 end`,
    ),
  ],
)
