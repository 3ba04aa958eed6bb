import { integer, jsonb, pgTable, text } from 'drizzle-orm/pg-core'
import { id, instant, ref } from './columns.ts'

/** A log of imports. A run without `finished_at` is still running or was interrupted. */
export const importRuns = pgTable('import_runs', {
  id: id(),
  source: text('source').notNull(),
  inputs: jsonb('inputs').$type<string[]>().notNull(),
  startedAt: instant('started_at').notNull(),
  finishedAt: instant('finished_at'),
  records: integer('records').notNull().default(0),
  created: integer('created').notNull().default(0),
  updated: integer('updated').notNull().default(0),
  unchanged: integer('unchanged').notNull().default(0),
  problems: integer('problems').notNull().default(0),
  /** The first and the last paper whose authors the run has yet to count; null if there are none. */
  uncountedFrom: ref('uncounted_from'),
  uncountedTo: ref('uncounted_to'),
})
