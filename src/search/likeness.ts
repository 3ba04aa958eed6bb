import { sql } from 'drizzle-orm'
import type { Db } from '../db/client.ts'
import { numbersIn } from '../db/number-array.ts'
import { executePrepared } from '../db/prepared.ts'
import { AUTHOR_MARK } from './author-names.ts'
import { IMPACT_SCALE, impactIn } from './index/impact.ts'
import { type PaperPostings, termIdsIn } from './index/paper-row.ts'
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

/** The profiles of several seeds, in two statements. A profile without terms has no papers in the index. */
export async function profilesOf(db: Db, requested: readonly Seeds[]): Promise<Profile[]> {
  const index = await readPapers(db, [...new Set(requested.flatMap(({ liked, unliked }) => [...liked, ...unliked]))])
  const entries = requested.map((seeds) => weighedTerms(seeds, index.papers))
  const counts = await countsOfWords(db, [...new Set(entries.flatMap((terms) => terms.map(({ id }) => id)))])
  return requested.map((seeds, profile) => {
    const counted = (entries[profile] as Omit<SeedTerm, 'paperCount'>[]).flatMap((term) => {
      const paperCount = counts.get(term.id)
      return paperCount === undefined ? [] : [{ ...term, paperCount }]
    })
    return counted.length === 0 ? EMPTY : profileOf(seeds, counted, index.paperCount)
  })
}

/** The terms of those of some papers that are in the index. */
async function readPapers(
  db: Db,
  ids: readonly number[],
): Promise<{ paperCount: number; papers: Map<number, PaperPostings> }> {
  const rows = await executePrepared<{
    first_term: number
    papers: number
    paper_id: string
    words: string
    impacts: string
  }>(
    db,
    sql`
      select first_term, paper_count as papers, paper_id, encode(title || abstract || other_terms, 'base64') as words,
        encode(impacts, 'base64') as impacts
      from search_generations join search_papers using (generation)
      where serving and paper_id = any(${sql.param(ids)}::bigint[])`,
  )
  const bytesOf = (base64: string) => Buffer.from(base64, 'base64')
  return {
    paperCount: rows[0]?.papers ?? 0,
    papers: new Map(
      rows.map(({ paper_id, first_term, words, impacts }) => [
        Number(paper_id),
        { termIds: termIdsIn(bytesOf(words), first_term), impacts: bytesOf(impacts) },
      ]),
    ),
  }
}

/** The terms of the greatest impact in some seeds, without how many papers have them. */
function weighedTerms(
  { liked, unliked }: Seeds,
  papers: ReadonlyMap<number, PaperPostings>,
): Omit<SeedTerm, 'paperCount'>[] {
  const sums = new Map<number, { own: number; liked: number; against: number; unliked: number }>()
  for (const [seeds, areLiked] of [
    [liked, true],
    [unliked, false],
  ] as const)
    for (const seed of seeds) {
      const { termIds, impacts } = papers.get(seed) ?? NO_TERMS
      for (let n = 0; n < termIds.length; n += 1) {
        const id = termIds[n] as number
        const impact = impactIn(impacts[n] as number)
        let sum = sums.get(id)
        if (sum === undefined) {
          sum = { own: 0, liked: 0, against: 0, unliked: 0 }
          sums.set(id, sum)
        }
        sum[areLiked ? 'own' : 'against'] += impact
        sum[areLiked ? 'liked' : 'unliked'] += 1
      }
    }
  return [...sums]
    .map(([id, sum]) => ({ id, own: sum.own, liked: sum.liked * sum.own, unliked: sum.unliked * sum.against }))
    .sort((a, b) => Math.max(b.liked, b.unliked) - Math.max(a.liked, a.unliked) || a.id - b.id)
    .slice(0, PROFILE.weighed)
}

const NO_TERMS: PaperPostings = { termIds: new Int32Array(), impacts: new Uint8Array() }

/** How many papers have each of some terms, without those of names. */
async function countsOfWords(db: Db, ids: readonly number[]): Promise<Map<number, number>> {
  if (ids.length === 0) return new Map()
  const [row] = await executePrepared<{ ids: string | null; counts: string | null }>(
    db,
    sql`
      select string_agg(id::text, ',') as ids, string_agg(paper_count::text, ',') as counts
      from (
        select wanted.id, ${paperCountOf(sql`wanted.id`)} as paper_count
        from unnest(${sql.param(ids)}::int[]) as wanted (id)
        cross join lateral (select from search_terms where id = wanted.id and left(term, 1) <> ${AUTHOR_MARK} offset 0) as word
      ) as counted`,
  )
  const counts = numbersIn(row?.counts)
  return new Map(numbersIn(row?.ids).map((id, n) => [id, counts[n] as number]))
}

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

/** The papers near in subject to some, nearest first, without these and those that count against. Three statements. */
export async function nearPapers(db: Db, seeds: Seeds): Promise<{ papers: readonly ScoredPaper[]; scale: number }> {
  const [profile] = (await profilesOf(db, [seeds])) as [Profile]
  const own = new Set([...seeds.liked, ...seeds.unliked])
  const nearest = papersLike(profile, await postingsOf(db, [profile]), NEAR.most + own.size)
  const others = nearest.filter(({ id, score }) => score > LEAST_SCORE && !own.has(id))
  const first = others.slice(0, NEAR.nearest)
  const least = (NEAR.share * first.reduce((sum, { score }) => sum + score, 0)) / first.length
  return { papers: others.slice(0, NEAR.most).filter(({ score }) => score >= least), scale: profile.ownScore }
}
