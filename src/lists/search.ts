import { type SQL, sql } from 'drizzle-orm'
import { papers } from '../../drizzle/tables/papers.ts'
import type { Db } from '../db/client.ts'
import type { ScoredPaper } from '../search/query/best-papers.ts'
import { rewriteQuery } from '../search/query/parse.ts'
import { type RankingTerms, rankingOf } from '../search/query/ranking.ts'
import { resolveQuery } from '../search/query/resolve.ts'
import type { ResolvedQuery } from '../search/query/resolved-query.ts'
import { scoredPapers } from '../search/query/score.ts'
import { SCORE_SCALE } from '../search/query/term-weights.ts'
import { type Condition, everyCondition } from './condition.ts'
import { encodeCursor, type Order, type Page, type PageItem, type PageRequest } from './page.ts'
import type { PaperSelection } from './paper-list.ts'

/** The order of a search, for its cursors. Scores are whole numbers; see `SCORE_SCALE`. */
export const SEARCH_ORDER: Order = { name: 'search', key: sql`score`, type: 'int8', descending: true }

export interface SearchHit extends PageItem {
  /** BM25F over title, abstract and names; see `src/search/index/impact.ts`. */
  score: number
}

export interface SearchResult {
  page: Page<SearchHit>
  /** The query that was run instead, if words or phrases of the query are in no paper; null otherwise. */
  correctedQuery: string | null
  /** The terms that papers were ranked by, with their weights; for highlights. */
  termWeights: ReadonlyMap<string, number>
  /** All papers found, best first, `SEARCH_DEPTH` at most. */
  paperIds: number[]
}

/**
 * Finds papers by words, best first. If no paper has a phrase, its words are searched for instead, and the corrected
 * query says so. Two or three statements and those of the filter; more if words are corrected.
 */
export async function searchPapers(
  db: Db,
  { query, selection }: { query: string; selection: PaperSelection },
  request: PageRequest,
): Promise<SearchResult> {
  const [resolved, conditions] = await Promise.all([resolveQuery(db, query), selection.conditions(db)])
  const ranking = rankingOf(resolved)
  if (conditions === null) return resultOf(resolved, ranking, [], request)
  const found = await rankedPapers(db, ranking, resolved, conditions)
  if (found.length > 0 || !hasPhrase(resolved)) return resultOf(resolved, ranking, found, request)
  const relaxed = await resolveQuery(db, withoutQuotes(resolved.query.text), { corrects: false })
  const relaxedRanking = rankingOf(relaxed)
  const relaxedFound = await rankedPapers(db, relaxedRanking, relaxed, conditions)
  if (relaxedFound.length === 0) return resultOf(resolved, ranking, [], request)
  return resultOf({ ...relaxed, correctedText: relaxed.query.text }, relaxedRanking, relaxedFound, request)
}

const resultOf = (
  { correctedText }: ResolvedQuery,
  { terms }: RankingTerms,
  found: readonly ScoredPaper[],
  request: PageRequest,
): SearchResult => ({
  page: pageOf(found, request),
  correctedQuery: correctedText,
  termWeights: new Map(terms.map(({ term, weight }) => [term, weight])),
  paperIds: found.map(({ id }) => id),
})

const hasPhrase = ({ query }: ResolvedQuery): boolean =>
  query.clauses.some((clause) => clause.some(({ kind }) => kind === 'phrase'))

const withoutQuotes = (text: string): string =>
  rewriteQuery(text, (content, kind) => (kind === 'phrase' ? null : content))

/**
 * The page starts after the cursor's score and not after its paper: scores can change when papers come and go. Papers without
 * a score are the newest first.
 */
function pageOf(found: readonly ScoredPaper[], { limit, after }: PageRequest): Page<SearchHit> {
  const isOnPage = ({ score, id }: ScoredPaper) =>
    after === null ||
    score < Number(after.key) ||
    (score === Number(after.key) && (score === 0 ? id < after.id : id > after.id))
  const first = found.findIndex(isOnPage)
  const items = first < 0 ? [] : found.slice(first, first + limit)
  return {
    items: items.map(({ id, score }) => ({
      id,
      score: score / SCORE_SCALE,
      cursor: encodeCursor(SEARCH_ORDER, { key: String(score), id }),
    })),
    hasNextPage: first >= 0 && first + limit < found.length,
    hasPreviousPage: after !== null,
  }
}

async function rankedPapers(
  db: Db,
  ranking: RankingTerms,
  resolved: ResolvedQuery,
  conditions: readonly Condition[],
): Promise<ScoredPaper[]> {
  const where = everyCondition(conditions) ?? sql`true`
  if (resolved.query.identifier === null)
    return scoredPapers(db, ranking, resolved, { where, probe: probeOf(conditions) })
  return resolved.paperId === null ? [] : identifiedPaper(db, resolved.paperId, where)
}

const probeOf = (conditions: readonly Condition[]): SQL | null =>
  conditions.length === 0
    ? null
    : sql.join(
        conditions.map((condition) => (condition.probe ?? condition.where)(sql`${sql.param(condition.value)}`)),
        sql` and `,
      )

async function identifiedPaper(db: Db, paperId: number, where: SQL): Promise<ScoredPaper[]> {
  const rows = await db.select({ id: papers.id }).from(papers).where(sql`${papers.id} = ${paperId} and ${where}`)
  return rows.map(({ id }) => ({ id, score: 0 }))
}
