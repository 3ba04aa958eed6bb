import { Column, type DriverValueDecoder, is, noopDecoder, SQL } from 'drizzle-orm'

/** A selected column in Drizzle's form: the path of its value in the result object, and the field that decodes it. */
export interface SelectedColumn {
  path: readonly string[]
  field: unknown
}

/** A property of the objects made from rows: its name and its decoder; null if the value is used unchanged. */
export interface Property {
  name: string
  decode: ((value: unknown) => unknown) | null
}

/**
 * Returns a function that makes objects from rows as Drizzle does, or null if the result objects are nested. Drizzle walks
 * a path and looks up the decoder for every value. This does both once for each statement, and skips values that need no
 * decoding.
 */
export function rowDecoder(columns: readonly SelectedColumn[]): ((rows: unknown[][]) => object[]) | null {
  if (columns.some(({ path }) => path.length !== 1)) return null
  const toObject = objectMaker(
    columns.map(({ path, field }) => {
      const decode = decoderOf(field)
      return { name: path[0] as string, decode: decode && ((value) => (value === null ? null : decode(value))) }
    }),
  )
  return (rows) => rows.map((values) => toObject(values, 0))
}

/**
 * Returns a function that makes an object from consecutive values of a row, beginning at `start`. The function is compiled
 * from an object literal, so V8 knows the shape and size of the object from the beginning. Adding properties one by one
 * would move the object several times and take twice the memory. The names must come from the code, never from outside,
 * because they become code.
 */
export function objectMaker(properties: readonly Property[]): (values: readonly unknown[], start: number) => object {
  const parts = properties.map(({ name, decode }, place) => {
    const value = `values[start + ${place}]`
    return `${JSON.stringify(name)}: ${decode === null ? value : `decoders[${place}](${value})`}`
  })
  return new Function('decoders', `return (values, start) => ({ ${parts.join(', ')} })`)(
    properties.map(({ decode }) => decode),
  )
}

/** The function that decodes a column's values other than null; null if the values need no decoding. */
export function decoderOf(field: unknown): Property['decode'] {
  if (is(field, Column))
    return field.mapFromDriverValue === Column.prototype.mapFromDriverValue
      ? null
      : (value) => field.mapFromDriverValue(value)
  const { decoder } = (is(field, SQL) ? field : (field as SQL.Aliased).sql) as unknown as {
    decoder: DriverValueDecoder<unknown, unknown>
  }
  return decoder === noopDecoder ? null : (value) => decoder.mapFromDriverValue(value)
}
