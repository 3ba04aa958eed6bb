import { sql } from 'drizzle-orm'
import { check, index, integer, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core'
import { id, instant, lookup } from './columns.ts'

/**
 * Laboratories, companies and universities. `paper_count` and `vote_count` are computed from the papers; `check-counts`
 * compares them.
 */
export const organizations = pgTable(
  'organizations',
  {
    id: id(),
    slug: text('slug').notNull(),
    name: text('name').notNull(),
    avatarUrl: text('avatar_url'),
    /** The permanent id at the source, which stays when the name changes, such as `hf:6a90c1f04b1d2e3f4a5b6c07`. */
    sourceKey: text('source_key').unique(),
    /** The newest moment at which a source used this slug and name; null for an organization that no import named. */
    namedAsOf: instant('named_as_of'),
    paperCount: integer('paper_count').notNull().default(0),
    voteCount: integer('vote_count').notNull().default(0),
    lookup: lookup(),
  },
  (t) => [
    uniqueIndex('organizations_slug').on(sql`lower(${t.slug})`),
    index('organizations_by_papers').on(t.paperCount, t.id),
    index('organizations_by_votes').on(t.voteCount, t.id),
    index('organizations_by_name').on(sql`lower(${t.name}) collate "C"`, t.id),
    index('organizations_by_lookup').on(t.lookup),
    index('organizations_by_trigrams').using('gin', t.lookup.op('gin_trgm_ops')),
    check('organizations_slug_not_blank', sql`${t.slug} ~ '\\S'`),
    check('organizations_name_not_blank', sql`${t.name} ~ '\\S'`),
  ],
)
