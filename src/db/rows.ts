import { Column, type DriverValueDecoder, is, noopDecoder, SQL } from 'drizzle-orm'

/** A column of an answer as Drizzle knows it: where its value goes, and what reads it. */
export interface AnsweredColumn {
  path: readonly string[]
  field: unknown
}

type Read = DriverValueDecoder<unknown, unknown> | null

/**
 * Makes objects of rows as Drizzle does, for flat rows only: null for others. Drizzle walks a path for every value and asks
 * each time what the column is; here that is known once a statement, and values that are taken as they come are not read.
 */
export function rowReader(columns: readonly AnsweredColumn[]): ((rows: unknown[][]) => object[]) | null {
  if (columns.some(({ path }) => path.length !== 1)) return null
  const names = columns.map(({ path }) => path[0] as string)
  const reads = columns.map(({ field }) => readOf(field))
  return (rows) =>
    rows.map((values) => {
      const row: Record<string, unknown> = {}
      for (let place = 0; place < names.length; place += 1) {
        const value = values[place]
        const read = reads[place] as Read
        row[names[place] as string] = read === null || value === null ? value : read.mapFromDriverValue(value)
      }
      return row
    })
}

/** What reads the value of a column; null where it is taken as it comes. */
function readOf(field: unknown): Read {
  if (is(field, Column))
    return field.mapFromDriverValue === Column.prototype.mapFromDriverValue ? null : (field as Read)
  const { decoder } = (is(field, SQL) ? field : (field as SQL.Aliased).sql) as unknown as { decoder: Read }
  return decoder === noopDecoder ? null : decoder
}
