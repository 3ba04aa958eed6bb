import { sql } from 'drizzle-orm'
import type { Db } from '../../db/client.ts'
import { executePrepared } from '../../db/prepared.ts'
import { unnested } from '../../db/unnested.ts'
import { topicSlug } from '../../values/slugs.ts'
import { normalizedTopicName } from '../../values/text.ts'
import type { TopicKind } from '../../values/vocabulary.ts'
import type { Writing } from '../../writes/writing.ts'
import type { PaperEntry } from '../entry.ts'
import { type ListOfPaper, replacedIn } from './authors.ts'

interface TopicSummary {
  kind: TopicKind
  name: string
}

/** A topic as it is in the catalogue. */
export interface KnownTopic {
  id: number
  kind: TopicKind
  slug: string
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
const topicKey = (kind: TopicKind, normalizedName: string): string => `${kind} ${normalizedName}`

type WantedTopics = ReadonlyMap<string, TopicSummary & { normalizedName: string }>
type TopicRow = { id: string; kind: TopicKind; slug: string; name: string; normalized_name: string }

/** The topics of lists by `topicKey`, without names that are no topic. */
export function wantedTopics(lists: PaperEntry['topics']): WantedTopics {
  const wanted = new Map<string, TopicSummary & { normalizedName: string }>()
  for (const { kind, names } of lists)
    for (const name of names) {
      const normalizedName = normalizedTopicName(name)
      const key = topicKey(kind, normalizedName)
      if (normalizedName !== '' && !wanted.has(key)) wanted.set(key, { kind, name, normalizedName })
    }
  return wanted
}

const byKey = (rows: readonly TopicRow[]) =>
  rows.map(({ id, kind, slug, name, normalized_name }): [string, KnownTopic] => [
    topicKey(kind, normalized_name),
    { id: Number(id), kind, slug, name },
  ])

const WANTED = { kind: 'topic_kind', normalizedName: 'text' }
const TOPIC = { ...WANTED, n: 'int', slug: 'text', name: 'text' }

/** The existing topics of these names. */
export async function topicsByName(tx: Db, wanted: WantedTopics): Promise<Map<string, KnownTopic>> {
  if (wanted.size === 0) return new Map()
  return new Map(
    byKey(
      await executePrepared<TopicRow>(
        tx,
        sql`
          select topics.id, topics.kind, topics.slug, topics.name, topics.normalized_name
          from ${unnested(
            'r',
            WANTED,
            Array.from(wanted.values(), ({ kind, normalizedName }) => ({ kind, normalizedName })),
          )}
          join topics on (topics.kind, topics.normalized_name) = (r.kind, r."normalizedName")`,
      ),
    ),
  )
}

/** Inserts the topics that `known` does not have, and adds them to it. One is called as it is written first, until `renameTopics`. */
export async function addTopics(open: Writing, wanted: WantedTopics, known: Map<string, KnownTopic>): Promise<void> {
  const missing = [...wanted].filter(([key]) => !known.has(key)).map(([, topic]) => topic)
  if (missing.length === 0) return
  const rows = missing.map((topic, n) => ({ ...topic, n, slug: topicSlug(topic.kind, topic.name) }))
  const added = await open.tx.execute<TopicRow>(sql`
    insert into topics (kind, slug, name, normalized_name)
    select r.kind, r.slug, r.name, r."normalizedName" from ${unnested('r', TOPIC, rows)} order by r.n
    returning id, kind, slug, name, normalized_name`)
  for (const [key, topic] of byKey(added)) known.set(key, topic)
  open.announceChange()
}

/** The topics of one kind as a paper writes them, without names that are no topic and without repetitions. */
export function topicsAsWritten(
  kind: TopicKind,
  names: readonly string[],
  topics: ReadonlyMap<string, KnownTopic>,
): ListedTopic[] {
  const listed = new Map<number, ListedTopic>()
  for (const name of names) {
    const normalized = normalizedTopicName(name)
    const topic = topics.get(topicKey(kind, normalized))
    if (topic === undefined || listed.has(topic.id)) continue
    listed.set(topic.id, { id: topic.id, kind, spelling: name === normalized ? null : name })
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
  await executePrepared(
    tx,
    sql`
      insert into paper_topics (paper_id, topic_id, position, published_at, spelling, hidden)
      select r."paperId", r."topicId", r.position, r."publishedAt", r.spelling, r.hidden
      from ${unnested('r', PAPER_TOPIC, rows)}`,
  )
}
