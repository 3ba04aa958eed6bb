import { asc, getTableColumns, sql } from 'drizzle-orm'
import { paperTopics } from '../../drizzle/tables/paper-topics.ts'
import { topicAliases } from '../../drizzle/tables/slug-aliases.ts'
import { topics } from '../../drizzle/tables/topics.ts'
import type { Db } from '../db/client.ts'
import { statement } from '../db/statement.ts'
import { topicSlugsOf, typedSlug } from '../values/slugs.ts'
import { bySlug, withOthers } from './named.ts'

const { mergedInto, mergedFirstInto: _mergedFirstInto, ...SHOWN } = getTableColumns(topics)

export type TopicRow = Omit<typeof topics.$inferSelect, 'mergedInto' | 'mergedFirstInto'>

/** A topic read with a paper: the columns that name it, and no others. */
export type TopicSummary = Pick<TopicRow, 'id' | 'kind' | 'slug' | 'name'>

const byIds = statement('topics by ids', (db) =>
  db
    .select({ ...SHOWN, mergedInto })
    .from(topics)
    .where(sql`${topics.id} = any(${sql.placeholder('ids')}::bigint[])`),
)
const bySlugs = statement('topics by slugs', (db) =>
  db
    .select(SHOWN)
    .from(topics)
    .where(sql`${topics.slug} = any(${sql.placeholder('slugs')}::text[]) and ${topics.mergedInto} is null`),
)
const byOtherSlugs = statement('topics by other slugs', (db) =>
  db
    .select({ given: sql<string>`asked.given`, ...SHOWN })
    .from(
      sql`unnest(${sql.placeholder('given')}::text[], ${sql.placeholder('slugs')}::text[]) with ordinality as asked (given, slug, place)`,
    )
    .innerJoin(
      topics,
      sql`${topics.id} = (
        select coalesce(one.merged_into, one.id) from topics as one
        where one.id = coalesce((select id from topics as it where it.slug = asked.slug), (select topic_id from ${topicAliases} where ${topicAliases.slug} = asked.slug)))`,
    )
    .orderBy(sql`asked.place desc`),
)
const ofPapers = statement('topics of papers', (db) =>
  db
    .select({ paperId: paperTopics.paperId, ...SHOWN })
    .from(paperTopics)
    .innerJoin(topics, sql`${topics.id} = ${paperTopics.topicId}`)
    .where(sql`${paperTopics.paperId} = any(${sql.placeholder('paperIds')}::bigint[])`)
    .orderBy(asc(paperTopics.paperId), asc(topics.kind), asc(paperTopics.position)),
)

/** The topics that exist, in no order; also merged ones, as they are stored. */
export const topicsByIds = (db: Db, ids: readonly number[]): Promise<(TopicRow & { mergedInto: number | null })[]> =>
  byIds(db, { ids })

/**
 * The topic with this slug, or that had it before, in any case; null if there is none. A slug of a merged topic gives the one
 * that it was merged into.
 */
export async function topicBySlug(db: Db, given: string): Promise<TopicRow | null> {
  const slugs = [typedSlug(given)]
  const [topic] = await bySlugs(db, { slugs })
  const [former] = topic ? [] : await byOtherSlugs(db, { given: slugs, slugs })
  return topic ?? former ?? null
}

/**
 * The topics that people name by slugs, those of merged topics, former slugs or names, by what they wrote; unknown ones are absent. One statement if
 * all are slugs, two otherwise.
 */
export async function topicsNamed(db: Db, given: readonly string[]): Promise<Map<string, TopicRow>> {
  return withOthers(given, bySlug(given, await bySlugs(db, { slugs: given.map(typedSlug) })), (rest) => {
    const asked = rest.flatMap((text) => topicSlugsOf(text).map((slug) => ({ text, slug })))
    return byOtherSlugs(db, { given: asked.map(({ text }) => text), slugs: asked.map(({ slug }) => slug) })
  })
}

/** The topics of papers: categories first, then keywords, each in the order of the source. */
export const topicsOfPapers = (db: Db, paperIds: readonly number[]): Promise<(TopicRow & { paperId: number })[]> =>
  ofPapers(db, { paperIds })
