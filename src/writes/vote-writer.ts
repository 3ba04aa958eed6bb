import { sql } from 'drizzle-orm'
import type { Db } from '../db/client.ts'
import { rfc3339 } from '../db/instant.ts'
import { executePrepared } from '../db/prepared.ts'
import { sqlStateOf } from '../db/sql-state.ts'
import { voteExponentOf, withoutVotes, withVotes } from '../queries/trending.ts'
import { AccountSuspended, Unavailable } from '../values/errors.ts'
import { recomputeScores } from './trending-scores.ts'
import { type Writing, writing } from './writing.ts'

/** The vote of a user for a paper: cast, or withdrawn. */
export interface VoteChange {
  paperId: number
  userId: number
  voted: boolean
}

const LARGEST_BATCH = 500
/** The largest number of changes in the queue: ten batches. */
const MAX_QUEUED = 5_000
/** SQLSTATEs of wrong data and violated constraints, for example when a voter was just deleted. One change is the cause. */
const CAUSED_BY_A_CHANGE = /^2[123]/

interface QueuedChange {
  change: VoteChange
  resolve: (found: boolean) => void
  reject: (error: unknown) => void
}

/**
 * Writes votes in batches, each in one transaction: many votes for one paper are then a few writes and not a queue of row
 * locks. One batch is written at a time; the changes that arrive meanwhile are the next batch.
 */
export class VoteWriter {
  readonly #db: Db
  readonly #halfLifeHours: number
  readonly #now: () => Date
  #queue: QueuedChange[] = []
  #isWriting = false

  constructor(db: Db, options: { halfLifeHours: number; now: () => Date }) {
    this.#db = db
    this.#halfLifeHours = options.halfLifeHours
    this.#now = options.now
  }

  /** How many changes wait. */
  get queued(): number {
    return this.#queue.length
  }

  /**
   * Resolves when the change is committed: true, or false if the paper does not exist. Repeating a change has no effect.
   *
   * @throws Unavailable if the queue is full, AccountSuspended if the user is suspended; nothing is written then
   */
  write(change: VoteChange): Promise<boolean> {
    if (this.#queue.length >= MAX_QUEUED) return Promise.reject(new Unavailable('OVERLOADED'))
    return new Promise((resolve, reject) => {
      this.#queue.push({ change, resolve, reject })
      if (this.#isWriting) return
      this.#isWriting = true
      // At the end of the tick, so that all requests that arrived together are in the first batch.
      setImmediate(() => this.#writeAll())
    })
  }

  async #writeAll(): Promise<void> {
    while (this.#queue.length > 0) {
      const batch = this.#queue.splice(0, LARGEST_BATCH)
      await this.#writeBatch(batch)
    }
    this.#isWriting = false
  }

  /** Writes a batch. If the database rejects one of its changes, the batch is halved until only that change fails. */
  async #writeBatch(batch: readonly QueuedChange[]): Promise<void> {
    const changes = batch.map(({ change }) => change)
    try {
      const { found, suspended } = await writeVotes(this.#db, changes, {
        now: this.#now(),
        halfLifeHours: this.#halfLifeHours,
      })
      for (const { change, resolve, reject } of batch)
        if (suspended.has(change.userId)) reject(new AccountSuspended())
        else resolve(found.has(change.paperId))
    } catch (error) {
      if (batch.length > 1 && CAUSED_BY_A_CHANGE.test(sqlStateOf(error))) {
        const middle = batch.length >> 1
        await this.#writeBatch(batch.slice(0, middle))
        await this.#writeBatch(batch.slice(middle))
      } else for (const { reject } of batch) reject(error)
    }
  }
}

/**
 * Writes changes and the counts and scores that follow from them; of several changes of one vote, the last. Returns the
 * papers that exist, and the users whose changes were not written because they are suspended. The changes are committed then.
 */
export async function writeVotes(
  db: Db,
  changes: readonly VoteChange[],
  options: { now: Date; halfLifeHours: number },
): Promise<{ found: Set<number>; suspended: Set<number> }> {
  const last = [...new Map(changes.map((change) => [`${change.paperId} ${change.userId}`, change])).values()]
  return writing(db, (open) => applyChanges(open, last, options))
}

/** The exponents of the weights of added and of removed votes. */
interface WeightChange {
  gained: number[]
  lost: number[]
}

