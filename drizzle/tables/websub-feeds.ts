import { sql } from 'drizzle-orm'
import { check, index, integer, pgTable, text } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'

/** Feeds that clients read and may have subscribed to at the WebSub hub, with what the hub was told of each. */
export const webSubFeeds = pgTable(
  'websub_feeds',
  {
    /** The canonical path and query, without the address of the server, which may change. */
    path: text('path').primaryKey(),
    /** Of the entries that the hub knows of, or is to be told of since `changed_at`. */
    fingerprint: text('fingerprint').notNull(),
    /** When it was last read; an hour late at most. */
    servedAt: instant('served_at').notNull().default(sql`now()`),
    /** When its entries were last compared with the fingerprint. */
    checkedAt: instant('checked_at').notNull().default(sql`now()`),
    /** Since when the hub is to be told; null if it knows. */
    changedAt: instant('changed_at'),
    /** How often that has failed since, and when it is tried again. */
    attempts: integer('attempts').notNull().default(0),
    nextAttemptAt: instant('next_attempt_at').notNull().default(sql`now()`),
  },
  (t) => [
    index('websub_feeds_served').on(t.servedAt),
    // The key is in an index, whose entries have at most 2,704 bytes.
    check('websub_feeds_path_short', sql`octet_length(${t.path}) <= 2000`),
  ],
)
