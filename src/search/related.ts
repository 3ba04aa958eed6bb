import { sql } from 'drizzle-orm'
import { LRUCache } from 'lru-cache'
import type { Db } from '../db/client.ts'
import { executePrepared } from '../db/prepared.ts'
import { AUTHOR_MARK } from './author-names.ts'
import { IMPACT_SCALE } from './index/impact.ts'
import { inverseDocumentFrequency, WEIGHT_SCALE } from './query/term-weights.ts'

/** The most related papers that a client can request. */
export const MOST_RELATED = 50
/** Requests for at most this many related papers compare fewer candidates. */
const FEW = 10

/**
 * Parameters of the search for related papers. They fit into 30 ms for a page of twenty at 200,000 papers. Measured on
 * 3,601 Hugging Face papers, without keywords, by the share of a paper's keywords that its ten nearest papers have:
 * comparing all papers by all terms gives 0.047, these parameters with 1.5 times the candidates 0.036, the twelve rarest
 * terms 0.031, chance 0.005.
 */
const RELATED = {
  /** The candidates are the papers in which these many of the paper's terms have the greatest impact, so many for each. */
  seeds: 8,
  papersPerSeed: 36,
  /** Terms that more than this share of all papers have are used only if there are too few others. */
  commonFrom: 0.2,
  /** The number of candidates that are compared, and of the paper's terms that they are compared by. */
  candidatesForFew: 16,
  candidatesForMost: 64,
  terms: 20,
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

/** The related papers of each of these papers, in two statements. */
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

/** Papers that share the strongest terms of a paper. Each seed reads the first postings of one term. */
async function similarByText(db: Db, paperIds: readonly number[], most: number): Promise<Candidate[]> {
  const rows = await executePrepared<{ paper_id: string; id: string; text: number }>(
    db,
    sql`
    with requested as materialized (
      select serving.paper_count as papers, generation, paper_id, term_ids, impacts
      from search_generations serving join search_papers using (generation)
      where serving and paper_id = any(${sql.param(paperIds)}::bigint[])
    ), strong as materialized (
      select paper_id, term_id, impact, round(${WEIGHT_SCALE}::int * idf * impact / ${IMPACT_SCALE}::int)::int as weight, place
      from (
        select *, row_number() over (partition by paper_id order by is_common, strength desc, term_id) as place
        from (
          select paper_id, term_id, impact, is_common, idf, sqrt(idf) * impact as strength
          from (
            select requested.paper_id, entry.term_id, entry.impact, term.paper_count > ${RELATED.commonFrom}::float8 * papers as is_common,
              ln(1 + (papers - term.paper_count + 0.5::float8) / (term.paper_count + 0.5::float8)) as idf
            from requested cross join lateral unnest(term_ids, impacts) as entry (term_id, impact)
              join search_terms term on term.id = entry.term_id
            where term.paper_count > 1 and left(term.term, 1) <> ${AUTHOR_MARK} offset 0
          ) entries offset 0
        ) entries
      ) entries where place <= ${RELATED.terms}::int
    ), candidates as materialized (
      select paper_id, id from (
        select strong.paper_id, posting.paper_id as id, row_number() over (
          partition by strong.paper_id order by sum(strong.weight * posting.impact) desc, posting.paper_id desc
        ) as place
        from strong cross join lateral (
          select paper_id, impact from search_postings where term_id = strong.term_id
          order by impact desc, paper_id desc limit ${RELATED.papersPerSeed}::int
        ) posting
        where strong.place <= ${RELATED.seeds}::int and posting.paper_id <> strong.paper_id
        group by strong.paper_id, posting.paper_id
      ) found where place <= ${most}::int
    ), own as materialized (
      select paper_id, array_agg(term_id) as terms, array_agg(weight) as weights, sum(weight * impact) as most
      from strong group by paper_id
    )
    select candidates.paper_id, candidates.id, (
        select sum(term.weight * found.impacts[array_position(found.term_ids, term.id)])
        from unnest(own.terms, own.weights) as term (id, weight)
      )::float8 / own.most as text
    from candidates join own using (paper_id) join requested using (paper_id)
      join search_papers found on found.generation = requested.generation and found.paper_id = candidates.id`,
  )
  return rows.map((row) => ({ paperId: Number(row.paper_id), id: Number(row.id), text: row.text }))
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
