import { type Column, type SQL, sql } from 'drizzle-orm'

/** ASCII's own separator of units, and what stands for null. No text that is stored has control characters. */
const SEPARATOR = '\x1f'
const NULL = '\x1a'
const separator = sql.raw(`E'\\x1f'`)
const nothing = sql.raw(`E'\\x1a'`)

/** Rows of a relation as one text. */
export interface Packing {
  /** The values of a row, to be selected by what is packed. */
  values: SQL
  /** The rows of a text, in its order; undefined where the text has something in it that separates and should not. */
  unpack(text: string): Record<string, unknown>[] | undefined
}

/** Rows with these columns as one text. */
export function packing(columns: Record<string, Column>): Packing {
  const names = Object.keys(columns)
  const reads = Object.values(columns)
  const texts = reads.map((column) =>
    column.notNull ? sql`${column}::text` : sql`coalesce(${column}::text, ${nothing})`,
  )
  return {
    values: sql.join(texts, sql` || ${separator} || `),
    unpack: (text) => {
      if (text === '') return []
      const values = text.split(SEPARATOR)
      if (values.length % names.length !== 0) return undefined
      const rows: Record<string, unknown>[] = []
      for (let start = 0; start < values.length; start += names.length) {
        const row: Record<string, unknown> = {}
        for (let place = 0; place < names.length; place += 1) {
          const value = values[start + place] as string
          row[names[place] as string] = value === NULL ? null : (reads[place] as Column).mapFromDriverValue(value)
        }
        rows.push(row)
      }
      return rows
    },
  }
}

/** The row of a to-one relation likewise; null where there is none. */
export const packedOne = ({ values }: Packing, from: SQL): SQL<string | null> =>
  sql<string | null>`${sql`(select ${values} ${from})`}`

/**
 * The rows of a to-many relation as one column of the statement that reads what they belong to. Rows of their own
 * cost Postgres as much and the server several times as much, and a statement of their own more.
 *
 * @param from what the rows are of: the statement from its `from` on
 */
export const packed = ({ values }: Packing, from: SQL): SQL<string> =>
  // One within the other: Drizzle takes the table off the columns in a text where a statement reads one table.
  sql<string>`${sql`array_to_string(array(select ${values} ${from}), ${separator})`}`
