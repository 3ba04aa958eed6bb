import { sql } from 'drizzle-orm'
import { bigint, customType, timestamp } from 'drizzle-orm/pg-core'

/** A surrogate key. Numbers, not BigInt: 2^53 rows are out of reach, and JSON and cursors take them as they are. */
export const id = () => bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity()

/** A reference to another table's surrogate key. */
export const ref = (name: string) => bigint(name, { mode: 'number' })

/**
 * An instant as RFC 3339 text. Three digits, because cursors are made of these values and a JavaScript Date
 * holds no more; text, because most instants only pass through to an answer.
 */
export const instant = (name: string) => timestamp(name, { withTimezone: true, precision: 3, mode: 'string' })

/** Text in the order of its bytes, in which an index finds beginnings. */
const textInBytes = customType<{ data: string }>({ dataType: () => 'text collate "C"' })

/**
 * The form of a name that search as you type compares: its words after a blank each, as `lookupForm` in
 * `src/lists/lookup-form.ts` returns them; then ` /` and the same of the slug if that differs.
 */
export const lookup = () =>
  textInBytes('lookup')
    .notNull()
    .generatedAlwaysAs(
      sql`lookup_form(name) || case when lookup_form(slug) = lookup_form(name) then '' else ' /' || lookup_form(slug) end`,
    )
