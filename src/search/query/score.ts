import { type SQL, sql } from 'drizzle-orm'
import { papers } from '../../../drizzle/tables/papers.ts'
import type { Db } from '../../db/client.ts'
import { numbersIn } from '../../db/number-array.ts'
import { executePrepared } from '../../db/prepared.ts'
import { type BestPaper, bestPapers, type ScoredPaper } from './best-papers.ts'
import { isUnranked, matchCondition } from './match-condition.ts'
import { matchTerms } from './match-sets.ts'
import { readPostings } from './posting-lists.ts'
import type { RankingTerms } from './ranking.ts'
import type { ResolvedQuery } from './resolved-query.ts'
import { packedSequence } from './word-codes.ts'

/** The most papers that a search returns, over all its pages. */
export const SEARCH_DEPTH = 1_000

/** The papers that a search may return, as conditions on a row of `papers`. */
export interface Restriction {
  /** For a statement that selects papers: the planner may start from an index on it. */
  where: SQL
  /** The same as a test of one row at a time, which the planner cannot start from; null if every indexed paper meets it. */
  probe: SQL | null
}

/** How many of the best papers are tested at first; then eight times as many, and so on, until enough of them pass. */
const TESTED_AT_FIRST = 2_000
/** If a restriction leaves fewer papers than this, their ids are read instead of testing one paper after the other. */
const FEW = 5_000

/** Scores the papers that have the terms of a ranking: the best `SEARCH_DEPTH`, best first. No statement or a few. */
export async function scoredPapers(
  db: Db,
  ranking: RankingTerms,
  resolved: ResolvedQuery,
  restriction: Restriction,
): Promise<ScoredPaper[]> {
  if (isUnranked(resolved.query)) return unranked(db, resolved, restriction)
  if (ranking.terms.length === 0) return []
  return boosted(db, ranking, resolved, await scoredByTerms(db, ranking, resolved, restriction))
}

/** The newest papers of a query that only excludes, or has no words but stop words between quotation marks. */
async function unranked(db: Db, resolved: ResolvedQuery, { where }: Restriction): Promise<ScoredPaper[]> {
  const matches = matchCondition(resolved, 'all')
  if (matches === null) return []
  const [row] = await db.execute<{ ids: string | null }>(sql`
    select string_agg(paper_id::text, ',' order by paper_id desc) as ids from (
      select found.paper_id from search_papers as found join ${papers} on ${papers.id} = found.paper_id
      where found.generation = ${resolved.generation}::smallint and ${matches} and ${where}
      order by found.paper_id desc limit ${SEARCH_DEPTH}
    ) as newest`)
  return numbersIn(row?.ids).map((id) => ({ id, score: 0 }))
}

async function scoredByTerms(
  db: Db,
  ranking: RankingTerms,
  resolved: ResolvedQuery,
  { where, probe }: Restriction,
): Promise<BestPaper[]> {
  const required = matchTerms(resolved, 'required')
  if (required === null) return []
  const termIds = new Set([...ranking.terms.map(({ id }) => id), ...required.termIds])
  const lists = resolved.lists ?? (await readPostings(db, [...termIds]))
  const isRequired = required.clauses.length + required.excluded.length > 0
  const best = (most: number) => bestPapers(ranking, isRequired ? required : null, lists, most)
  const phrases = required.isExact ? null : matchCondition(resolved, 'required')
  if (probe === null && phrases === null) return best(SEARCH_DEPTH)

  const tested = (found: readonly BestPaper[]) => passing(db, found, resolved, probe, phrases)
  let read = best(TESTED_AT_FIRST)
  let found = await tested(read)
  if (found.length >= SEARCH_DEPTH || read.length < TESTED_AT_FIRST) return found.slice(0, SEARCH_DEPTH)
  const few = probe === null ? null : await papersWithin(db, where)
  if (few !== null) {
    found = best(Number.POSITIVE_INFINITY).filter(({ id }) => few.has(id))
    return (phrases === null ? found : await passing(db, found, resolved, null, phrases)).slice(0, SEARCH_DEPTH)
  }
  for (let most = TESTED_AT_FIRST * 8; found.length < SEARCH_DEPTH; most *= 8) {
    const more = best(most)
    found = [...found, ...(await tested(more.slice(read.length)))]
    if (more.length < most) break
    read = more
  }
  return found.slice(0, SEARCH_DEPTH)
}

