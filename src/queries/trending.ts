import { type SQL, sql } from 'drizzle-orm'
import type { Db } from '../db/client.ts'
import { executePrepared } from '../db/prepared.ts'

/**
 * The trending score: an exponentially decayed vote count, stored in a form that does not change with time. With half-life H,
 * a vote cast at t has the weight 2^((t − t0)/H), and the stored score is log2 of the sum of the weights. All weights decay at
 * the same rate, so the order of the stored scores is the order of the decayed counts at any time. The decayed count at `now`
 * is 2^(score − (now − t0)/H). Without votes, the score is -Infinity.
 */

/** t0. Changing it changes every stored score. */
export const TRENDING_EPOCH = '2020-01-01T00:00:00.000Z'

/** The name of the formula above, for clients that recompute it. */
export const FORMULA_VERSION = 'forward-decay-1'

/** 2^-1000 is negligible beside the largest weight of a sum. Below 2^-1074, Postgres raises an error. */
const SMALLEST_EXPONENT = -1000

/** Scores closer than this are equal: sums of the same weights in another order differ in the last bits. */
export const SCORE_TOLERANCE = 1e-9

/**
 * The largest difference between a stored score and one computed again from the rows. Each added or removed vote rounds the
 * score by up to half a unit in the last place: 1.2e-13 in the 2030s with a half-life of two days. `withoutVotes` bounds how
 * this grows: a million votes without a sum from the rows, all rounded in one direction, add up to a quarter of this.
 */
export const SCORE_DRIFT = 1e-6

const epochSeconds = Date.parse(TRENDING_EPOCH) / 1000

/** (t − t0)/H of an instant: log2 of the weight of one vote. */
const voteExponent = (moment: SQL, halfLifeHours: number): SQL =>
  sql`((extract(epoch from ${moment})::float8 - ${epochSeconds}::float8) / ${halfLifeHours * 3600}::float8)`

/** The same, computed in JavaScript. */
export const voteExponentOf = (moment: Date, halfLifeHours: number): number =>
  (moment.getTime() - epochSeconds * 1000) / (halfLifeHours * 3_600_000)

/** The score after votes are added. `exponents` are log2 of their weights. */
export function withVotes(score: number, exponents: readonly number[]): number {
  const highest = Math.max(score, ...exponents)
  if (highest === Number.NEGATIVE_INFINITY) return highest
  return highest + Math.log2([score, ...exponents].reduce((sum, exponent) => sum + 2 ** (exponent - highest), 0))
}

/**
 * The score after votes are removed, or null if it must be summed again from the rows, which is when the sum falls below a
 * power of two. The rounding error of a sum remains when the sum becomes small. With this rule its relative size at most
 * doubles, whether the votes are removed at once or one by one.
 */
export function withoutVotes(score: number, exponents: readonly number[]): number | null {
  if (exponents.length === 0) return score
  const remains = score + Math.log2(1 - exponents.reduce((sum, exponent) => sum + 2 ** (exponent - score), 0))
  return Math.floor(remains) === Math.floor(score) ? remains : null
}

/** Whether two scores differ by more than a tolerance; -Infinity equals itself. */
export const scoresDiffer = (a: SQL, b: SQL, tolerance = SCORE_TOLERANCE): SQL =>
  sql`(${a} <> ${b} and abs(${a} - ${b}) > ${tolerance}::float8)`

/**
 * Turns rows (key, n, x) into rows (key, score), where 2^score is the sum of n·2^x for the key. The largest x is factored out
 * first, because 2^x overflows after a few years. The terms are summed in a fixed order, so that the result is the same to
 * the last bit with every plan: a cursor contains the score, and the next page must begin where the previous one ended.
 */
const logSum = (terms: SQL): SQL => sql`
  select key, max(highest) + ln(sum(n * power(2::float8, greatest(x - highest, ${SMALLEST_EXPONENT}::float8)) order by x, n)) / ln(2::float8) as score
  from (select key, n, x, max(x) over (partition by key) as highest from (${terms}) as term) as scaled
  group by key`

/**
 * Rows (key, score) of those papers of `paperIds` that have votes. `paperIds` is a query that returns ids.
 *
 * Of a count that a source reports, only the part above the highest earlier count of this source has weight, dated when it
 * was counted. So a count that falls and recovers adds nothing, and no weight is negative.
 *
 * @param until RFC 3339: include only votes cast and counts reported up to this instant; default: all
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

/** Rows (key, score) of topics: the sum over their papers, without hidden ones. `topicIds` is a query that returns ids. */
export const topicScores = (topicIds: SQL): SQL =>
  logSum(sql`
    select paper_topics.topic_id as key, 1::float8 as n, papers.trending_score as x
    from paper_topics join papers on papers.id = paper_topics.paper_id
    where paper_topics.topic_id in (${topicIds}) and not paper_topics.hidden and papers.trending_score > '-Infinity'`)

/** The half-life of the stored scores, in hours; null if no scores are stored yet. */
export async function storedHalfLife(db: Db): Promise<number | null> {
  const [stored] = await executePrepared<{ half_life_hours: number }>(
    db,
    sql`select half_life_hours from trending_basis`,
  )
  return stored?.half_life_hours ?? null
}
