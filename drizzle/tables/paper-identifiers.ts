import { sql } from 'drizzle-orm'
import { check, index, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import { ref } from './columns.ts'
import { papers } from './papers.ts'

/**
 * Identifiers other than the arXiv id and the DOI, which are columns of `papers`. Schemes are `openreview`, `s2`, `openalex`
 * and those of sources.
 */
export const paperIdentifiers = pgTable(
  'paper_identifiers',
  {
    scheme: text('scheme').notNull(),
    value: text('value').notNull(),
    paperId: ref('paper_id')
      .notNull()
      .references(() => papers.id, { onDelete: 'cascade' }),
  },
  (t) => [
    primaryKey({ columns: [t.scheme, t.value] }),
    index('paper_identifiers_of_paper').on(t.paperId),
    check(
      'paper_identifiers_scheme_form',
      sql`${t.scheme} ~ '^[a-z][a-z0-9-]*$' and ${t.scheme} not in ('arxiv', 'doi')`,
    ),
  ],
)
