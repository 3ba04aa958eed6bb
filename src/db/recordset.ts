import { type SQL, sql } from 'drizzle-orm'

/**
 * Rows of values as something to select from: one parameter for any number of rows, so that no statement meets the limit
 * of 65,534 parameters. Columns are written as in `r(id bigint, name text)`; keys of the rows are their names.
 */
export const recordset = (rows: readonly object[], columns: string): SQL =>
  sql`json_to_recordset(${JSON.stringify(rows)}::json) as ${sql.raw(columns)}`
