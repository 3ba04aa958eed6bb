import { type SQL, sql } from 'drizzle-orm'

/**
 * Rows of values for a `from` clause. All rows are one parameter, so a statement cannot reach the limit of 65,534
 * parameters. `columns` is an alias with types, such as `r(id bigint, name text)`; the keys of the rows are the column names.
 */
export const recordset = (rows: readonly object[], columns: string): SQL =>
  sql`json_to_recordset(${JSON.stringify(rows)}::json) as ${sql.raw(columns)}`
