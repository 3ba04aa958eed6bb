import { asc, getTableColumns, sql } from 'drizzle-orm'
import { paperTopics } from '../../drizzle/tables/paper-topics.ts'
import { topicAliases } from '../../drizzle/tables/slug-aliases.ts'
import { topics } from '../../drizzle/tables/topics.ts'
import type { Db } from '../db/client.ts'
import { statement } from '../db/statement.ts'
import { topicSlugsOf, typedSlug } from '../values/slugs.ts'

export type TopicRow = typeof topics.$inferSelect

/** A topic read with a paper: the columns that name it, and no others. */
export type TopicSummary = Pick<TopicRow, 'id' | 'kind' | 'slug' | 'name'>

const byIds = statement('topics by ids', (db) =>
  db
    .select()
    .from(topics)
    .where(sql`${topics.id} = any(${sql.placeholder('ids')}::bigint[])`),
)
const bySlugs = statement('topics by slugs', (db) =>
  db
    .select({ given: sql<string>`asked.slug`, ...getTableColumns(topics) })
    .from(sql`unnest(${sql.placeholder('slugs')}::text[]) as asked (slug)`)
    .innerJoin(
      topics,
      sql`${topics.id} = coalesce((select id from topics as one where one.slug = asked.slug), (select topic_id from ${topicAliases} where ${topicAliases.slug} = asked.slug))`,
    ),
)
const ofPapers = statement('topics of papers', (db) =>
  db
    .select({ paperId: paperTopics.paperId, ...getTableColumns(topics) })
    .from(paperTopics)
    .innerJoin(topics, sql`${topics.id} = ${paperTopics.topicId}`)
    .where(sql`${paperTopics.paperId} = any(${sql.placeholder('paperIds')}::bigint[])`)
    .orderBy(asc(paperTopics.paperId), asc(topics.kind), asc(paperTopics.position)),
)

/** The topics that exist, in no order. */
export const topicsByIds = (db: Db, ids: readonly number[]): Promise<TopicRow[]> => byIds(db, { ids })

/** The topic with this slug, or that had it before, in any case; null if there is none. */
export async function topicBySlug(db: Db, slug: string): Promise<TopicRow | null> {
  const [row] = await bySlugs(db, { slugs: [typedSlug(slug)] })
  return row ?? null
}

/** The topics that people name by slugs or names, by what they wrote; unknown ones are absent. One statement. */
export async function topicsNamed(db: Db, given: readonly string[]): Promise<Map<string, TopicRow>> {
  const slugs = new Map(given.map((text) => [text, topicSlugsOf(text)]))
  const rows = await bySlugs(db, { slugs: [...new Set([...slugs.values()].flat())] })
  const bySlug = new Map(rows.map(({ given: slug, ...topic }) => [slug, topic]))
  const found = new Map<string, TopicRow>()
  for (const [text, candidates] of slugs) {
    const slug = candidates.find((candidate) => bySlug.has(candidate))
    if (slug !== undefined) found.set(text, bySlug.get(slug) as TopicRow)
  }
  return found
}

/** The topics of papers: categories first, then keywords, each in the order of the source. */
export const topicsOfPapers = (db: Db, paperIds: readonly number[]): Promise<(TopicRow & { paperId: number })[]> =>
  ofPapers(db, { paperIds })
