import type { SQL } from 'drizzle-orm'
import { PgDialect } from 'drizzle-orm/pg-core'
import type { Db } from './client.ts'

const dialect = new PgDialect()

/**
 * Runs handwritten SQL like `db.execute`, but as a prepared statement: one round trip instead of two, and several can be
 * sent without waiting for results. The text must not depend on the values: pass a list of values as one array parameter.
 */
export function executePrepared<Row extends Record<string, unknown>>(db: Db, query: SQL): Promise<Row[]> {
  // The driver identifies the prepared statement by its text. Any name makes it prepare the statement.
  return db._.session.prepareQuery(dialect.sqlToQuery(query), undefined, 'prepared', false).execute() as Promise<Row[]>
}
