import { sql } from 'drizzle-orm'
import type { Db } from '../../db/client.ts'
import { recordset } from '../../db/recordset.ts'
import { categorySlug, keywordSlug } from '../../values/slugs.ts'
import { lowercaseName } from '../../values/text.ts'
import type { TopicKind } from '../../values/vocabulary.ts'
import type { Writing } from '../../writes/writing.ts'
import { freeSlugs } from './free-slugs.ts'

export interface TopicName {
  kind: TopicKind
  name: string
}

/** Topics with the same key are one topic. */
export const topicKey = ({ kind, name }: TopicName): string => `${kind} ${lowercaseName(name)}`

/** Finds or adds topics and returns their ids by `topicKey`. The first spelling becomes the name. */
export async function saveTopics(open: Writing, names: readonly TopicName[]): Promise<Map<string, number>> {
  const wanted = new Map<string, TopicName & { foldedName: string }>()
  for (const { kind, name } of names) {
    const key = topicKey({ kind, name })
    if (!wanted.has(key)) wanted.set(key, { kind, name, foldedName: lowercaseName(name) })
  }
  if (wanted.size === 0) return new Map()

  const { tx } = open
  const known = await tx.execute<{ id: string; kind: TopicKind; folded_name: string }>(sql`
    select topics.id, topics.kind, topics.folded_name
    from ${recordset([...wanted.values()], 'r(kind topic_kind, "foldedName" text)')}
    join topics on (topics.kind, topics.folded_name) = (r.kind, r."foldedName")`)
  const ids = new Map(known.map((row) => [`${row.kind} ${row.folded_name}`, Number(row.id)]))

  const missing = [...wanted].filter(([key]) => !ids.has(key)).map(([, topic]) => topic)
  if (missing.length === 0) return ids
  const slugs = await freeSlugs(
    tx,
    'topics',
    missing.map(({ kind, name }) => (kind === 'CATEGORY' ? categorySlug(name) : keywordSlug(name))),
  )
  const rows = missing.map((topic, n) => ({ ...topic, n, slug: slugs[n] }))
  const added = await tx.execute<{ id: string; kind: TopicKind; folded_name: string }>(sql`
    insert into topics (kind, slug, name, folded_name)
    select r.kind, r.slug, r.name, r."foldedName"
    from ${recordset(rows, 'r(n int, kind topic_kind, slug text, name text, "foldedName" text)')} order by r.n
    returning id, kind, folded_name`)
  for (const row of added) ids.set(`${row.kind} ${row.folded_name}`, Number(row.id))
  open.announceChange()
  return ids
}

/** Replaces the topic lists of papers. */
export async function replaceTopicLists(
  tx: Db,
  lists: readonly { paperId: number; publishedAt: string; topicIds: readonly number[] }[],
): Promise<void> {
  if (lists.length === 0) return
  const rows = lists.flatMap(({ paperId, publishedAt, topicIds }) =>
    topicIds.map((topicId, index) => ({ paperId, topicId, position: index + 1, publishedAt })),
  )
  const paperIds = lists.map((list) => list.paperId)
  await tx.execute(sql`delete from paper_topics where paper_id = any(${sql.param(paperIds)}::bigint[])`)
  await tx.execute(sql`
    insert into paper_topics (paper_id, topic_id, position, published_at, hidden)
    select r."paperId", r."topicId", r.position, r."publishedAt", (select hidden_at is not null from papers where id = r."paperId")
    from ${recordset(rows, 'r("paperId" bigint, "topicId" bigint, position int, "publishedAt" timestamptz)')}`)
}
