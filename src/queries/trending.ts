import { type SQL, sql } from 'drizzle-orm'
import type { Db } from '../db/client.ts'
import { executePrepared } from '../db/prepared.ts'

/**
 * The trending score: an exponentially decayed vote count, kept so that it needs no clock. With half-life H a vote cast
 * at t weighs 2^((t − t0)/H), and the stored score is log2 of the sum of these weights. Every weight halves at the same
 * pace, so that the order of the stored scores is the order of the decayed counts at any moment; the decayed count at
 * `now` is 2^(score − (now − t0)/H). Without a vote the score is -Infinity.
 */

/** t0. Changing it changes every stored score. */
export const TRENDING_EPOCH = '2020-01-01T00:00:00.000Z'

/** The name of the formula above, for those who recompute it. */
export const FORMULA_VERSION = 'forward-decay-1'

/** 2^-1000 is nothing beside the largest weight of a sum, and Postgres raises an error on anything below 2^-1074. */
const SMALLEST_EXPONENT = -1000

/** Scores closer than this are the same: sums of the same weights in another order differ in the last bits. */
export const SCORE_TOLERANCE = 1e-9

/**
 * How far a stored score may be from one summed anew. Each vote that comes or goes rounds it by half a unit in its last
 * place, which is 1.2e-13 in the 2030s with a half-life of two days, and `withoutVotes` bounds what becomes of that: a
 * million votes between two sums from the rows, all rounded the same way, would come to a quarter of this.
 */
export const SCORE_DRIFT = 1e-6

const epochSeconds = Date.parse(TRENDING_EPOCH) / 1000

/** (t − t0)/H of an instant: the logarithm of the weight of one vote. */
const voteExponent = (moment: SQL, halfLifeHours: number): SQL =>
  sql`((extract(epoch from ${moment})::float8 - ${epochSeconds}::float8) / ${halfLifeHours * 3600}::float8)`

/** The same of an instant in this program. */
export const voteExponentOf = (moment: Date, halfLifeHours: number): number =>
  (moment.getTime() - epochSeconds * 1000) / (halfLifeHours * 3_600_000)

/** The score with more votes, given the logarithms of their weights. */
export function withVotes(score: number, exponents: readonly number[]): number {
  const highest = Math.max(score, ...exponents)
  if (highest === Number.NEGATIVE_INFINITY) return highest
  return highest + Math.log2([score, ...exponents].reduce((sum, exponent) => sum + 2 ** (exponent - highest), 0))
}

/**
 * The score without some of its votes, or null where it must be summed anew from the rows: when the sum falls below a
 * power of two. The rounding of a sum stays behind when the sum becomes small, and so it never counts for more than
 * twice what it was, whether the votes are taken back at once or one by one.
 */
export function withoutVotes(score: number, exponents: readonly number[]): number | null {
  if (exponents.length === 0) return score
  const remains = score + Math.log2(1 - exponents.reduce((sum, exponent) => sum + 2 ** (exponent - score), 0))
  return Math.floor(remains) === Math.floor(score) ? remains : null
}

/** True where two scores differ by more than a tolerance; -Infinity equals itself. */
export const scoresDiffer = (a: SQL, b: SQL, tolerance = SCORE_TOLERANCE): SQL =>
  sql`(${a} <> ${b} and abs(${a} - ${b}) > ${tolerance}::float8)`

/**
 * From rows (key, n, x) the rows (key, score), where 2^score is the sum of n·2^x over the key. The largest x is taken
 * out of the sum first, because 2^x itself overflows after a few years. The order of the terms is given, so that the sum
 * is the same to the last bit whichever way they are read: the next page of a list begins where the one before ended.
 */
const logSum = (terms: SQL): SQL => sql`
  select key, max(highest) + ln(sum(n * power(2::float8, greatest(x - highest, ${SMALLEST_EXPONENT}::float8)) order by x, n)) / ln(2::float8) as score
  from (select key, n, x, max(x) over (partition by key) as highest from (${terms}) as term) as scaled
  group by key`

/**
 * Rows (key, score) of the papers among `paperIds` that have a vote. `paperIds` is a query that gives ids.
 *
 * A count that a source reports weighs by what exceeds the highest that this source reported before, dated when it was
 * counted: a count that dips and recovers adds nothing, and no weight is negative.
 *
 * @param until RFC 3339: only what was cast and counted by then; all when left out
 */
export function paperScores(paperIds: SQL, halfLifeHours: number, until?: string): SQL {
  const before = (moment: string) =>
    until === undefined ? sql`` : sql`and ${sql.raw(moment)} <= ${until}::timestamptz`
  return logSum(sql`
    select paper_id as key, 1::float8 as n, ${voteExponent(sql`voted_at`, halfLifeHours)} as x
    from votes where paper_id in (${paperIds}) ${before('voted_at')}
    union all
    select paper_id, gained::float8, ${voteExponent(sql`counted_at`, halfLifeHours)}
    from (
      select paper_id, counted_at, votes - coalesce(max(votes) over before, 0) as gained
      from outside_counts where paper_id in (${paperIds}) ${before('counted_at')}
      window before as (
        partition by paper_id, source order by counted_at rows between unbounded preceding and 1 preceding
      )
    ) as report
    where gained > 0`)
}

/** Rows (key, score) of the topics among `topicIds`: the sum over their papers, without hidden ones. `topicIds` is a query that gives ids. */
export const topicScores = (topicIds: SQL): SQL =>
  logSum(sql`
    select paper_topics.topic_id as key, 1::float8 as n, papers.trending_score as x
    from paper_topics join papers on papers.id = paper_topics.paper_id
    where paper_topics.topic_id in (${topicIds}) and not paper_topics.hidden and papers.trending_score > '-Infinity'`)

/** The half-life that the stored scores have; null where no scores are stored yet. */
export async function storedHalfLife(db: Db): Promise<number | null> {
  const [stored] = await executePrepared<{ half_life_hours: number }>(
    db,
    sql`select half_life_hours from trending_basis`,
  )
  return stored?.half_life_hours ?? null
}
