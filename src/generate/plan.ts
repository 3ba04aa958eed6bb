import { type SQL, sql } from 'drizzle-orm'

/** A paper has at most one keyword of each family, so no keyword repeats. */
export const KEYWORD_FAMILIES = 8

export interface Slice {
  from: number
  to: number
}

/** How many rows of each kind there are, and the source of randomness. */
export interface Plan {
  papers: number
  authors: number
  users: number
  organizations: number
  /** A multiple of `KEYWORD_FAMILIES`. */
  keywords: number
  /** A number from 0 to below 1, determined by a row's number and a purpose. */
  draw(row: SQL, purpose: string): SQL
}

export const planOf = (papers: number, seed: number): Plan => ({
  papers,
  authors: Math.ceil(papers * 0.6) + 20,
  users: Math.round(papers / 20) + 50,
  organizations: Math.round(papers / 200) + 20,
  keywords: KEYWORD_FAMILIES * Math.round((papers / 2 + 500) / KEYWORD_FAMILIES),
  draw: (row, purpose) =>
    sql`((hashint8extended(${row}, hashtextextended(${literal(purpose)}, ${literal(seed)})) & 1073741823) / 1073741824::float8)`,
})

/** A literal in a statement; never pass user input. */
export const literal = (value: string | number): SQL =>
  sql.raw(typeof value === 'number' ? String(value) : `'${value}'`)

/** An index from 0 to below `size` with a long-tailed distribution: low indexes are drawn most often. */
export function longTailed(size: number, draw: SQL): SQL {
  // The inverse of a distribution whose density falls as (index + offset)^-3/4.
  const offset = size / 600
  const start = offset ** 0.25
  const width = (size + offset) ** 0.25 - start
  return sql`least(${literal(size - 1)}, floor(power(${literal(start)}::float8 + ${literal(width)}::float8 * ${draw}, 4) - ${literal(offset)}::float8))::int`
}

/** Exponentially distributed, at least 0. */
export const waiting = (mean: number, draw: SQL): SQL => sql`(${literal(-mean)}::float8 * ln(1 - ${draw}))`

/** A count from 0 to `most` with a heavy tail: mostly 0, rarely very large. */
export const heavyTailed = (exponent: number, most: number, draw: SQL): SQL =>
  sql`least(${literal(most)}, floor(power(1 - ${draw}, ${literal(-exponent)}::float8)) - 1)::int`
