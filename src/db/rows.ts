import { Column, type DriverValueDecoder, is, noopDecoder, SQL } from 'drizzle-orm'

/** A column of an answer as Drizzle knows it: where its value goes, and what reads it. */
export interface AnsweredColumn {
  path: readonly string[]
  field: unknown
}

/** A member of the objects that are made of rows: its name, and what reads its value; null where that is taken as it is. */
export interface Member {
  name: string
  read: ((value: unknown) => unknown) | null
}

/**
 * Makes objects of rows as Drizzle does, for flat rows only: null for others. Drizzle walks a path for every value and asks
 * each time what the column is; here that is known once a statement, and values that are taken as they come are not read.
 */
export function rowReader(columns: readonly AnsweredColumn[]): ((rows: unknown[][]) => object[]) | null {
  if (columns.some(({ path }) => path.length !== 1)) return null
  const toObject = objectMaker(
    columns.map(({ path, field }) => {
      const read = readOf(field)
      return { name: path[0] as string, read: read && ((value) => (value === null ? null : read(value))) }
    }),
  )
  return (rows) => rows.map((values) => toObject(values, 0))
}

/**
 * A function that makes an object of the values that stand in a row from a place on, one for each member. It is compiled:
 * an object whose members stand in the source has its form and its size at once, while one that is given them by name, one
 * after the other, is moved several times on the way and takes twice the memory. Names come from the code, never from
 * outside.
 */
export function objectMaker(members: readonly Member[]): (values: readonly unknown[], start: number) => object {
  const parts = members.map(({ name, read }, place) => {
    const value = `values[start + ${place}]`
    return `${JSON.stringify(name)}: ${read === null ? value : `reads[${place}](${value})`}`
  })
  return new Function('reads', `return (values, start) => ({ ${parts.join(', ')} })`)(members.map(({ read }) => read))
}

/** What reads the value of a column, which is not null; null where it is taken as it comes. */
export function readOf(field: unknown): Member['read'] {
  if (is(field, Column))
    return field.mapFromDriverValue === Column.prototype.mapFromDriverValue
      ? null
      : (value) => field.mapFromDriverValue(value)
  const { decoder } = (is(field, SQL) ? field : (field as SQL.Aliased).sql) as unknown as {
    decoder: DriverValueDecoder<unknown, unknown>
  }
  return decoder === noopDecoder ? null : (value) => decoder.mapFromDriverValue(value)
}
