import { sql } from 'drizzle-orm'
import { boolean, check, index, integer, pgTable, text } from 'drizzle-orm/pg-core'
import { WEBHOOK_FORMS, WEBHOOK_STATES, type WebhookEventName } from '../../src/values/webhooks.ts'
import { id, instant, ref } from './columns.ts'
import { savedFilters } from './saved-filters.ts'

/** Addresses to which the papers of a saved filter are posted. */
export const webhooks = pgTable(
  'webhooks',
  {
    id: id(),
    savedFilterId: ref('saved_filter_id')
      .notNull()
      .references(() => savedFilters.id, { onDelete: 'cascade' }),
    /** A secret for chat services: whoever has it can post. Never logged. */
    url: text('url').notNull(),
    form: text('form', { enum: WEBHOOK_FORMS }).notNull(),
    events: text('events').array().$type<WebhookEventName[]>().notNull(),
    /** The number of votes of VOTES_REACHED; null without that event. */
    votes: integer('votes'),
    /** Which editions EDITION_FINAL is about. */
    editions: text('editions', { enum: ['DAY', 'WEEK', 'MONTH'] })
      .notNull()
      .default('DAY'),
    /** The GraphQL document whose result is the data of a STANDARD body; null for the default. */
    document: text('document'),
    /** `whsec_` and base64. Not a hash, because messages are signed with it. */
    secret: text('secret').notNull(),
    /** The secret before, with which messages are signed, too, until that moment. */
    previousSecret: text('previous_secret'),
    previousSecretUntil: instant('previous_secret_until'),
    state: text('state', { enum: WEBHOOK_STATES }).notNull().default('ACTIVE'),
    /** Why it is DISABLED. */
    stateReason: text('state_reason'),
    /** Since when nothing has arrived; null if the last message did. */
    failingSince: instant('failing_since'),
    /** Whether `webhook_papers` has what was in the list before the webhook had it: false for a new list. */
    isPrimed: boolean('is_primed').notNull().default(false),
    /** Whether it has to be told of votes and comments: for VOTES_REACHED, and for a list with `minVotes` or `minComments`. */
    watchesCounts: boolean('watches_counts').notNull().default(true),
    createdAt: instant('created_at').notNull().default(sql`now()`),
  },
  (t) => [
    index('webhooks_of_saved_filter').on(t.savedFilterId),
    // Asked by the triggers that note changes, so that they cost nothing where nobody has a webhook.
    index('webhooks_active').on(t.id).where(sql`${t.state} = 'ACTIVE'`),
    index('webhooks_watching_counts').on(t.id).where(sql`${t.state} = 'ACTIVE' and ${t.watchesCounts}`),
    check('webhooks_form', sql`${t.form} in ('STANDARD', 'SLACK', 'DISCORD', 'FEISHU')`),
    check(
      'webhooks_events',
      sql`cardinality(${t.events}) > 0 and ${t.events} <@ array['PAPER_LISTED', 'PAPER_CHANGED', 'VOTES_REACHED', 'EDITION_FINAL']`,
    ),
    check('webhooks_votes', sql`('VOTES_REACHED' = any(${t.events})) = (${t.votes} is not null) and ${t.votes} > 0`),
    check('webhooks_editions', sql`${t.editions} in ('DAY', 'WEEK', 'MONTH')`),
    check('webhooks_state', sql`${t.state} in ('ACTIVE', 'PAUSED', 'DISABLED')`),
  ],
)
