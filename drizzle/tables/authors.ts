import { sql } from 'drizzle-orm'
import { type AnyPgColumn, check, index, integer, pgTable, text } from 'drizzle-orm/pg-core'
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
    /**
     * The author of papers that print this name, because a curator merged this one into it; null for one who is not merged. A
     * merged author has no papers. Never an author who is merged.
     */
    mergedInto: ref('merged_into').references((): AnyPgColumn => authors.id),
    /** The author whom it was merged into first. Not `mergedInto` where that one was merged later; an undo needs it. */
    mergedFirstInto: ref('merged_first_into').references((): AnyPgColumn => authors.id),
    lookup: lookup(),
  },
  (t) => [
    index('authors_by_papers').on(t.paperCount, t.id),
    index('authors_by_votes').on(t.voteCount, t.id),
    index('authors_by_name').on(sql`lower(${t.name}) collate "C"`, t.id),
    index('authors_by_lookup').on(t.lookup),
    index('authors_by_trigrams').using('gin', t.lookup.op('gin_trgm_ops')),
    index('authors_merged').on(t.mergedFirstInto).where(sql`${t.mergedFirstInto} is not null`),
    check('authors_merged_into_another', sql`${t.mergedInto} <> ${t.id}`),
    check('authors_merged_twice_or_not', sql`(${t.mergedInto} is null) = (${t.mergedFirstInto} is null)`),
    check('authors_slug_not_blank', sql`${t.slug} ~ '\\S'`),
    check('authors_name_not_blank', sql`${t.name} ~ '\\S'`),
  ],
)
