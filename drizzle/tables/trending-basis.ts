import { sql } from 'drizzle-orm'
import { boolean, check, doublePrecision, pgTable } from 'drizzle-orm/pg-core'

/** The half-life of the stored scores, in one row. A server that starts with another half-life recomputes the scores. */
export const trendingBasis = pgTable(
  'trending_basis',
  {
    only: boolean('only').primaryKey().default(true),
    halfLifeHours: doublePrecision('half_life_hours').notNull(),
  },
  (t) => [
    check('trending_basis_one_row', sql`${t.only}`),
    check('trending_basis_positive', sql`${t.halfLifeHours} > 0`),
  ],
)
