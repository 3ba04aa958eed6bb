import { type SQL, sql } from 'drizzle-orm'
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

/** The topic that papers have by a name: the one of that name, or the one that it was merged into. */
export interface KnownTopic {
  id: number
  /** The topic of that name. */
  namedId: number
  kind: TopicKind
  slug: string
  name: string
}

/** A topic that a paper names. */
export interface ListedTopic {
  /** The topic that the paper has by this name. Names of merged topics can have the same. */
  id: number
  namedId: number
  kind: TopicKind
  /** How the paper writes it; null if as its normalized name. */
  spelling: string | null
}

/** Topics with the same key are one topic. */
const topicKey = (kind: TopicKind, normalizedName: string): string => `${kind} ${normalizedName}`

type WantedTopics = ReadonlyMap<string, TopicSummary & { normalizedName: string }>
type TopicRow = Record<'id' | 'named_id' | 'slug' | 'name' | 'normalized_name', string> & { kind: TopicKind }

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
  rows.map(({ id, named_id, kind, slug, name, normalized_name }): [string, KnownTopic] => [
    topicKey(kind, normalized_name),
    { id: Number(id), namedId: Number(named_id), kind, slug, name },
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
          select topic.id, named.id as named_id, named.kind, topic.slug, topic.name, named.normalized_name
          from ${unnested(
            'r',
            WANTED,
            Array.from(wanted.values(), ({ kind, normalizedName }) => ({ kind, normalizedName })),
          )}
          join topics as named on (named.kind, named.normalized_name) = (r.kind, r."normalizedName")
          join topics as topic on topic.id = coalesce(named.merged_into, named.id)`,
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
    returning id, id as named_id, kind, slug, name, normalized_name`)
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
    if (topic === undefined || listed.has(topic.namedId)) continue
    const { id, namedId } = topic
    listed.set(namedId, { id, namedId, kind, spelling: name === normalized ? null : name })
  }
  return [...listed.values()]
}

export const sameTopics = (some: readonly ListedTopic[], others: readonly ListedTopic[]): boolean =>
  some.length === others.length &&
  some.every(({ namedId, spelling }, n) => namedId === others[n]?.namedId && spelling === others[n].spelling)

/**
 * The topics whose most frequent spelling may be another one after the lists of papers changed: those that a paper left or
 * writes in another way, and those that a paper joined and does not call by their name. Names of merged topics name nothing.
 */
export function perhapsRenamed(
  lists: readonly { topics: readonly ListedTopic[]; before: readonly ListedTopic[] }[],
  known: ReadonlyMap<string, KnownTopic>,
): number[] {
  const names = new Map(
    [...known].map(([key, { namedId, name }]) => [namedId, { name, normalized: key.slice(key.indexOf(' ') + 1) }]),
  )
  const ids = new Set<number>()
  const isIn = (list: readonly ListedTopic[], { namedId, spelling }: ListedTopic) =>
    list.some((topic) => topic.namedId === namedId && topic.spelling === spelling)
  const own = (list: readonly ListedTopic[]) => list.filter(({ id, namedId }) => id === namedId)
  for (const { topics, before } of lists) {
    for (const topic of own(before)) if (!isIn(topics, topic)) ids.add(topic.id)
    for (const topic of own(topics)) {
      const { name, normalized } = names.get(topic.id) ?? {}
      if (!isIn(before, topic) && (topic.spelling ?? normalized) !== name) ids.add(topic.id)
    }
  }
  return [...ids]
}

const PAPER_TOPIC = {
  paperId: 'bigint',
  topicId: 'bigint',
  namedTopicId: 'bigint',
  position: 'int',
  publishedAt: 'timestamptz',
  hidden: 'boolean',
  spelling: 'text',
}
const REPEAT = { paperId: 'bigint', namedTopicId: 'bigint', position: 'int', spelling: 'text' }

