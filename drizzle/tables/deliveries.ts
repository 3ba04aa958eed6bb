import { sql } from 'drizzle-orm'
import { check, date, index, integer, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core'
import { id, instant, ref } from './columns.ts'
import { digests } from './digests.ts'

/**
 * The outbox: what is to be sent, and what became of it. A delivery is SENDING from before the mail server hears of it until its
 * reply is stored. One that stays so, because its server died, becomes UNKNOWN and is never sent again.
 */
export const deliveries = pgTable(
  'deliveries',
  {
    id: id(),
    kind: text('kind', { enum: ['CONFIRMATION', 'DIGEST'] }).notNull(),
    digestId: ref('digest_id')
      .notNull()
      .references(() => digests.id, { onDelete: 'cascade' }),
    /** The edition of a digest; null for a confirmation. */
    period: text('period', { enum: ['DAY', 'WEEK', 'MONTH'] }),
    startsOn: date('starts_on'),
    /** EMPTY: the edition has no paper of the list, so nothing was sent. */
    state: text('state', { enum: ['PENDING', 'SENDING', 'SENT', 'EMPTY', 'FAILED', 'UNKNOWN'] })
      .notNull()
      .default('PENDING'),
    /** Why the last attempt failed. */
    reason: text('reason'),
    attempts: integer('attempts').notNull().default(0),
    nextAttemptAt: instant('next_attempt_at').notNull().default(sql`now()`),
    /** Of a delivery that is SENDING: when its server counts as dead. */
    leaseUntil: instant('lease_until'),
    createdAt: instant('created_at').notNull().default(sql`now()`),
    finishedAt: instant('finished_at'),
  },
  (t) => [
    uniqueIndex('deliveries_of_edition').on(t.digestId, t.period, t.startsOn).where(sql`${t.kind} = 'DIGEST'`),
    index('deliveries_of_digest').on(t.digestId),
    index('deliveries_due').on(t.nextAttemptAt, t.id).where(sql`${t.state} = 'PENDING'`),
    index('deliveries_sending').on(t.leaseUntil).where(sql`${t.state} = 'SENDING'`),
    index('deliveries_finished').on(t.finishedAt).where(sql`${t.finishedAt} is not null`),
    check('deliveries_kind', sql`${t.kind} in ('CONFIRMATION', 'DIGEST')`),
    check('deliveries_edition', sql`(${t.kind} = 'DIGEST') = (${t.period} is not null and ${t.startsOn} is not null)`),
    check('deliveries_state', sql`${t.state} in ('PENDING', 'SENDING', 'SENT', 'EMPTY', 'FAILED', 'UNKNOWN')`),
  ],
)
