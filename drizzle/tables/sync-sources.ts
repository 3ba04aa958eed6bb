import { boolean, date, integer, jsonb, pgTable, text } from 'drizzle-orm/pg-core'
import { instant } from './columns.ts'

/** Where the sync of each source stands, what its last run did, and when it runs again. Sources that were never synced have no row. */
export const syncSources = pgTable('sync_sources', {
  /** As in `SYNC`, such as `arxiv:cs.CL`. */
  name: text('name').primaryKey(),
  /** Where the next run begins, in the terms of the source. */
  cursor: jsonb('cursor'),
  lastRunAt: instant('last_run_at'),
  lastSuccessAt: instant('last_success_at'),
  /** When a run last brought papers, or a newer date or identifier than all before. */
  lastNewsAt: instant('last_news_at'),
  /** The newest day that the source has something of: a list day, a date stamp, or the day of an entry. */
  newestOn: date('newest_on', { mode: 'string' }),
  /** The newest identifier of the source. */
  newestId: text('newest_id'),
  /** How many runs have failed since the last one that did not. */
  errors: integer('errors').notNull().default(0),
  lastErrorAt: instant('last_error_at'),
  /** What failed at last, as a sentence. It stays after a success. */
  lastError: text('last_error'),
  /** What was odd about the last run, as sentences. */
  notice: text('notice'),
  /** Whether the source should have brought something new since and has not. */
  isSuspect: boolean('is_suspect').notNull().default(false),
  nextRunAt: instant('next_run_at'),
})
