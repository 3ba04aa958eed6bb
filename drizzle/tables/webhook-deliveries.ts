import { sql } from 'drizzle-orm'
import { boolean, check, index, integer, pgTable, text } from 'drizzle-orm/pg-core'
import { id, instant, ref } from './columns.ts'
import { webhookEvents } from './webhook-events.ts'
import { webhooks } from './webhooks.ts'

/**
 * The outbox of webhooks. The deliveries of a webhook are sent in the order of their ids: one that fails holds back the later
 * ones. Unlike a mail, one whose server died while it was sent is sent again, with the same id.
 */
export const webhookDeliveries = pgTable(
  'webhook_deliveries',
  {
    id: id(),
    webhookId: ref('webhook_id')
      .notNull()
      .references(() => webhooks.id, { onDelete: 'cascade' }),
    eventId: ref('event_id')
      .notNull()
      .references(() => webhookEvents.id, { onDelete: 'cascade' }),
    /** EMPTY: none of its papers is shown any more, so nothing was sent. */
    state: text('state', { enum: ['PENDING', 'SENDING', 'SENT', 'EMPTY', 'FAILED'] })
      .notNull()
      .default('PENDING'),
    /** Sent once, whatever else waits: a test, or a repetition that its owner asked for. */
    isOutOfTurn: boolean('is_out_of_turn').notNull().default(false),
    /** The HTTP status of the last response; null if there was none. */
    status: integer('status'),
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
    index('webhook_deliveries_of_webhook').on(t.webhookId, t.id),
    index('webhook_deliveries_of_event').on(t.eventId),
    index('webhook_deliveries_unfinished').on(t.webhookId, t.id).where(sql`${t.state} in ('PENDING', 'SENDING')`),
    index('webhook_deliveries_out_of_turn')
      .on(t.nextAttemptAt)
      .where(sql`${t.state} in ('PENDING', 'SENDING') and ${t.isOutOfTurn}`),
    index('webhook_deliveries_created').on(t.createdAt),
    check('webhook_deliveries_state', sql`${t.state} in ('PENDING', 'SENDING', 'SENT', 'EMPTY', 'FAILED')`),
  ],
)
