import { sql } from 'drizzle-orm'
import type { Db } from '../db/client.ts'
import { executePrepared } from '../db/prepared.ts'
import { AUTHOR_MARK } from './author-names.ts'
import { IMPACT_SCALE } from './index/impact.ts'
import { bestPapers, LEAST_SCORE, type ScoredPaper } from './query/best-papers.ts'
import { type PostingList, readPostings } from './query/posting-lists.ts'
import { paperCountOf } from './query/term-counts.ts'
import { inverseDocumentFrequency, WEIGHT_SCALE } from './query/term-weights.ts'

// The terms that some papers stand out by, and the papers that have them: Rocchio's method over the impacts of the index.

/** The ids of papers whose subject others are compared with, and of papers whose subject counts against another. */
export interface Seeds {
  liked: readonly number[]
  unliked: readonly number[]
}

/** The characteristic terms of seeds: what each adds to the score of a paper for an impact of 1, or takes from it. */
export interface Profile {
  terms: readonly WeightedTerm[]
  /** The average score of the liked seeds themselves. */
  ownScore: number
}

interface WeightedTerm {
  id: number
  paperCount: number
  weight: number
}

/** Measured on the topics of daily papers (`npm run topic-seeds`). */
export const PROFILE = {
  /** The number of terms by which papers are compared. */
  terms: 40,
  /** So many terms are weighed, those of the greatest impact: more cost as many look-ups, and do not find more. */
  weighed: 60,
  /** What the unliked seeds together count beside the liked ones. */
  against: 0.5,
  /**
   * How many postings the terms may have together, for each paper of the index, but at least and at most so many: all are
   * read. A term that exceeds the sum is left out, unless it is the first. Without a limit, 3 % more are found.
   */
  postings: { perPaper: 1, least: 20_000, most: 200_000 },
}

const EMPTY: Profile = { terms: [], ownScore: 1 }

/** The profiles of several seeds, in one statement. A profile without terms has no papers in the index. */
export async function profilesOf(db: Db, requested: readonly Seeds[]): Promise<Profile[]> {
  const seeds = requested.flatMap(({ liked, unliked }, profile) => [
    ...liked.map((id) => ({ profile, id, isLiked: 1 })),
    ...unliked.map((id) => ({ profile, id, isLiked: 0 })),
  ])
  const rows = await executePrepared<{
    profile: number
    papers: number
    term_ids: string
    liked: string
    unliked: string
    own: string
    counts: string
  }>(
    db,
    sql`
    with serving as materialized (
      select generation, paper_count from search_generations where serving
    ), entries as materialized (
      select seed.profile, entry.term_id, sum(seed.is_liked) * sum(seed.is_liked * (entry.impact >> 1)) as liked,
        sum(1 - seed.is_liked) * sum((1 - seed.is_liked) * (entry.impact >> 1)) as unliked,
        sum(seed.is_liked * (entry.impact >> 1)) as own
      from unnest(${column(seeds, ({ profile }) => profile)}::int[], ${column(seeds, ({ id }) => id)}::bigint[],
          ${column(seeds, ({ isLiked }) => isLiked)}::int[]) as seed (profile, paper_id, is_liked)
        cross join serving
        join search_papers as found on found.generation = serving.generation and found.paper_id = seed.paper_id
        cross join lateral unnest(found.term_ids, found.impacts) as entry (term_id, impact)
      group by seed.profile, entry.term_id
    ), weighed as materialized (
      select * from (
        select profile, term_id, liked, unliked, own,
          row_number() over (partition by profile order by greatest(liked, unliked) desc, term_id) as place
        from entries
      ) as placed where place <= ${PROFILE.weighed}::int
    ), counted as materialized (
      select wanted.id, ${paperCountOf(sql`wanted.id`)} as paper_count
      from (select distinct term_id as id from weighed offset 0) as wanted
      cross join lateral (select from search_terms where id = wanted.id and left(term, 1) <> ${AUTHOR_MARK} offset 0) as word
    )
    select profile, (select paper_count from serving) as papers, string_agg(term_id::text, ',') as term_ids,
      string_agg(liked::text, ',') as liked, string_agg(unliked::text, ',') as unliked, string_agg(own::text, ',') as own,
      string_agg(paper_count::text, ',') as counts
    from weighed join counted on counted.id = weighed.term_id
    group by profile`,
  )
  const byProfile = new Map(rows.map((row) => [row.profile, row]))
  return requested.map((seeds, profile) => {
    const row = byProfile.get(profile)
    if (row === undefined) return EMPTY
    const [liked, unliked, own, counts] = [row.liked, row.unliked, row.own, row.counts].map(numbersIn) as number[][]
    const entries = numbersIn(row.term_ids).map((id, place) => ({
      id,
      liked: liked?.[place] as number,
      unliked: unliked?.[place] as number,
      own: own?.[place] as number,
      paperCount: counts?.[place] as number,
    }))
    return profileOf(seeds, entries, row.papers)
  })
}