/** Replaces the topic lists of papers. */
export async function replaceTopicLists(
  tx: Db,
  lists: readonly (ListOfPaper & { topics: readonly ListedTopic[] })[],
): Promise<void> {
  if (lists.length === 0) return
  const rows = lists.flatMap(({ paperId, publishedAt, hidden, topics }) => {
    const seen = new Set<number>()
    return topics.map(({ id, namedId, spelling }, index) => {
      const isRepeat = seen.has(id)
      seen.add(id)
      const named = { paperId, namedTopicId: namedId, position: index + 1, spelling }
      return {
        isRepeat,
        named,
        row: { ...named, topicId: id, namedTopicId: id === namedId ? null : namedId, publishedAt, hidden },
      }
    })
  })
  const replaced = replacedIn(lists)
  for (const table of replaced.length > 0 ? ['paper_topics', 'paper_topic_repeats'] : [])
    await tx.execute(sql`delete from ${sql.identifier(table)} where paper_id = any(${sql.param(replaced)}::bigint[])`)
  const first = rows.filter(({ isRepeat }) => !isRepeat).map(({ row }) => row)
  await executePrepared(
    tx,
    sql`
      insert into paper_topics (paper_id, topic_id, named_topic_id, position, published_at, spelling, hidden)
      select r."paperId", r."topicId", r."namedTopicId", r.position, r."publishedAt", r.spelling, r.hidden
      from ${unnested('r', PAPER_TOPIC, first)}`,
  )
  const repeats = rows.filter(({ isRepeat }) => isRepeat).map(({ named }) => named)
  if (repeats.length > 0)
    await tx.execute(sql`
      insert into paper_topic_repeats (paper_id, named_topic_id, position, spelling)
      select r."paperId", r."namedTopicId", r.position, r.spelling from ${unnested('r', REPEAT, repeats)}`)
}

/** A topic that a paper names, as the paper writes it. */
export interface WrittenTopic extends ListedTopic {
  written: string
}

/**
 * All topics that papers name, in the order of the sources.
 *
 * @param among completes `paper_id =`
 */
export async function readNamedTopics(tx: Db, among: SQL): Promise<(WrittenTopic & { paperId: number })[]> {
  const rows = await executePrepared<
    Record<'paper_id' | 'topic_id' | 'named_id' | 'written', string> & Pick<ListedTopic, 'kind' | 'spelling'>
  >(
    tx,
    sql`
      select paper_id, coalesce(merged_into, named.id) as topic_id, named.id as named_id, kind, spelling,
        coalesce(spelling, normalized_name) as written
      from (
        select paper_id, coalesce(named_topic_id, topic_id) as named_id, position, spelling from paper_topics
        where paper_id = ${among}
        union all
        select paper_id, named_topic_id, position, spelling from paper_topic_repeats where paper_id = ${among}
      ) as listed join topics as named on named.id = listed.named_id
      order by paper_id, position`,
  )
  return rows.map(({ paper_id, topic_id, named_id, ...topic }) => ({
    ...topic,
    paperId: Number(paper_id),
    id: Number(topic_id),
    namedId: Number(named_id),
  }))
}

/** Writes the topic lists of papers again, after it changed which names are the same topic. */
export async function rewriteTopicLists(tx: Db, paperIds: readonly number[]): Promise<void> {
  if (paperIds.length === 0) return
  const among = sql`any(${sql.param([...paperIds])}::bigint[])`
  const papers = await tx.execute<{ id: string; published_at: string; hidden: boolean }>(
    sql`select id, published_at, hidden_at is not null as hidden from papers where id = ${among}`,
  )
  const topics = Map.groupBy(await readNamedTopics(tx, among), ({ paperId }) => paperId)
  await replaceTopicLists(
    tx,
    papers.map(({ id, published_at: publishedAt, hidden }) => ({
      paperId: Number(id),
      publishedAt,
      hidden,
      isNew: false,
      topics: topics.get(Number(id)) ?? [],
    })),
  )
}
