import { type SQL, sql } from 'drizzle-orm'

/**
 * Rows of values for a `from` clause, as one array for each column. The text of a statement does not depend on the rows, so it
 * can be prepared, and Postgres reads arrays several times faster than JSON, which has the names of the columns in each row.
 * `columns` maps the keys of the rows to types.
 */
export function unnested<Row extends object>(
  alias: string,
  columns: Readonly<Record<keyof Row & string, string>>,
  rows: readonly Row[],
): SQL {
  const names = Object.keys(columns) as (keyof Row & string)[]
  const arrays = names.map((name) => {
    const type = columns[name]
    return sql`${arrayLiteral(
      type,
      rows.map((row) => row[name]),
    )}::${sql.raw(type)}[]`
  })
  return sql`unnest(${sql.join(arrays, sql`, `)}) as ${sql.identifier(alias)} (${sql.join(names.map(sql.identifier), sql`, `)})`
}

/** An array as Postgres writes it. The driver cannot send arrays of booleans and of moments, and quotes each number. */
function arrayLiteral(type: string, values: readonly unknown[]): string {
  const write = type === 'text' ? quoted : String
  return `{${values.map((value) => (value == null ? 'NULL' : write(value as string))).join(',')}}`
}

const TO_ESCAPE = /["\\]/g

const quoted = (text: string): string => `"${text.replace(TO_ESCAPE, '\\$&')}"`
