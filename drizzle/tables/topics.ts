import { sql } from 'drizzle-orm'
import {
  type AnyPgColumn,
  check,
  doublePrecision,
  index,
  integer,
  pgEnum,
  pgTable,
  text,
  uniqueIndex,
} from 'drizzle-orm/pg-core'
import { TOPIC_KINDS } from '../../src/values/vocabulary.ts'
import { id, lookup, ref } from './columns.ts'

/** CATEGORY: an arXiv subject class. KEYWORD: a free keyword. */
export const topicKind = pgEnum('topic_kind', TOPIC_KINDS)

/**
 * Subjects of papers. Keywords that differ only in case, in invisible characters, or in how their words are separated are
 * one topic. `name`, `paper_count` and `trending_score` are computed from the papers; `check-counts` compares them.
 */
export const topics = pgTable(
  'topics',
  {
    id: id(),
    kind: topicKind('kind').notNull(),
    /** Depends on kind and name alone: `topicSlug` in `src/values/slugs.ts`. */
    slug: text('slug').notNull().unique(),
    /** The spelling that most papers use. */
    name: text('name').notNull(),
    /** What identifies the topic among those of its kind: `normalizedTopicName` in `src/values/text.ts`. */
    normalizedName: text('normalized_name').notNull(),
    paperCount: integer('paper_count').notNull().default(0),
    trendingScore: doublePrecision('trending_score').notNull().default(sql`'-Infinity'`),
    /**
     * The topic that papers of this name have, because a curator merged this one into it; null for one that is not merged. A
     * merged topic has no papers. Never a topic that is merged itself.
     */
    mergedInto: ref('merged_into').references((): AnyPgColumn => topics.id),
    /** The topic that it was merged into first. Not `mergedInto` where that one was merged later; an undo needs it. */
    mergedFirstInto: ref('merged_first_into').references((): AnyPgColumn => topics.id),
    lookup: lookup(),
  },
  (t) => [
    uniqueIndex('topics_normalized_name').on(t.kind, t.normalizedName),
    index('topics_by_papers').on(t.paperCount, t.id),
    index('topics_trending').on(t.trendingScore, t.id),
    index('topics_by_name').on(sql`lower(${t.name}) collate "C"`, t.id),
    index('topics_by_lookup').on(t.lookup),
    index('topics_by_trigrams').using('gin', t.lookup.op('gin_trgm_ops')),
    index('topics_merged').on(t.mergedFirstInto).where(sql`${t.mergedFirstInto} is not null`),
    check('topics_merged_into_another', sql`${t.mergedInto} <> ${t.id}`),
    check('topics_merged_twice_or_not', sql`(${t.mergedInto} is null) = (${t.mergedFirstInto} is null)`),
    check('topics_slug_not_blank', sql`${t.slug} ~ '\\S'`),
    check('topics_name_not_blank', sql`${t.name} ~ '\\S'`),
  ],
)
