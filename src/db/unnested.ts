import { type SQL, sql } from 'drizzle-orm'

/**
 * Rows of values for a `from` clause, as one array for each column. Postgres reads arrays several times faster than the JSON
 * of `recordset`, which has the names of the columns in each row. `columns` maps the keys of the rows to types.
 */
export function unnested<Row extends object>(
  alias: string,
  columns: Readonly<Record<keyof Row & string, string>>,
  rows: readonly Row[],
): SQL {
  const names = Object.keys(columns) as (keyof Row & string)[]
  const arrays = names.map(
    (name) => sql`${sql.param(rows.map((row) => textOf(row[name])))}::text[]::${sql.raw(columns[name])}[]`,
  )
  return sql`unnest(${sql.join(arrays, sql`, `)}) as ${sql.identifier(alias)} (${sql.join(names.map(sql.identifier), sql`, `)})`
}

/** The driver cannot send arrays of booleans and of moments. */
const textOf = (value: unknown): string | null => (value == null ? null : String(value))
