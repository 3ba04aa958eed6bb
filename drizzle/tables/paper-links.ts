import { sql } from 'drizzle-orm'
import { check, integer, pgEnum, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import { PAPER_LINK_KINDS } from '../../src/values/vocabulary.ts'
import { ref } from './columns.ts'
import { papers } from './papers.ts'

export const paperLinkKind = pgEnum('paper_link_kind', PAPER_LINK_KINDS)

/** Links to further reading. Links to arXiv are derived from the arXiv id and not stored. */
export const paperLinks = pgTable(
  'paper_links',
  {
    paperId: ref('paper_id')
      .notNull()
      .references(() => papers.id, { onDelete: 'cascade' }),
    kind: paperLinkKind('kind').notNull(),
    url: text('url').notNull(),
    title: text('title'),
    position: integer('position').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.paperId, t.kind, t.url] }),
    check('paper_links_url_form', sql`${t.url} ~ '^https?://'`),
  ],
)
