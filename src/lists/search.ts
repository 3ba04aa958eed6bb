import { type SQL, sql } from 'drizzle-orm'
import { papers } from '../../drizzle/tables/papers.ts'
import type { Db } from '../db/client.ts'
import { executePrepared } from '../db/prepared.ts'
import { GREATEST_IMPACT } from '../search/index/impact.ts'
import { matching } from '../search/query/match.ts'
import { rewriteQuery } from '../search/query/parse.ts'
import { type RankedTerm, type Ranking, rankingOf } from '../search/query/ranking.ts'
import { resolveQuery } from '../search/query/resolve.ts'
import type { ResolvedQuery } from '../search/query/resolved.ts'
import { SCORE_SCALE } from '../search/query/weights.ts'
import type { Condition } from './condition.ts'
import { encodeCursor, type Order, type Page, type PageItem, type PageRequest } from './page.ts'
import { type PaperFilter, type PaperScope, paperConditions } from './paper-filter.ts'
import { everyCondition } from './papers.ts'

/** How many papers a search finds at most: so deep one can page. */
export const SEARCH_DEPTH = 1_000

/** The order of a search, for its cursors. Scores are whole numbers; see `SCORE_SCALE`. */
export const SEARCH_ORDER: Order = { name: 'search', key: sql`score`, type: 'int8', descending: true }

export interface SearchHit extends PageItem {
  /** BM25F over title, abstract and names; see `src/search/index/impact.ts`. */
  score: number
}

export interface SearchResult {
  page: Page<SearchHit>
  /** What was looked for instead, where words or phrases of the query are in no paper; null otherwise. */
  correctedQuery: string | null
  /** The terms that the query was ranked by, and what each counts. */
  marks: ReadonlyMap<string, number>
  /** All papers found, best first, `SEARCH_DEPTH` at most. */
  paperIds: number[]
}

/**
 * Finds papers by words, best first. A phrase that no paper has is looked for as words, and the corrected query says so.
 * Two statements and those of the filter, and some more where words are corrected.
 */
export async function searchPapers(
  db: Db,
  { query, filter, scope }: { query: string; filter: PaperFilter; scope: PaperScope },
  request: PageRequest,
): Promise<SearchResult> {
  const [asked, conditions] = await Promise.all([resolveQuery(db, query), paperConditions(db, filter, scope)])
  const ranking = rankingOf(asked)
  if (conditions === null) return resultOf(asked, ranking, [], request)
  const found = await rankedPapers(db, ranking, asked, conditions)
  if (found.length > 0 || !hasPhrase(asked)) return resultOf(asked, ranking, found, request)
  const relaxed = await resolveQuery(db, withoutQuotes(asked.query.text))
  const rankingThen = rankingOf(relaxed)
  const foundThen = await rankedPapers(db, rankingThen, relaxed, conditions)
  if (foundThen.length === 0) return resultOf(asked, ranking, [], request)
  return resultOf({ ...relaxed, correctedText: relaxed.query.text }, rankingThen, foundThen, request)
}

const resultOf = (
  { correctedText }: ResolvedQuery,
  { terms }: Ranking,
  found: readonly Found[],
  request: PageRequest,
): SearchResult => ({
  page: pageOf(found, request),
  correctedQuery: correctedText,
  marks: new Map(terms.map(({ term, weight }) => [term, weight])),
  paperIds: found.map(({ id }) => id),
})

const hasPhrase = ({ query }: ResolvedQuery): boolean =>
  query.clauses.some((clause) => clause.some(({ kind }) => kind === 'phrase'))

const withoutQuotes = (text: string): string =>
  rewriteQuery(text, (content, kind) => (kind === 'phrase' ? null : content))

interface Found {
  id: number
  score: number
}

