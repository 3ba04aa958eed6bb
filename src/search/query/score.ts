import { type SQL, sql } from 'drizzle-orm'
import { papers } from '../../../drizzle/tables/papers.ts'
import type { Db } from '../../db/client.ts'
import { executePrepared } from '../../db/prepared.ts'
import { GREATEST_IMPACT } from '../index/impact.ts'
import { matchCondition } from './match-condition.ts'
import type { RankedTerm, RankingTerms } from './ranking.ts'
import type { ResolvedQuery } from './resolved-query.ts'

/** The most papers that a search returns, over all its pages. */
export const SEARCH_DEPTH = 1_000

/** The papers that a search may return, as conditions on a row of `papers`. */
export interface Restriction {
  /** For a statement that selects papers: the planner may start from an index on it. */
  where: SQL
  /** The same as a test of one row at a time, which the planner cannot start from; null if every indexed paper meets it. */
  probe: SQL | null
}

export interface ScoredPaper {
  id: number
  /** A whole number: the score times `SCORE_SCALE`. */
  score: number
}

/**
 * How many postings one query reads: all of them up to `READ_ALWAYS`; in a large catalogue up to this share of its
 * papers, but no more than `READ_AT_MOST`.
 */
const READ_ALWAYS = 20_000
const READ_SHARE = 0.2
const READ_AT_MOST = 50_000
/** Where not all postings are read, the full score is computed for this many candidates. */
const COMPLETED = 1_500
/** If a restriction leaves fewer papers than this, each of them is scored. */
const FEW = 5_000

/** Scores the papers that have the terms of a ranking: the best `SEARCH_DEPTH`, best first. Two to four statements. */
export async function scoredPapers(
  db: Db,
  ranking: RankingTerms,
  resolved: ResolvedQuery,
  restriction: Restriction,
): Promise<ScoredPaper[]> {
  if (ranking.terms.length === 0) return []
  return boosted(db, ranking, resolved, await scoredByTerms(db, ranking, resolved, restriction))
}

async function scoredByTerms(
  db: Db,
  ranking: RankingTerms,
  resolved: ResolvedQuery,
  restriction: Restriction,
): Promise<ScoredPaper[]> {
  const required = matchCondition(resolved, 'required')
  if (required === null) return []
  const isRestricted = restriction.probe !== null || resolved.query.excluded.length > 0 || hasRequired(resolved)
  const sizes = sizesWithin(ranking.terms, budgetOf(resolved.paperCount))
  const isWhole = sizes.every((size, n) => size === ranking.terms[n]?.paperCount)
  if (!isRestricted)
    return papersIn(
      await executePrepared(db, isWhole ? byAllPostings(ranking) : byFirstPostings(ranking, sizes, resolved)),
    )
  const found = papersIn(
    await db.execute(
      byPostingsWithin(ranking, sizes, isWhole, resolved, sql`${restriction.probe ?? sql`true`} and ${required}`),
    ),
  )
  if (isWhole || found.length >= SEARCH_DEPTH) return found
  // The postings read so far may hold few papers that meet a narrow restriction. Then score all papers that meet it.
  const few = papersIn(await db.execute(fewPapers(ranking, resolved, restriction.where, required)))
  return few.length > found.length ? few : found
}

const hasRequired = ({ query }: ResolvedQuery): boolean =>
  query.clauses.some((clause) => clause.every(({ kind }) => kind !== 'word'))

const budgetOf = (paperCount: number): number =>
  Math.min(READ_AT_MOST, Math.max(READ_ALWAYS, Math.round(paperCount * READ_SHARE)))

/** How many postings of each term are read, rarest term first: all of a rare term, equal shares of the rest. */
function sizesWithin(terms: readonly RankedTerm[], budget: number): number[] {
  let left = budget
  return terms.map(({ paperCount }, n) => {
    const size = Math.min(paperCount, Math.floor(left / (terms.length - n)))
    left -= size
    return size
  })
}

/** The terms of a ranking as rows, with how many postings of each are read. */
function termRows({ terms }: RankingTerms, sizes: readonly number[]): SQL {
  return sql`unnest(${column(terms, ({ id }) => id)}::int[], ${column(terms, ({ weight }) => weight)}::int[],
    ${column(terms, ({ words }) => words)}::int[], ${sql.param([...sizes])}::int[]) as q (term_id, weight, words, size)`
}

/** More than the score of any paper. */
const bonusOf = ({ terms }: RankingTerms): number =>
  terms.reduce((sum, { weight }) => sum + weight, 0) * GREATEST_IMPACT

/** Papers that have all words of a short query score above all others. */
const tiered = (ranking: RankingTerms, score: SQL, words: SQL): SQL =>
  ranking.allWords === 0
    ? score
    : sql`${score} + case when ${words} = ${ranking.allWords}::int then ${bonusOf(ranking)}::bigint else 0 end`

/**
 * Every paper in the postings that are read, with its score from those. Each term is read in a lateral subquery: with a
 * plain join Postgres reads the whole table, because it cannot know how few terms there are.
 */
const hits = (ranking: RankingTerms, sizes: readonly number[]): SQL => sql`
  select posting.paper_id, ${tiered(ranking, sql`sum(q.weight * posting.impact)`, sql`bit_or(q.words)`)} as score
  from ${termRows(ranking, sizes)}
  cross join lateral (
    select paper_id, impact from search_postings where term_id = q.term_id order by impact desc, paper_id desc limit q.size
  ) as posting
  group by posting.paper_id`

const best = (count: number): SQL => sql`order by score desc, paper_id limit ${count}::int`

