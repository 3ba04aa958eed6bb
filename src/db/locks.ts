import { sql } from 'drizzle-orm'

/** The keys of all advisory locks. No other program may use them in this database. */
export const ADVISORY_LOCKS = {
  migration: 4_712_026,
  importTurn: 4_712_027,
  indexRebuild: 4_712_028,
  sync: 4_712_029,
  webSub: 4_712_030,
  webhookEvents: 4_712_031,
} as const

/** Gives a statement of a curator a minute, until the end of the transaction: it may count large topics again. */
export const withLongerTimeLimit = sql`select set_config('statement_timeout', '60000', true)`

/**
 * Removes the limits of time until the end of the transaction, for one that may take hours. `transaction_timeout` exists since
 * Postgres 17; a database or role may have a default for it.
 */
export const withoutTimeLimits = sql`
  select set_config(name, '0', true) from pg_settings
  where name in ('statement_timeout', 'transaction_timeout', 'idle_in_transaction_session_timeout')`