/** Scores may move when papers come and go; a page begins where its cursor's score is passed. */
function pageOf(found: readonly Found[], { limit, after }: PageRequest): Page<SearchHit> {
  const isBehind = ({ score, id }: Found) =>
    after === null || score < Number(after.key) || (score === Number(after.key) && id > after.id)
  const first = found.findIndex(isBehind)
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

/**
 * How many postings are read for the candidates of one query. All of them up to the first figure; in a large catalogue a
 * share of its papers, between the two.
 */
const READ_ALWAYS = 20_000
const READ_SHARE = 0.2
const READ_AT_MOST = 50_000
/** Where not all postings are read, the scores of so many candidates are completed. */
const COMPLETED = 1_500
/** A filter that leaves fewer papers than this is answered by scoring those. */
const FEW = 5_000

async function rankedPapers(
  db: Db,
  ranking: Ranking,
  resolved: ResolvedQuery,
  conditions: readonly Condition[],
): Promise<Found[]> {
  if (resolved.query.identifier !== null)
    return resolved.paperId === null ? [] : thePaper(db, resolved.paperId, conditions)
  if (ranking.terms.length === 0) return []
  return refined(db, ranking, resolved, await rankedByTerms(db, ranking, resolved, conditions))
}

async function rankedByTerms(
  db: Db,
  ranking: Ranking,
  resolved: ResolvedQuery,
  conditions: readonly Condition[],
): Promise<Found[]> {
  const required = matching(resolved, 'required')
  if (required === null) return []
  const isRestricted = conditions.length > 0 || resolved.query.excluded.length > 0 || hasRequired(resolved)
  const sizes = sizesWithin(ranking.terms, budgetOf(resolved.paperCount))
  const isWhole = sizes.every((size, n) => size === ranking.terms[n]?.paperCount)
  if (!isRestricted)
    return foundIn(await executePrepared(db, isWhole ? whole(ranking) : completed(ranking, sizes, resolved)))
  const restriction = sql`${restrictionOf(conditions)} and ${required}`
  const found = foundIn(await db.execute(restricted(ranking, sizes, isWhole, resolved, restriction)))
  if (isWhole || found.length >= SEARCH_DEPTH) return found
  // What was read first may have little that meets the conditions: then those that do are few, and all are scored.
  const few = foundIn(await db.execute(scoredFew(ranking, resolved, conditions, required)))
  return few.length > found.length ? few : found
}

const hasRequired = ({ query }: ResolvedQuery): boolean =>
  query.clauses.some((clause) => clause.every(({ kind }) => kind !== 'word'))

const budgetOf = (paperCount: number): number =>
  Math.min(READ_AT_MOST, Math.max(READ_ALWAYS, Math.round(paperCount * READ_SHARE)))

/** How many postings of each term are read, rarest term first: all of the rare ones, equal shares of what is left. */
function sizesWithin(terms: readonly RankedTerm[], budget: number): number[] {
  let left = budget
  return terms.map(({ paperCount }, n) => {
    const size = Math.min(paperCount, Math.floor(left / (terms.length - n)))
    left -= size
    return size
  })
}

/** The terms of a ranking as rows, with how many of its postings are read. */
function termRows({ terms }: Ranking, sizes: readonly number[]): SQL {
  return sql`unnest(${column(terms, ({ id }) => id)}::int[], ${column(terms, ({ weight }) => weight)}::int[],
    ${column(terms, ({ words }) => words)}::int[], ${sql.param([...sizes])}::int[]) as q (term_id, weight, words, size)`
}

/** More than the score of any paper. */
const bonusOf = ({ terms }: Ranking): number => terms.reduce((sum, { weight }) => sum + weight, 0) * GREATEST_IMPACT

const tiered = (ranking: Ranking, score: SQL, words: SQL): SQL =>
  ranking.allWords === 0
    ? score
    : sql`${score} + case when ${words} = ${ranking.allWords}::int then ${bonusOf(ranking)}::bigint else 0 end`

/**
 * Every paper in the postings that are read, with its score from these. The postings are read in a lateral subquery,
 * each term by itself: joined in the usual way, Postgres reads the whole table, not knowing how few terms there are.
 */
const hits = (ranking: Ranking, sizes: readonly number[]): SQL => sql`
  select posting.paper_id, ${tiered(ranking, sql`sum(q.weight * posting.impact)`, sql`bit_or(q.words)`)} as score
  from ${termRows(ranking, sizes)}
  cross join lateral (
    select paper_id, impact from search_postings where term_id = q.term_id order by impact desc, paper_id desc limit q.size
  ) as posting
  group by posting.paper_id`

const best = (count: number): SQL => sql`order by score desc, paper_id limit ${count}::int`

const answer = (ranked: SQL): SQL => sql`
  select string_agg(paper_id::text, ',' order by score desc, paper_id) as ids,
    string_agg(score::text, ',' order by score desc, paper_id) as scores
  from (${ranked}) as ranked`

const whole = (ranking: Ranking): SQL =>
  answer(
    sql`select * from (${hits(
      ranking,
      ranking.terms.map(({ paperCount }) => paperCount),
    )}) as hits ${best(SEARCH_DEPTH)}`,
  )

/** The whole score of a row of `search_papers` named `found`. */
const fullScore = (ranking: Ranking): SQL => sql`(
  select ${tiered(ranking, sql`sum(q.weight * found.impacts[array_position(found.term_ids, q.term_id)])`, sql`bit_or(q.words)`)}
  from ${termRows(
    ranking,
    ranking.terms.map(() => 0),
  )} where q.term_id = any(found.term_ids))`

const completed = (ranking: Ranking, sizes: readonly number[], { generation }: ResolvedQuery): SQL =>
  answer(
    sql`
    select found.paper_id, ${fullScore(ranking)} as score
    from (select * from (${hits(ranking, sizes)}) as hits ${best(COMPLETED)}) as candidate
    join search_papers as found on found.generation = ${generation}::smallint and found.paper_id = candidate.paper_id
    ${best(SEARCH_DEPTH)}`,
  )

const restrictionOf = (conditions: readonly Condition[]): SQL =>
  sql.join(
    [
      sql`true`,
      ...conditions.map((condition) => (condition.probe ?? condition.where)(sql`${sql.param(condition.value)}`)),
    ],
    sql` and `,
  )

/** Candidates are tested from the best on, until there are enough. */
const restricted = (
  ranking: Ranking,
  sizes: readonly number[],
  isWhole: boolean,
  { generation }: ResolvedQuery,
  restriction: SQL,
): SQL =>
  answer(
    sql`
    select candidate.paper_id, ${isWhole ? sql`candidate.score` : fullScore(ranking)} as score
    from (
      select hits.paper_id, hits.score from (
        select * from (${hits(ranking, sizes)}) as hits order by score desc, paper_id offset 0
      ) as hits
      cross join lateral (
        select from ${papers} join search_papers as found
          on found.generation = ${generation}::smallint and found.paper_id = ${papers.id}
        where ${papers.id} = hits.paper_id and ${restriction} offset 0
      ) as kept
      limit ${isWhole ? SEARCH_DEPTH : COMPLETED}::int
    ) as candidate
    ${isWhole ? sql`` : sql`join search_papers as found on found.generation = ${generation}::smallint and found.paper_id = candidate.paper_id`}
    ${best(SEARCH_DEPTH)}`,
  )

/** The papers of a narrow filter, each scored. */
const scoredFew = (
  ranking: Ranking,
  { generation }: ResolvedQuery,
  conditions: readonly Condition[],
  required: SQL,
): SQL =>
  answer(
    sql`
    select * from (
      select found.paper_id, ${fullScore(ranking)} as score
      from (select id from ${papers} where ${everyCondition(conditions) ?? sql`true`} limit ${FEW}::int) as kept
      join search_papers as found on found.generation = ${generation}::smallint and found.paper_id = kept.id
      where ${required}
    ) as scored
    where score is not null ${best(SEARCH_DEPTH)}`,
  )

/** So many of the best are looked at once more; for a short query, whose words stand in many titles, more of them. */
const REFINED = { short: 500, long: 100 }

/** Ranked papers, those at the top with what their titles add. */
async function refined(
  db: Db,
  { signs, title, allWords }: Ranking,
  { generation }: ResolvedQuery,
  found: Found[],
): Promise<Found[]> {
  if (signs.length === 0 || found.length < 2) return found
  const [row] = await executePrepared<{ ids: string | null; bonuses: string | null }>(
    db,
    sql`
      select string_agg(paper_id::text, ',') as ids, string_agg(bonus::text, ',') as bonuses from (
        select found.paper_id, (
          select coalesce(sum(sign.bonus), 0)::bigint
          from unnest(${column(signs, ({ text }) => text)}::text[], ${column(signs, ({ bonus }) => bonus)}::bigint[]) as sign (text, bonus)
          where strpos(title, sign.text) > 0
        ) + case when title ~ ${title?.pattern ?? '^$'}::text
            then (${title?.bonus ?? 0}::bigint * ${title?.length ?? 0}::int / length(title))::bigint else 0 end as bonus
        from search_papers as found cross join lateral left(found.words, strpos(found.words, '|')) as title
        where found.generation = ${generation}::smallint
          and found.paper_id = any(${column(found.slice(0, allWords === 0 ? REFINED.long : REFINED.short), ({ id }) => id)}::bigint[])
      ) as again where bonus > 0`,
  )
  const amounts = numbersIn(row?.bonuses)
  const bonuses = new Map(numbersIn(row?.ids).map((id, n) => [id, amounts[n] as number]))
  return found
    .map(({ id, score }) => ({ id, score: score + (bonuses.get(id) ?? 0) }))
    .sort((a, b) => b.score - a.score || a.id - b.id)
}

const column = <Row>(rows: readonly Row[], value: (row: Row) => unknown) => sql`${sql.param(rows.map(value))}`

async function thePaper(db: Db, paperId: number, conditions: readonly Condition[]): Promise<Found[]> {
  const rows = await db
    .select({ id: papers.id })
    .from(papers)
    .where(sql`${papers.id} = ${paperId} and ${everyCondition(conditions)}`)
  return rows.map(({ id }) => ({ id, score: 0 }))
}

/** Numbers in one text: the driver reads arrays one character after the other. */
type Answer = { ids: string | null; scores: string | null }

const numbersIn = (text: string | null | undefined): number[] => (text ? text.split(',').map(Number) : [])

function foundIn([answer]: Record<string, unknown>[]): Found[] {
  const { ids, scores } = answer as Answer
  const scored = numbersIn(scores)
  return numbersIn(ids).map((id, n) => ({ id, score: scored[n] as number }))
}