/** How a batch changed one paper. `votes` is the difference of its vote count. */
interface Delta extends WeightChange {
  votes: number
}

/** Changes counts and scores by the votes that were really inserted and deleted, which can be fewer than requested. */
async function applyChanges(
  open: Writing,
  changes: readonly VoteChange[],
  options: { now: Date; halfLifeHours: number },
): Promise<{ found: Set<number>; suspended: Set<number> }> {
  const [halfLifeHours, papers] = await Promise.all([
    open.holdHalfLife(options.halfLifeHours),
    lockPapers(open, changes),
  ])
  const found = new Set(papers.keys())
  const { deltas, suspended } = await changeVotes(
    open.tx,
    changes.filter(({ paperId }) => found.has(paperId)),
    options.now,
    halfLifeHours,
  )
  if (deltas.size === 0) return { found, suspended }

  // A pipeline: all are sent without waiting for results, and Postgres runs them in this order.
  const [, , , topics] = await Promise.all([
    changePapers(open.tx, papers, deltas, halfLifeHours),
    changeSums(open, 'authors', deltas),
    changeSums(open, 'organizations', deltas),
    lockTopics(open, deltas),
  ])
  open.announceVotes(deltas.keys())
  await Promise.all([changeTopics(open.tx, topics, halfLifeHours), open.announce()])
  return { found, suspended }
}

/** Locks the papers of the changes and returns their scores, without hidden papers. */
async function lockPapers(open: Writing, changes: readonly VoteChange[]): Promise<Map<number, number>> {
  const rows = await open.locking('papers', (tx) =>
    executePrepared<{ id: string; trending_score: number }>(
      tx,
      sql`
        select id, trending_score from papers
        where id = any(${sql.param(changes.map(({ paperId }) => paperId))}::bigint[]) and hidden_at is null
        order by id for no key update`,
    ),
  )
  return new Map(rows.map((row) => [Number(row.id), row.trending_score]))
}

/**
 * Inserts and deletes votes, except those of suspended users. Returns the change of each paper; papers whose votes did not
 * change are absent.
 *
 * The users are locked as the foreign key would lock them: a suspension waits for this batch and sees its votes, or this batch
 * sees the suspension.
 */
async function changeVotes(
  tx: Db,
  changes: readonly VoteChange[],
  now: Date,
  halfLifeHours: number,
): Promise<{ deltas: Map<number, Delta>; suspended: Set<number> }> {
  const column = (of: (change: VoteChange) => number) => sql.param(changes.map(of))
  const written = await executePrepared<{ id: string; voted_at: string | null; change: number }>(
    tx,
    sql`
    with requested as (
      select * from unnest(${column((change) => change.paperId)}::bigint[], ${column((change) => change.userId)}::bigint[],
        ${column((change) => Number(change.voted))}::int[]::boolean[]) as requested (paper_id, user_id, voted)
    ),
    voters as materialized (
      select id, suspended_at from users where id in (select user_id from requested) order by id for key share
    ),
    suspended as (select id from voters where suspended_at is not null),
    added as (
      insert into votes (paper_id, user_id, voted_at)
      select paper_id, user_id, ${now.toISOString()}::timestamptz from requested
      where voted and user_id not in (select id from suspended)
      on conflict do nothing returning paper_id, voted_at
    ),
    removed as (
      delete from votes using requested
      where (votes.paper_id, votes.user_id) = (requested.paper_id, requested.user_id) and not requested.voted
        and requested.user_id not in (select id from suspended)
      returning votes.paper_id, votes.voted_at
    )
    select paper_id as id, voted_at, 1 as change from added
    union all select paper_id, voted_at, -1 from removed
    union all select id, null, 0 from suspended`,
  )
  const deltas = new Map<number, Delta>()
  const suspended = new Set(written.flatMap((row) => (row.voted_at === null ? Number(row.id) : [])))
  for (const row of written) {
    if (row.voted_at === null) continue
    const id = Number(row.id)
    const delta = deltas.get(id) ?? { votes: 0, gained: [], lost: [] }
    deltas.set(id, delta)
    delta.votes += row.change
    const exponents = row.change > 0 ? delta.gained : delta.lost
    exponents.push(voteExponentOf(new Date(rfc3339(row.voted_at)), halfLifeHours))
  }
  return { deltas, suspended }
}

