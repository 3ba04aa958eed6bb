import { sql } from 'drizzle-orm'
import { LRUCache } from 'lru-cache'
import type { Db } from '../db/client.ts'
import { executePrepared } from '../db/prepared.ts'
import { papersLike, postingsOf, profilesOf } from './likeness.ts'
import { inverseDocumentFrequency } from './query/term-weights.ts'

/** The most related papers that a client can request. */
export const MOST_RELATED = 50
/** Requests for at most this many related papers compare fewer candidates. */
const FEW = 10

/** Parameters of the search for related papers. */
const RELATED = {
  /** The number of papers nearest by their text whose topics are compared. */
  candidatesForFew: 16,
  candidatesForMost: 64,
  /** The share of the score that shared topics have; the rest is that of the text. */
  topicShare: 0.25,
}

const PRECISION = 1_000_000

/** Caches related papers until the catalogue changes. */
export class RelatedPapers {
  readonly #cache = new LRUCache<string, readonly number[]>({ max: 10_000 })
  #changes = 0

  /** The ids of the related papers of each requested paper, best first; none for a paper that is not in the index. */
  async of(db: Db, requested: readonly { paperId: number; limit: number }[]): Promise<(readonly number[])[]> {
    const results = new Map<string, readonly number[]>()
    const missing: Record<'few' | 'most', number[]> = { few: [], most: [] }
    const keys = requested.map(({ paperId, limit }) => {
      const size = limit <= FEW ? 'few' : 'most'
      const key = `${paperId} ${size}`
      const cached = results.get(key) ?? this.#cache.get(key)
      if (cached === undefined) missing[size].push(paperId)
      results.set(key, cached ?? [])
      return key
    })
    const changes = this.#changes
    for (const size of ['few', 'most'] as const) {
      if (missing[size].length === 0) continue
      for (const [paperId, ids] of await relatedPapers(db, missing[size], size === 'few')) {
        results.set(`${paperId} ${size}`, ids)
        // Ids that were read before a change can be outdated.
        if (changes === this.#changes) this.#cache.set(`${paperId} ${size}`, ids)
      }
    }
    return keys.map((key, index) => results.get(key)?.slice(0, requested[index]?.limit) ?? [])
  }

  clear(): void {
    this.#changes += 1
    this.#cache.clear()
  }
}

interface Candidate {
  paperId: number
  id: number
  /** The similarity of its text to the paper's: 1 for the paper itself. */
  text: number
}

/** The related papers of each of these papers, in four statements. */
async function relatedPapers(db: Db, paperIds: readonly number[], few: boolean): Promise<Map<number, number[]>> {
  const candidates = await similarByText(db, paperIds, few ? RELATED.candidatesForFew : RELATED.candidatesForMost)
  const shared = candidates.length > 0 ? await sharedTopics(db, candidates) : new Map<string, number>()
  const scored = candidates.map(({ paperId, id, text }) => {
    const topics = shared.get(`${paperId} ${id}`) ?? 0
    const score = (1 - RELATED.topicShare) * Math.min(1, text) + RELATED.topicShare * topics
    return { paperId, id, score: Math.round(PRECISION * score) }
  })
  const related = new Map<number, number[]>(paperIds.map((id) => [id, []]))
  for (const { paperId, id } of scored.sort((a, b) => b.score - a.score || b.id - a.id)) related.get(paperId)?.push(id)
  return related
}

/** The papers that have most of the characteristic terms of each paper. */
async function similarByText(db: Db, paperIds: readonly number[], most: number): Promise<Candidate[]> {
  const profiles = await profilesOf(
    db,
    paperIds.map((id) => ({ liked: [id], unliked: [] })),
  )
  const lists = await postingsOf(db, profiles)
  return profiles.flatMap((profile, place) => {
    const paperId = paperIds[place] as number
    const nearest = papersLike(profile, lists, most + 1).filter(({ id }) => id !== paperId)
    return nearest.slice(0, most).map(({ id, score }) => ({ paperId, id, text: score / profile.ownScore }))
  })
}

/** The share of a paper's topics that a candidate has, weighted by idf: 1 if it has all of them. */
async function sharedTopics(db: Db, candidates: readonly Candidate[]): Promise<Map<string, number>> {
  const rows = await executePrepared<{
    paper_id: string
    topic_id: string
    papers: number
    paper_count: number
    has: string[]
  }>(
    db,
    sql`
    with pairs as materialized (
      select * from unnest(${sql.param(candidates.map(({ paperId }) => paperId))}::bigint[],
        ${sql.param(candidates.map(({ id }) => id))}::bigint[]) as pair (paper_id, id)
    )
    select own.paper_id, topic_id, topic.paper_count,
      (select paper_count from search_generations where serving) as papers,
      array(
        select id from pairs join paper_topics theirs on theirs.paper_id = id and theirs.topic_id = own.topic_id
        where pairs.paper_id = own.paper_id
      ) as has
    from paper_topics own join topics topic on topic.id = own.topic_id
    where own.paper_id in (select paper_id from pairs)`,
  )
  const weighed = rows.map((row) => ({
    paperId: Number(row.paper_id),
    weight: inverseDocumentFrequency(Math.max(row.papers, row.paper_count), row.paper_count),
    has: row.has,
  }))
  const totals = new Map<number, number>()
  for (const { paperId, weight } of weighed) totals.set(paperId, (totals.get(paperId) ?? 0) + weight)
  const shared = new Map<string, number>()
  for (const { paperId, weight, has } of weighed)
    for (const id of has) {
      const key = `${paperId} ${id}`
      shared.set(key, (shared.get(key) ?? 0) + weight / (totals.get(paperId) as number))
    }
  return shared
}
