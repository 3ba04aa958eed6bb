import { sql } from 'drizzle-orm'
import { bigint, customType, timestamp } from 'drizzle-orm/pg-core'

/** A surrogate key. A number and not a BigInt, because JSON and cursors can contain it, and no table reaches 2^53 rows. */
export const id = () => bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity()

/** A reference to another table's surrogate key. */
export const ref = (name: string) => bigint(name, { mode: 'number' })

/**
 * An instant, read as text. It has milliseconds, because cursors contain it and a JavaScript Date is not more precise. It is
 * text, because most instants are only copied into a response.
 */
export const instant = (name: string) => timestamp(name, { withTimezone: true, precision: 3, mode: 'string' })

/** Text that is sorted by its bytes, so that an index can find prefixes. */
const byteOrderedText = customType<{ data: string }>({ dataType: () => 'text collate "C"' })

/**
 * The form of a name that search-as-you-type compares: a space before each word, as `lookupForm` in
 * `src/lists/lookup-form.ts` returns it; then ` /` and the same form of the slug, if it differs.
 */
export const lookup = () =>
  byteOrderedText('lookup')
    .notNull()
    .generatedAlwaysAs(
      sql`lookup_form(name) || case when lookup_form(slug) = lookup_form(name) then '' else ' /' || lookup_form(slug) end`,
    )