/** Ids and scores as two texts: the driver parses arrays one character at a time. */
const asTexts = (scored: SQL): SQL => sql`
  select string_agg(paper_id::text, ',' order by score desc, paper_id) as ids,
    string_agg(score::text, ',' order by score desc, paper_id) as scores
  from (${scored}) as scored`

const numbersIn = (text: string | null | undefined): number[] => (text ? text.split(',').map(Number) : [])

function papersIn([row]: Record<string, unknown>[]): ScoredPaper[] {
  const { ids, scores } = row as { ids: string | null; scores: string | null }
  const scoreNumbers = numbersIn(scores)
  return numbersIn(ids).map((id, n) => ({ id, score: scoreNumbers[n] as number }))
}

const byAllPostings = (ranking: RankingTerms): SQL =>
  asTexts(
    sql`select * from (${hits(
      ranking,
      ranking.terms.map(({ paperCount }) => paperCount),
    )}) as hits ${best(SEARCH_DEPTH)}`,
  )

/** The full score of a row of `search_papers` named `found`. */
const fullScore = (ranking: RankingTerms): SQL => sql`(
  select ${tiered(ranking, sql`sum(q.weight * found.impacts[array_position(found.term_ids, q.term_id)])`, sql`bit_or(q.words)`)}
  from ${termRows(
    ranking,
    ranking.terms.map(() => 0),
  )} where q.term_id = any(found.term_ids))`

const byFirstPostings = (ranking: RankingTerms, sizes: readonly number[], { generation }: ResolvedQuery): SQL =>
  asTexts(
    sql`
    select found.paper_id, ${fullScore(ranking)} as score
    from (select * from (${hits(ranking, sizes)}) as hits ${best(COMPLETED)}) as candidate
    join search_papers as found on found.generation = ${generation}::smallint and found.paper_id = candidate.paper_id
    ${best(SEARCH_DEPTH)}`,
  )

/** Tests the candidates from the best down, until enough of them meet the condition. */
const byPostingsWithin = (
  ranking: RankingTerms,
  sizes: readonly number[],
  isWhole: boolean,
  { generation }: ResolvedQuery,
  condition: SQL,
): SQL =>
  asTexts(
    sql`
    select candidate.paper_id, ${isWhole ? sql`candidate.score` : fullScore(ranking)} as score
    from (
      select hits.paper_id, hits.score from (
        select * from (${hits(ranking, sizes)}) as hits order by score desc, paper_id offset 0
      ) as hits
      cross join lateral (
        select from ${papers} join search_papers as found
          on found.generation = ${generation}::smallint and found.paper_id = ${papers.id}
        where ${papers.id} = hits.paper_id and ${condition} offset 0
      ) as kept
      limit ${isWhole ? SEARCH_DEPTH : COMPLETED}::int
    ) as candidate
    ${isWhole ? sql`` : sql`join search_papers as found on found.generation = ${generation}::smallint and found.paper_id = candidate.paper_id`}
    ${best(SEARCH_DEPTH)}`,
  )

/** Scores every paper of a narrow restriction. */
const fewPapers = (ranking: RankingTerms, { generation }: ResolvedQuery, where: SQL, required: SQL): SQL =>
  asTexts(
    sql`
    select * from (
      select found.paper_id, ${fullScore(ranking)} as score
      from (select id from ${papers} where ${where} limit ${FEW}::int) as kept
      join search_papers as found on found.generation = ${generation}::smallint and found.paper_id = kept.id
      where ${required}
    ) as scored
    where score is not null ${best(SEARCH_DEPTH)}`,
  )

/** How many of the best papers get title boosts; more for a short query, whose words are in many titles. */
const BOOSTED = { short: 500, long: 100 }

/** Adds the title boosts to the scores of the best papers and sorts again. */
async function boosted(
  db: Db,
  { titleBoosts, wholeTitle, allWords }: RankingTerms,
  { generation }: ResolvedQuery,
  found: ScoredPaper[],
): Promise<ScoredPaper[]> {
  if (titleBoosts.length === 0 || found.length < 2) return found
  const [row] = await executePrepared<{ ids: string | null; boosts: string | null }>(
    db,
    sql`
      select string_agg(paper_id::text, ',') as ids, string_agg(boost::text, ',') as boosts from (
        select found.paper_id, (
          select coalesce(sum(part.boost), 0)::bigint
          from unnest(${column(titleBoosts, ({ text }) => text)}::text[], ${column(titleBoosts, ({ boost }) => boost)}::bigint[]) as part (text, boost)
          where strpos(title, part.text) > 0
        ) + case when title ~ ${wholeTitle?.pattern ?? '^$'}::text
            then (${wholeTitle?.boost ?? 0}::bigint * ${wholeTitle?.length ?? 0}::int / length(title))::bigint else 0 end as boost
        from search_papers as found cross join lateral left(found.words, strpos(found.words, '|')) as title
        where found.generation = ${generation}::smallint
          and found.paper_id = any(${column(found.slice(0, allWords === 0 ? BOOSTED.long : BOOSTED.short), ({ id }) => id)}::bigint[])
      ) as boosted where boost > 0`,
  )
  const amounts = numbersIn(row?.boosts)
  const boosts = new Map(numbersIn(row?.ids).map((id, n) => [id, amounts[n] as number]))
  return found
    .map(({ id, score }) => ({ id, score: score + (boosts.get(id) ?? 0) }))
    .sort((a, b) => b.score - a.score || a.id - b.id)
}

const column = <Row>(rows: readonly Row[], value: (row: Row) => unknown) => sql`${sql.param(rows.map(value))}`
