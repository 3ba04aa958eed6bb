import { sql } from 'drizzle-orm'
import { bigint, text, timestamp } from 'drizzle-orm/pg-core'

/** A surrogate key. Numbers, not BigInt: 2^53 rows are out of reach, and JSON and cursors take them as they are. */
export const id = () => bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity()

/** A reference to another table's surrogate key. */
export const ref = (name: string) => bigint(name, { mode: 'number' })

/**
 * An instant as RFC 3339 text. Three digits, because cursors are made of these values and a JavaScript Date
 * holds no more; text, because most instants only pass through to an answer.
 */
export const instant = (name: string) => timestamp(name, { withTimezone: true, precision: 3, mode: 'string' })

/**
 * What a name is looked up by as a person types: each word of it folded as in `src/lists/lookup-form.ts` behind a blank,
 * then ` /` and the slug likewise where it says something else.
 */
export const lookup = () =>
  text('lookup')
    .notNull()
    .generatedAlwaysAs(
      sql`lookup_form(name) || case when lookup_form(slug) = lookup_form(name) then '' else ' /' || lookup_form(slug) end`,
    )
