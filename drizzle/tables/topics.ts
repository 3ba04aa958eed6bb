import { sql } from 'drizzle-orm'
import { check, doublePrecision, index, integer, pgEnum, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core'
import { TOPIC_KINDS } from '../../src/values/vocabulary.ts'
import { id, lookup } from './columns.ts'

/** CATEGORY: an arXiv subject class. KEYWORD: a free keyword. */
export const topicKind = pgEnum('topic_kind', TOPIC_KINDS)

/**
 * Subjects of papers. Keywords that differ only in case or spacing are one topic with the spelling that came first.
 * `paper_count` and `trending_score` are computed from the papers; `check-counts` compares them.
 */
export const topics = pgTable(
  'topics',
  {
    id: id(),
    kind: topicKind('kind').notNull(),
    slug: text('slug').notNull().unique(),
    name: text('name').notNull(),
    /** The name in lower case with single spaces. Spellings with the same folded name are one topic. */
    foldedName: text('folded_name').notNull(),
    paperCount: integer('paper_count').notNull().default(0),
    trendingScore: doublePrecision('trending_score').notNull().default(sql`'-Infinity'`),
    lookup: lookup(),
  },
  (t) => [
    uniqueIndex('topics_folded_name').on(t.kind, t.foldedName),
    index('topics_by_papers').on(t.paperCount, t.id),
    index('topics_trending').on(t.trendingScore, t.id),
    index('topics_by_name').on(sql`lower(${t.name}) collate "C"`, t.id),
    index('topics_by_lookup').on(t.lookup),
    index('topics_by_trigrams').using('gin', t.lookup.op('gin_trgm_ops')),
    check('topics_slug_not_blank', sql`${t.slug} ~ '\\S'`),
    check('topics_name_not_blank', sql`${t.name} ~ '\\S'`),
  ],
)
