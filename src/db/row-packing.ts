import { type Column, type SQL, sql } from 'drizzle-orm'
import { decoderOf, objectMaker } from './rows.ts'

/**
 * The separators of ASCII, and the character that represents null. Imports and submissions remove control characters from
 * what they store. If another program stored a separator, the number of values does not fit and `unpack` returns undefined.
 */
const SEPARATOR = '\x1f'
const NULL = '\x1a'
const GROUP_SEPARATOR = '\x1d'
const separator = sql.raw(`E'\\x1f'`)
const nullText = sql.raw(`E'\\x1a'`)

/** How rows of a relation are packed into one text and unpacked. */
export interface Packing {
  /** SQL for one row as text: its values, with separators between them. */
  values: SQL
  /** The text of rows, as Postgres packs them. */
  pack(rows: readonly Readonly<Record<string, unknown>>[]): string
  /** The rows of a text, in order; undefined if the number of values shows that a value contains a separator. */
  unpack(text: string): Record<string, unknown>[] | undefined
}

/** Creates the packing of rows with these columns. */
export function packing(columns: Record<string, Column>): Packing {
  const names = Object.keys(columns)
  const width = names.length
  const texts = Object.values(columns).map((column) =>
    column.notNull ? sql`${column}::text` : sql`coalesce(${column}::text, ${nullText})`,
  )
  const toRow = objectMaker(
    Object.entries(columns).map(([name, column]) => {
      const decode = decoderOf(column)
      if (column.notNull) return { name, decode }
      return { name, decode: (value) => (value === NULL ? null : decode === null ? value : decode(value)) }
    }),
  ) as (values: readonly unknown[], start: number) => Record<string, unknown>
  return {
    values: sql.join(texts, sql` || ${separator} || `),
    pack: (rows) => rows.map((row) => names.map((name) => String(row[name] ?? NULL)).join(SEPARATOR)).join(SEPARATOR),
    unpack: (text) => {
      if (text === '') return []
      const values = text.split(SEPARATOR)
      if (values.length % width !== 0) return undefined
      return Array.from({ length: values.length / width }, (_, place) => toRow(values, place * width))
    },
  }
}

/** The row of a to-one relation as one column; null if there is no row. `from` is the statement, beginning with `from`. */
export const packedOne = ({ values }: Packing, from: SQL): SQL<string | null> =>
  sql<string | null>`${sql`(select ${values} ${from})`}`

/**
 * The rows of a to-many relation as one column of the statement that reads their parent. As separate rows they cost
 * Postgres the same and the server several times as much; a separate statement costs even more.
 *
 * @param from the statement that selects the rows, beginning with its `from`
 */
export const packed = ({ values }: Packing, from: SQL): SQL<string> =>
  // Nested, because Drizzle removes table names from columns directly inside `sql` if the statement reads one table.
  sql<string>`${sql`array_to_string(array(select ${values} ${from}), ${separator})`}`

/** Several columns of one row that contain packed rows, as one text. */
export const joinColumns = (columns: readonly Column[]): SQL =>
  sql.join([...columns], sql` || ${sql.raw(`E'\\x1d'`)} || `)

/** Splits the text of `joinColumns` into the texts of the columns. */
export const splitColumns = (text: string): string[] => text.split(GROUP_SEPARATOR)
