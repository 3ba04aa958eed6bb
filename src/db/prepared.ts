import type { SQL } from 'drizzle-orm'
import { PgDialect } from 'drizzle-orm/pg-core'
import type { Db } from './client.ts'

const dialect = new PgDialect()

/**
 * Runs a statement written by hand, as `db.execute` does, but one that Postgres keeps parsed on the connection: it takes
 * one round trip instead of two, and several can be sent without waiting for answers. Its text must not depend on the
 * values, as in `statement`; a list of values is one array.
 */
export function executePrepared<Row extends Record<string, unknown>>(db: Db, query: SQL): Promise<Row[]> {
  // The driver goes by the text; that there is a name is all that it wants to know.
  return db._.session.prepareQuery(dialect.sqlToQuery(query), undefined, 'prepared', false).execute() as Promise<Row[]>
}
