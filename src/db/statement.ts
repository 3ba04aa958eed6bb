import type { Db } from './client.ts'
import { rowDecoder, type SelectedColumn } from './rows.ts'

interface Preparable<Rows> {
  prepare(name: string): { execute(values: Record<string, unknown>): Promise<Rows> }
}

/** The fields of Drizzle's prepared query that control how it decodes rows. */
interface RowDecoding {
  fields?: SelectedColumn[]
  customResultMapper?: ((rows: unknown[][]) => object[]) | null
}

/**
 * Turns a query with `sql.placeholder`s into a function of the database and the values. Drizzle builds the text once for
 * each pool, and Postgres parses and plans it once for each connection. That halves the cost of a small read.
 *
 * So the text must not depend on the values: write `= any(${sql.placeholder('ids')})`, not a list of literals. Postgres may
 * use one plan for all values. If the best plan depends on the values, run the query directly instead.
 */
export function statement<Rows>(name: string, query: (db: Db) => Preparable<Rows>) {
  const prepared = new WeakMap<Db, ReturnType<Preparable<Rows>['prepare']>>()
  return (db: Db, values: Record<string, unknown> = {}): Promise<Rows> => {
    let ready = prepared.get(db)
    if (!ready) {
      ready = query(db).prepare(name)
      const decoding = ready as RowDecoding
      if (decoding.fields) decoding.customResultMapper ??= rowDecoder(decoding.fields)
      prepared.set(db, ready)
    }
    return ready.execute(values)
  }
}
