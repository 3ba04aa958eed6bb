import { type Column, type SQL, sql } from 'drizzle-orm'
import { objectMaker, readOf } from './rows.ts'

/**
 * ASCII's own separators, and what stands for null. Imports and submissions take control characters out of what they store;
 * where something else wrote one into a table, the number of values does not come out, and nothing is unpacked.
 */
const SEPARATOR = '\x1f'
const NULL = '\x1a'
const GROUP_SEPARATOR = '\x1d'
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
  const width = Object.keys(columns).length
  const texts = Object.values(columns).map((column) =>
    column.notNull ? sql`${column}::text` : sql`coalesce(${column}::text, ${nothing})`,
  )
  const toRow = objectMaker(
    Object.entries(columns).map(([name, column]) => {
      const read = readOf(column)
      if (column.notNull) return { name, read }
      return { name, read: (value) => (value === NULL ? null : read === null ? value : read(value)) }
    }),
  ) as (values: readonly unknown[], start: number) => Record<string, unknown>
  return {
    values: sql.join(texts, sql` || ${separator} || `),
    unpack: (text) => {
      if (text === '') return []
      const values = text.split(SEPARATOR)
      if (values.length % width !== 0) return undefined
      return Array.from({ length: values.length / width }, (_, place) => toRow(values, place * width))
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

/** Columns that have packed rows as one text, where they are read from one row. */
export const packedTogether = (columns: readonly Column[]): SQL =>
  sql.join([...columns], sql` || ${sql.raw(`E'\\x1d'`)} || `)

/** The texts of the columns. */
export const takeApart = (text: string): string[] => text.split(GROUP_SEPARATOR)
