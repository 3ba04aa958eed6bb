import type { Db } from './client.ts'
import { type AnsweredColumn, rowReader } from './rows.ts'

interface Preparable<Rows> {
  prepare(name: string): { execute(values: Record<string, unknown>): Promise<Rows> }
}

/** What Drizzle keeps inside a prepared query of the way that its rows are read. */
interface Reading {
  fields?: AnsweredColumn[]
  customResultMapper?: ((rows: unknown[][]) => object[]) | null
}

/**
 * A query with `sql.placeholder`s as a function of the database and their values. Drizzle builds its text once for each
 * pool, and Postgres parses and plans it once for each connection, which halves the cost of a small read.
 *
 * The text must therefore not depend on the values: no list of literals, but `= any(${sql.placeholder('ids')})`.
 * Postgres may choose one plan for all values; a query whose best plan depends on them is better run directly.
 */
export function statement<Rows>(name: string, query: (db: Db) => Preparable<Rows>) {
  const prepared = new WeakMap<Db, ReturnType<Preparable<Rows>['prepare']>>()
  return (db: Db, values: Record<string, unknown> = {}): Promise<Rows> => {
    let ready = prepared.get(db)
    if (!ready) {
      ready = query(db).prepare(name)
      const reading = ready as Reading
      if (reading.fields) reading.customResultMapper ??= rowReader(reading.fields)
      prepared.set(db, ready)
    }
    return ready.execute(values)
  }
}
