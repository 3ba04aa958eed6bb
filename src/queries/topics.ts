import { asc, getTableColumns, sql } from 'drizzle-orm'
import { paperTopics } from '../../drizzle/tables/paper-topics.ts'
import { topics } from '../../drizzle/tables/topics.ts'
import type { Db } from '../db/client.ts'
import { statement } from '../db/statement.ts'

export type TopicRow = typeof topics.$inferSelect

/** A topic read with a paper: the columns that name it, and no others. */
export type TopicName = Pick<TopicRow, 'id' | 'kind' | 'slug' | 'name'>

const byIds = statement('topics by ids', (db) =>
  db
    .select()
    .from(topics)
    .where(sql`${topics.id} = any(${sql.placeholder('ids')}::bigint[])`),
)
const bySlugs = statement('topics by slugs', (db) =>
  db
    .select()
    .from(topics)
    .where(sql`${topics.slug} = any(${sql.placeholder('slugs')}::text[])`),
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

/** The topics with these slugs, in any case. Stored slugs are in lower case. */
export const topicsBySlugs = (db: Db, slugs: readonly string[]): Promise<TopicRow[]> =>
  bySlugs(db, { slugs: slugs.map((slug) => slug.toLowerCase()) })

/** The topics of papers: categories first, then keywords, each in the order of the source. */
export const topicsOfPapers = (db: Db, paperIds: readonly number[]): Promise<(TopicRow & { paperId: number })[]> =>
  ofPapers(db, { paperIds })
