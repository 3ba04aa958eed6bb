import { sql } from 'drizzle-orm'
import { check, index, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core'
import { id, instant, ref } from './columns.ts'
import { mailAddresses } from './mail-addresses.ts'
import { savedFilters } from './saved-filters.ts'

/** Subscriptions by mail: to a list that anyone named, or to a saved filter. */
export const digests = pgTable(
  'digests',
  {
    id: id(),
    addressId: ref('address_id')
      .notNull()
      .references(() => mailAddresses.id, { onDelete: 'cascade' }),
    /** Whose list it sends; null for a list that is only in `query`. */
    savedFilterId: ref('saved_filter_id').references(() => savedFilters.id, { onDelete: 'cascade' }),
    /** The list as `formatPaperQuery` writes it; empty for a saved filter, which says it. */
    query: text('query').notNull(),
    period: text('period', { enum: ['DAY', 'WEEK', 'MONTH'] }).notNull(),
    state: text('state', { enum: ['UNCONFIRMED', 'ACTIVE', 'PAUSED', 'STOPPED'] })
      .notNull()
      .default('UNCONFIRMED'),
    /** Why it is STOPPED, for the operator. */
    stopReason: text('stop_reason'),
    /** In the links of every mail: whoever has it can pause and end the subscription, and nothing else. */
    token: text('token').notNull().unique(),
    /** SHA-256 of the token in the last confirmation mail, in hexadecimal. */
    confirmationHash: text('confirmation_hash').unique(),
    /** Null once it was used. */
    confirmationExpiresAt: instant('confirmation_expires_at'),
    createdAt: instant('created_at').notNull().default(sql`now()`),
    confirmedAt: instant('confirmed_at'),
    lastSentAt: instant('last_sent_at'),
  },
  (t) => [
    uniqueIndex('digests_of_list').on(t.addressId, t.period, t.query).where(sql`${t.savedFilterId} is null`),
    uniqueIndex('digests_of_saved_filter').on(t.savedFilterId),
    index('digests_of_address').on(t.addressId),
    index('digests_active').on(t.period).where(sql`${t.state} = 'ACTIVE'`),
    check('digests_period', sql`${t.period} in ('DAY', 'WEEK', 'MONTH')`),
    check('digests_state', sql`${t.state} in ('UNCONFIRMED', 'ACTIVE', 'PAUSED', 'STOPPED')`),
  ],
)