const numbersIn = (text: string): number[] => text.split(',').map(Number)

const column = <Row>(rows: readonly Row[], value: (row: Row) => unknown) => sql`${sql.param(rows.map(value))}`

/** A term of seeds. */
export interface SeedTerm {
  id: number
  paperCount: number
  /** The sum of its impacts in the liked seeds. */
  own: number
  /** The same times the number of these seeds, so that what they have in common counts most. */
  liked: number
  /** As `liked`, of the unliked seeds. */
  unliked: number
}

/** Chooses and weighs the terms of seeds. */
export function profileOf({ liked, unliked }: Seeds, entries: readonly SeedTerm[], papers: number): Profile {
  const against = unliked.length === 0 ? 0 : PROFILE.against / unliked.length ** 2
  const weighed = entries
    // A term that no other paper has finds none.
    .filter(({ paperCount }) => paperCount > 1)
    .map((entry) => {
      const impact = entry.liked / liked.length ** 2 - entry.unliked * against
      const idf = inverseDocumentFrequency(papers, entry.paperCount)
      return { ...entry, weight: Math.round((WEIGHT_SCALE * idf * impact) / IMPACT_SCALE) }
    })
    .filter(({ weight }) => weight !== 0)
    .sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight) || a.id - b.id)
  const { perPaper, least, most } = PROFILE.postings
  const mostPostings = Math.min(most, Math.max(least, perPaper * papers))
  const terms: WeightedTerm[] = []
  let [postings, score] = [0, 0]
  for (const { id, paperCount, weight, own } of weighed.slice(0, PROFILE.terms)) {
    if (terms.length > 0 && postings + paperCount > mostPostings) continue
    postings += paperCount
    terms.push({ id, paperCount, weight })
    score += weight * own
  }
  return { terms, ownScore: Math.max(1, score / liked.length) }
}

/**
 * The papers of which the terms of a profile have the greatest sum of weight × impact, best first, the seeds among them. All
 * postings of the terms are read.
 */
export function papersLike(profile: Profile, lists: ReadonlyMap<number, PostingList>, most: number): ScoredPaper[] {
  if (profile.terms.length === 0) return []
  const terms = profile.terms.map((term) => ({ ...term, term: '', words: 0, titleBoost: 0 }))
  terms.sort((a, b) => Number(a.weight < 0) - Number(b.weight < 0))
  return bestPapers({ terms, allWords: 0, titleBoosts: [], leastTitled: 0, wholeTitle: null }, null, lists, most)
}

/** The postings of all terms of profiles, in one statement. */
export const postingsOf = (db: Db, profiles: readonly Profile[]): Promise<Map<number, PostingList>> =>
  readPostings(db, [...new Set(profiles.flatMap(({ terms }) => terms.map(({ id }) => id)))])

/** Which papers are near: those of the greatest likeness, as long as it is not far below that of the nearest. */
export const NEAR = {
  /** The share of the likeness of the nearest papers that others need. */
  share: 0.6,
  /** The nearest papers whose average likeness is meant. */
  nearest: 10,
  most: 1_000,
}

/** The papers near in subject to some, nearest first, without these and those that count against. Two statements. */
export async function nearPapers(db: Db, seeds: Seeds): Promise<{ papers: readonly ScoredPaper[]; scale: number }> {
  const [profile] = (await profilesOf(db, [seeds])) as [Profile]
  const own = new Set([...seeds.liked, ...seeds.unliked])
  const nearest = papersLike(profile, await postingsOf(db, [profile]), NEAR.most + own.size)
  const others = nearest.filter(({ id, score }) => score > LEAST_SCORE && !own.has(id))
  const first = others.slice(0, NEAR.nearest)
  const least = (NEAR.share * first.reduce((sum, { score }) => sum + score, 0)) / first.length
  return { papers: others.slice(0, NEAR.most).filter(({ score }) => score >= least), scale: profile.ownScore }
}
