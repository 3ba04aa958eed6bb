import { sql } from 'drizzle-orm'
import type { Db } from '../../db/client.ts'
import { recordset } from '../../db/recordset.ts'
import { unnested } from '../../db/unnested.ts'
import { topicSlug } from '../../values/slugs.ts'
import { normalizedTopicName } from '../../values/text.ts'
import type { TopicKind } from '../../values/vocabulary.ts'
import type { Writing } from '../../writes/writing.ts'
import { type ListOfPaper, replacedIn } from './authors.ts'

export interface TopicSummary {
  kind: TopicKind
  name: string
}

/** A topic with its name in the catalogue. */
export interface KnownTopic {
  id: number
  name: string
}

/** A topic in the list of a paper. */
export interface ListedTopic {
  id: number
  kind: TopicKind
  /** How the paper writes it; null if as its normalized name. */
  spelling: string | null
}

/** Topics with the same key are one topic. */
export const topicKey = ({ kind, name }: TopicSummary): string => `${kind} ${normalizedTopicName(name)}`

/** Finds or adds topics and returns them by `topicKey`. A new one is called as it is written first, until `renameTopics`. */
export async function saveTopics(open: Writing, names: readonly TopicSummary[]): Promise<Map<string, KnownTopic>> {
  const wanted = new Map<string, TopicSummary & { normalizedName: string }>()
  for (const { kind, name } of names) {
    const normalizedName = normalizedTopicName(name)
    const key = topicKey({ kind, name })
    if (normalizedName !== '' && !wanted.has(key)) wanted.set(key, { kind, name, normalizedName })
  }
  if (wanted.size === 0) return new Map()

  type Row = { id: string; kind: TopicKind; name: string; normalized_name: string }
  const byKey = (rows: Iterable<Row>) =>
    Array.from(rows, (row): [string, KnownTopic] => [
      `${row.kind} ${row.normalized_name}`,
      { id: Number(row.id), name: row.name },
    ])
  const topics = new Map(
    byKey(
      await open.tx.execute<Row>(sql`
        select topics.id, topics.kind, topics.name, topics.normalized_name
        from ${recordset([...wanted.values()], 'r(kind topic_kind, "normalizedName" text)')}
        join topics on (topics.kind, topics.normalized_name) = (r.kind, r."normalizedName")`),
    ),
  )
  const missing = [...wanted].filter(([key]) => !topics.has(key)).map(([, topic]) => topic)
  if (missing.length === 0) return topics
  const rows = missing.map((topic, n) => ({ ...topic, n, slug: topicSlug(topic.kind, topic.name) }))
  const added = await open.tx.execute<Row>(sql`
    insert into topics (kind, slug, name, normalized_name)
    select r.kind, r.slug, r.name, r."normalizedName"
    from ${recordset(rows, 'r(n int, kind topic_kind, slug text, name text, "normalizedName" text)')} order by r.n
    returning id, kind, name, normalized_name`)
  for (const [key, topic] of byKey(added)) topics.set(key, topic)
  open.announceChange()
  return topics
}

/** The topics of one kind as a paper writes them, without names that are no topic and without repetitions. */
export function topicsAsWritten(
  kind: TopicKind,
  names: readonly string[],
  topics: ReadonlyMap<string, KnownTopic>,
): ListedTopic[] {
  const listed = new Map<number, ListedTopic>()
  for (const name of names) {
    const topic = topics.get(topicKey({ kind, name }))
    if (topic === undefined || listed.has(topic.id)) continue
    listed.set(topic.id, { id: topic.id, kind, spelling: name === normalizedTopicName(name) ? null : name })
  }
  return [...listed.values()]
}

export const sameTopics = (some: readonly ListedTopic[], others: readonly ListedTopic[]): boolean =>
  some.length === others.length &&
  some.every(({ id, spelling }, n) => id === others[n]?.id && spelling === others[n].spelling)

/**
 * The topics whose most frequent spelling may be another one after the lists of papers changed: those that a paper left or
 * writes in another way, and those that a paper joined and does not call by their name.
 */
export function perhapsRenamed(
  lists: readonly { topics: readonly ListedTopic[]; before: readonly ListedTopic[] }[],
  known: ReadonlyMap<string, KnownTopic>,
): number[] {
  const names = new Map(
    [...known].map(([key, { id, name }]) => [id, { name, normalized: key.slice(key.indexOf(' ') + 1) }]),
  )
  const ids = new Set<number>()
  const isIn = (list: readonly ListedTopic[], { id, spelling }: ListedTopic) =>
    list.some((topic) => topic.id === id && topic.spelling === spelling)
  for (const { topics, before } of lists) {
    for (const topic of before) if (!isIn(topics, topic)) ids.add(topic.id)
    for (const topic of topics) {
      const { name, normalized } = names.get(topic.id) ?? {}
      if (!isIn(before, topic) && (topic.spelling ?? normalized) !== name) ids.add(topic.id)
    }
  }
  return [...ids]
}

const PAPER_TOPIC = {
  paperId: 'bigint',
  topicId: 'bigint',
  position: 'int',
  publishedAt: 'timestamptz',
  hidden: 'boolean',
  spelling: 'text',
}

/** Replaces the topic lists of papers. */
export async function replaceTopicLists(
  tx: Db,
  lists: readonly (ListOfPaper & { topics: readonly ListedTopic[] })[],
): Promise<void> {
  if (lists.length === 0) return
  const rows = lists.flatMap(({ paperId, publishedAt, hidden, topics }) =>
    topics.map(({ id, spelling }, index) => ({
      paperId,
      topicId: id,
      position: index + 1,
      publishedAt,
      hidden,
      spelling,
    })),
  )
  const replaced = replacedIn(lists)
  if (replaced.length > 0)
    await tx.execute(sql`delete from paper_topics where paper_id = any(${sql.param(replaced)}::bigint[])`)
  await tx.execute(sql`
    insert into paper_topics (paper_id, topic_id, position, published_at, spelling, hidden)
    select r."paperId", r."topicId", r.position, r."publishedAt", r.spelling, r.hidden
    from ${unnested('r', PAPER_TOPIC, rows)}`)
}
