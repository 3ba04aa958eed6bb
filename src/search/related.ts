import { sql } from 'drizzle-orm'
import { LRUCache } from 'lru-cache'
import type { Db } from '../db/client.ts'
import { executePrepared } from '../db/prepared.ts'
import { AUTHOR_MARK } from './author-names.ts'
import { IMPACT_SCALE, impactIn } from './index/impact.ts'
import { readPostings, strongestPapers } from './query/posting-lists.ts'
import { paperCountOf } from './query/term-counts.ts'
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

/** The terms by which a paper is compared with others, strongest first. */
interface StrongTerms {
  paperId: number
  generation: number
  termIds: number[]
  weights: number[]
  /** What the paper's own terms add up to. */
  most: number
}

/** Papers that share the strongest terms of a paper. Each seed gives the papers in which one term has the greatest impact. */
async function similarByText(db: Db, paperIds: readonly number[], most: number): Promise<Candidate[]> {
  const strong = await strongTerms(db, paperIds)
  const lists = await readPostings(db, [...new Set(strong.flatMap(({ termIds }) => termIds.slice(0, RELATED.seeds)))])
  const seeds = new Map([...lists].map(([id, list]) => [id, strongestPapers(list, RELATED.papersPerSeed)]))
  const pairs = strong.flatMap(({ paperId, termIds, weights }) => {
    const scores = new Map<number, number>()
    termIds.slice(0, RELATED.seeds).forEach((termId, n) => {
      for (const { id, impact } of seeds.get(termId) ?? [])
        if (id !== paperId) scores.set(id, (scores.get(id) ?? 0) + (weights[n] as number) * impactIn(impact))
    })
    const best = [...scores].sort(([a, score], [b, other]) => other - score || b - a).slice(0, most)
    return best.map(([id]) => ({ paperId, id }))
  })
  const generation = strong[0]?.generation
  if (generation === undefined || pairs.length === 0) return []
  const entries = strong.flatMap(({ paperId, termIds, weights }) =>
    termIds.map((termId, n) => ({ paperId, termId, weight: weights[n] as number })),
  )
  const rows = await executePrepared<{ paper_id: string; id: string; text: number }>(
    db,
    sql`
    with own as materialized (
      select paper_id, array_agg(term_id) as terms, array_agg(weight) as weights
      from unnest(${column(entries, ({ paperId }) => paperId)}::bigint[], ${column(entries, ({ termId }) => termId)}::int[],
        ${column(entries, ({ weight }) => weight)}::int[]) as entry (paper_id, term_id, weight)
      group by paper_id
    )
    select pair.paper_id, pair.id, (
        select sum(term.weight * (found.impacts[array_position(found.term_ids, term.id)] >> 1))
        from unnest(own.terms, own.weights) as term (id, weight)
      )::float8 as text
    from unnest(${column(pairs, ({ paperId }) => paperId)}::bigint[], ${column(pairs, ({ id }) => id)}::bigint[]) as pair (paper_id, id)
      join own using (paper_id)
      join search_papers found on found.generation = ${generation}::smallint and found.paper_id = pair.id`,
  )
  const mostOf = new Map(strong.map(({ paperId, most }) => [paperId, most]))
  return rows.map(({ paper_id, id, text }) => {
    const paperId = Number(paper_id)
    return { paperId, id: Number(id), text: text / (mostOf.get(paperId) as number) }
  })
}

const column = <Row>(rows: readonly Row[], value: (row: Row) => unknown) => sql`${sql.param(rows.map(value))}`

async function strongTerms(db: Db, paperIds: readonly number[]): Promise<StrongTerms[]> {
  const rows = await executePrepared<{
    paper_id: string
    generation: number
    term_ids: string
    weights: string
    most: number
  }>(
    db,
    sql`
    with requested as materialized (
      select serving.paper_count as papers, generation, paper_id, term_ids, impacts
      from search_generations serving join search_papers using (generation)
      where serving and paper_id = any(${sql.param(paperIds)}::bigint[])
    ), counted as materialized (
      select wanted.id, ${paperCountOf(sql`wanted.id`)} as paper_count
      from (select distinct unnest(term_ids) as id from requested offset 0) as wanted
      cross join lateral (select from search_terms where id = wanted.id and left(term, 1) <> ${AUTHOR_MARK} offset 0) as word
    )
    select paper_id, generation, string_agg(term_id::text, ',' order by place) as term_ids,
      string_agg(weight::text, ',' order by place) as weights, sum(weight * impact)::float8 as most
    from (
      select paper_id, generation, term_id, impact, round(${WEIGHT_SCALE}::int * idf * impact / ${IMPACT_SCALE}::int)::int as weight,
        row_number() over (partition by paper_id order by is_common, sqrt(idf) * impact desc, term_id) as place
      from (
        select requested.paper_id, generation, entry.term_id, entry.impact >> 1 as impact,
          paper_count > ${RELATED.commonFrom}::float8 * papers as is_common,
          ln(1 + (papers - paper_count + 0.5::float8) / (paper_count + 0.5::float8)) as idf
        from requested cross join lateral unnest(term_ids, impacts) as entry (term_id, impact)
          join counted on counted.id = entry.term_id
        where paper_count > 1 offset 0
      ) entries
    ) entries where place <= ${RELATED.terms}::int
    group by paper_id, generation`,
  )
  return rows.map((row) => ({
    paperId: Number(row.paper_id),
    generation: row.generation,
    termIds: row.term_ids.split(',').map(Number),
    weights: row.weights.split(',').map(Number),
    most: row.most,
  }))
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
