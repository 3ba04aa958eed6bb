import { sql } from 'drizzle-orm'
import type { Db } from '../../src/db/client.ts'
import { termIdsIn } from '../../src/search/index/paper-row.ts'
import { NEAR, PROFILE } from '../../src/search/likeness.ts'

// A second, slow implementation of `like`: every paper is compared with the seeds, term by term.

export interface ScannedIndex {
  /** The impact of each term in each paper. */
  papers: Map<number, Map<number, number>>
  names: Set<number>
  paperCounts: Map<number, number>
}

export async function scanIndex(db: Db): Promise<ScannedIndex> {
  const rows = await db.execute<{ id: string; first: number; words: string; impacts: string }>(sql`
    select paper_id as id, first_term as first, encode(title || abstract || other_terms, 'hex') as words,
      encode(impacts, 'hex') as impacts
    from search_papers join search_generations using (generation) where serving`)
  const names = await db.execute<{ id: number }>(sql`select id from search_terms where term like '@%'`)
  const papers = new Map(
    rows.map(({ id, first, words, impacts }) => {
      const stored = Buffer.from(impacts, 'hex')
      const terms = [...termIdsIn(Buffer.from(words, 'hex'), first)]
      return [Number(id), new Map(terms.map((term, place) => [term, Math.floor((stored[place] as number) / 2)]))]
    }),
  )
  const paperCounts = new Map<number, number>()
  for (const impacts of papers.values())
    for (const term of impacts.keys()) paperCounts.set(term, (paperCounts.get(term) ?? 0) + 1)
  return { papers, names: new Set(names.map(({ id }) => id)), paperCounts }
}

/** The papers near to some, nearest first. */
export function nearByScan(
  { papers, names, paperCounts }: ScannedIndex,
  liked: readonly number[],
  unliked: readonly number[] = [],
): { id: number; score: number; likeness: number }[] {
  const impactsIn = (ids: readonly number[], term: number) => ids.map((id) => papers.get(id)?.get(term) ?? 0)
  const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0)
  const shared = (ids: readonly number[], term: number) => {
    const impacts = impactsIn(ids, term)
    return sum(impacts) * impacts.filter((impact) => impact > 0).length
  }
  const terms = new Set([...liked, ...unliked].flatMap((id) => [...(papers.get(id)?.keys() ?? [])]))
  const { perPaper, least: fewest, most } = PROFILE.postings
  const mostPostings = Math.min(most, Math.max(fewest, perPaper * papers.size))
  let postings = 0
  const chosen = [...terms]
    .map((term) => ({ term, liked: shared(liked, term), unliked: shared(unliked, term) }))
    .sort((a, b) => Math.max(b.liked, b.unliked) - Math.max(a.liked, a.unliked) || a.term - b.term)
    .slice(0, PROFILE.weighed)
    .filter(({ term }) => !names.has(term) && (paperCounts.get(term) as number) > 1)
    .map(({ term, liked: own, unliked: others }) => {
      const count = paperCounts.get(term) as number
      const idf = Math.log(1 + (papers.size - count + 0.5) / (count + 0.5))
      const against = others === 0 ? 0 : (PROFILE.against * others) / unliked.length ** 2
      return { term, weight: Math.round((1_000 * idf * (own / liked.length ** 2 - against)) / 57) }
    })
    .filter(({ weight }) => weight !== 0)
    .sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight) || a.term - b.term)
    .slice(0, PROFILE.terms)
    .filter(({ term }, place) => {
      const more = paperCounts.get(term) as number
      const isTaken = place === 0 || postings + more <= mostPostings
      if (isTaken) postings += more
      return isTaken
    })
  const scoreOf = (id: number) => sum(chosen.map(({ term, weight }) => weight * (papers.get(id)?.get(term) ?? 0)))
  const scale = Math.max(1, sum(liked.map(scoreOf)) / liked.length)
  const isSeed = new Set([...liked, ...unliked])
  const others = [...papers.keys()]
    .filter((id) => !isSeed.has(id))
    .map((id) => ({ id, score: scoreOf(id) }))
    .filter(({ score }) => score > 1)
    .sort((a, b) => b.score - a.score || a.id - b.id)
  const nearest = others.slice(0, NEAR.nearest)
  const least = (NEAR.share * sum(nearest.map(({ score }) => score))) / nearest.length
  return others
    .filter(({ score }) => score >= least)
    .slice(0, NEAR.most)
    .map(({ id, score }) => ({ id, score, likeness: score / scale }))
}
