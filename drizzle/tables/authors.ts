import { sql } from 'drizzle-orm'
import { check, index, integer, pgTable, text } from 'drizzle-orm/pg-core'
import { id, lookup, ref } from './columns.ts'
import { users } from './users.ts'

/**
 * Author names as printed on papers. Sources do not distinguish people with the same name, so one name is one author.
 * `paper_count` and `vote_count` are computed from the papers; `check-counts` compares them.
 */
export const authors = pgTable(
  'authors',
  {
    id: id(),
    slug: text('slug').notNull().unique(),
    name: text('name').notNull().unique(),
    /** The account that a source confirmed for this name. Later confirmations do not change it. */
    userId: ref('user_id').references(() => users.id, { onDelete: 'set null' }),
    paperCount: integer('paper_count').notNull().default(0),
    voteCount: integer('vote_count').notNull().default(0),
    lookup: lookup(),
  },
  (t) => [
    index('authors_by_papers').on(t.paperCount, t.id),
    index('authors_by_votes').on(t.voteCount, t.id),
    index('authors_by_name').on(sql`lower(${t.name}) collate "C"`, t.id),
    index('authors_by_lookup').on(t.lookup),
    index('authors_by_trigrams').using('gin', t.lookup.op('gin_trgm_ops')),
    check('authors_slug_not_blank', sql`${t.slug} ~ '\\S'`),
    check('authors_name_not_blank', sql`${t.name} ~ '\\S'`),
  ],
)