/** Those of some papers that meet the restriction and have the phrases. */
async function passing(
  db: Db,
  found: readonly BestPaper[],
  { generation }: ResolvedQuery,
  probe: SQL | null,
  phrases: SQL | null,
): Promise<BestPaper[]> {
  if (found.length === 0) return []
  const rows = await db.execute<{ ids: string | null }>(sql`
    select string_agg(found_id::text, ',') as ids
    from unnest(${column(found, ({ id }) => id)}::bigint[]) as candidate (found_id)
    cross join lateral (
      select from ${papers} ${
        phrases === null
          ? sql``
          : sql`join search_papers as found on found.generation = ${generation}::smallint and found.paper_id = ${papers.id}`
      }
      where ${papers.id} = found_id and ${probe ?? sql`true`} and ${phrases ?? sql`true`} offset 0
    ) as kept`)
  const passed = new Set(numbersIn(rows[0]?.ids))
  return found.filter(({ id }) => passed.has(id))
}

/** The papers that meet a narrow restriction; null if there are many. */
async function papersWithin(db: Db, where: SQL): Promise<Set<number> | null> {
  const [row] = await db.execute<{ papers: number; ids: string | null }>(sql`
    select count(*)::int as papers, string_agg(id::text, ',') as ids
    from (select id from ${papers} where ${where} limit ${FEW}) as few`)
  return row === undefined || row.papers >= FEW ? null : new Set(numbersIn(row.ids))
}

/** How many of the best papers get title boosts; more for a short query, whose words are in many titles. */
export const BOOSTED = { short: 500, long: 100 }

/** Adds the title boosts to the scores of the best papers and sorts again. */
async function boosted(
  db: Db,
  ranking: RankingTerms,
  resolved: ResolvedQuery,
  found: BestPaper[],
): Promise<ScoredPaper[]> {
  if (ranking.titleBoosts.length === 0 || found.length < 2) return found
  const best = found
    .slice(0, ranking.allWords === 0 ? BOOSTED.long : BOOSTED.short)
    .filter(({ titled }) => titled >= ranking.leastTitled)
  if (best.length === 0) return found
  // One text: the driver parses rows and arrays more slowly. Line breaks are those of base64.
  const [row] = await executePrepared<{ titles: string | null }>(
    db,
    sql`select string_agg(paper_id || ' ' || encode(title, 'base64'), '|') as titles from search_papers
      where generation = ${resolved.generation}::smallint and paper_id = any(${column(best, ({ id }) => id)}::bigint[])`,
  )
  const boostOf = titleBoost(ranking, resolved)
  const boosts = new Map(
    (row?.titles ?? '').split('|').map((line) => {
      const blank = line.indexOf(' ')
      return [Number(line.slice(0, blank)), boostOf(Buffer.from(line.slice(blank + 1), 'base64').toString('latin1'))]
    }),
  )
  return found
    .map((paper) => ({ ...paper, score: paper.score + (boosts.get(paper.id) ?? 0) }))
    .sort((a, b) => b.score - a.score || a.id - b.id)
}

/** What a title adds to the score. Packed words are strings here, a character for each byte: a search in them is fastest. */
function titleBoost({ titleBoosts, wholeTitle }: RankingTerms, resolved: ResolvedQuery): (title: string) => number {
  const packed = (words: readonly string[]) => packedSequence(words, resolved)?.toString('latin1') ?? null
  const pairs = titleBoosts.flatMap(({ words, boost }) => {
    const text = packed(words)
    return text === null ? [] : [{ text, boost }]
  })
  const whole = wholeTitle?.words.map((word) => packed([word])) ?? [null]
  return (title) => {
    let sum = 0
    for (const { text, boost } of pairs) if (title.includes(text)) sum += boost
    if (wholeTitle !== null && hasInOrder(title, whole))
      sum += Math.floor((wholeTitle.boost * whole.length) / wordCount(title))
    return sum
  }
}

/** Whether a title has all words in this order, perhaps with others between them; null is a word that no title has. */
function hasInOrder(title: string, words: readonly (string | null)[]): boolean {
  let from = 0
  for (const word of words) {
    const at = word === null ? -1 : title.indexOf(word, from)
    if (at < 0) return false
    from = at + (word as string).length
  }
  return true
}

/** The number of packed words: only their first bytes are from 128 on. */
function wordCount(packed: string): number {
  let count = 0
  for (let at = 0; at < packed.length; at += 1) if (packed.charCodeAt(at) >= 128) count += 1
  return count
}

const column = <Row>(rows: readonly Row[], value: (row: Row) => unknown) => sql`${sql.param(rows.map(value))}`