/** Updates the counts and scores of papers. */
async function changePapers(
  tx: Db,
  scores: ReadonlyMap<number, number>,
  deltas: ReadonlyMap<number, Delta>,
  halfLifeHours: number,
): Promise<void> {
  const after = [...deltas].map(([id, delta]) => ({
    id,
    votes: delta.votes,
    score: scoreAfter(scores.get(id) as number, delta),
  }))
  await executePrepared(
    tx,
    sql`
      update papers set vote_count = vote_count + change.votes, trending_score = coalesce(change.score, trending_score)
      from unnest(${sql.param(after.map(({ id }) => id))}::bigint[], ${sql.param(after.map(({ votes }) => votes))}::int[],
        ${sql.param(after.map(({ score }) => score))}::float8[]) as change (id, votes, score)
      where papers.id = change.id`,
  )
  const inexact = after.filter(({ score }) => score === null).map(({ id }) => id)
  if (inexact.length > 0) await recomputeScores(tx, 'papers', inexact, halfLifeHours)
}

/** The score after a change; null if it must be computed from all votes. */
const scoreAfter = (score: number, { gained, lost }: WeightChange): number | null =>
  withoutVotes(withVotes(score, gained), lost)

/** The changes of vote counts by author or organization: rows (id, votes). */
const MEMBERS = {
  authors: sql`select author_id as id, votes from change join paper_authors using (paper_id) where not repeated`,
  organizations: sql`
    select organization_id as id, votes from change join papers on papers.id = paper_id where organization_id is not null`,
}

/** Updates the vote counts of the authors or organizations of papers. */
async function changeSums(
  open: Writing,
  table: keyof typeof MEMBERS,
  deltas: ReadonlyMap<number, Delta>,
): Promise<void> {
  const counted = [...deltas].filter(([, { votes }]) => votes !== 0)
  if (counted.length === 0) return
  const name = sql.identifier(table)
  await open.locking(table, (tx) =>
    executePrepared(
      tx,
      sql`
        with change as (
          select * from unnest(${sql.param(counted.map(([id]) => id))}::bigint[],
            ${sql.param(counted.map(([, { votes }]) => votes))}::int[]) as change (paper_id, votes)
        ),
        term as (select id, sum(votes)::int as votes from (${MEMBERS[table]}) as member group by id),
        locked as materialized (
          select ${name}.id, term.votes from ${name} join term using (id) order by ${name}.id for no key update of ${name}
        )
        update ${name} set vote_count = vote_count + locked.votes from locked where ${name}.id = locked.id`,
    ),
  )
}

/** A topic with its score before the change, and the weights that its papers gained and lost. */
interface TopicChange extends WeightChange {
  id: number
  score: number
}

/** Locks the topics of the papers. */
async function lockTopics(open: Writing, deltas: ReadonlyMap<number, Delta>): Promise<TopicChange[]> {
  const rows = await open.locking('topics', (tx) =>
    executePrepared<{ paper_id: string; id: string; trending_score: number }>(
      tx,
      sql`
        select paper_id, topics.id, trending_score from paper_topics join topics on topics.id = topic_id
        where paper_id = any(${sql.param([...deltas.keys()])}::bigint[]) order by topics.id for no key update of topics`,
    ),
  )
  const topics = new Map<number, TopicChange>()
  for (const row of rows) {
    const id = Number(row.id)
    const topic = topics.get(id) ?? { id, score: row.trending_score, gained: [], lost: [] }
    topics.set(id, topic)
    const { gained, lost } = deltas.get(Number(row.paper_id)) as Delta
    topic.gained.push(...gained)
    topic.lost.push(...lost)
  }
  return [...topics.values()]
}

/** Updates the scores of topics. */
async function changeTopics(tx: Db, topics: readonly TopicChange[], halfLifeHours: number): Promise<void> {
  const after = topics.map((topic) => ({ id: topic.id, score: scoreAfter(topic.score, topic) }))
  const exact = after.filter(({ score }) => score !== null)
  if (exact.length > 0)
    await executePrepared(
      tx,
      sql`
        update topics set trending_score = change.score
        from unnest(${sql.param(exact.map(({ id }) => id))}::bigint[],
          ${sql.param(exact.map(({ score }) => score))}::float8[]) as change (id, score)
        where topics.id = change.id`,
    )
  const inexact = after.filter(({ score }) => score === null).map(({ id }) => id)
  if (inexact.length > 0) await recomputeScores(tx, 'topics', inexact, halfLifeHours)
}
