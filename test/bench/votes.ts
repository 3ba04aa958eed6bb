import { availableParallelism } from 'node:os'
import { sql } from 'drizzle-orm'
import postgres, { type Sql } from 'postgres'
import { type Db, openDatabase } from '../../src/db/client.ts'
import { helpIfRequested } from '../../src/programs/console.ts'
import { voteExponentOf, withoutVotes, withVotes } from '../../src/queries/trending.ts'
import { refreshCounts } from '../../src/writes/counts.ts'
import { type VoteChange, VoteWriter } from '../../src/writes/vote-writer.ts'
import { writing } from '../../src/writes/writing.ts'
import { givenPapers, HALF_LIFE_HOURS } from '../support/catalogue.ts'
import { random } from '../support/random.ts'
import { withBenchDatabase } from './database.ts'

// `npm run bench:votes`: votes a second, ours beside the plain form, on one hot paper and spread over many, in one run
// on one embedded Postgres with its default settings. Not a test: figures depend on the machine.
//
// 40 requests are under way at any time, of 200 people; each takes its vote back if it has one and casts it if not, so
// that every request writes. Ours is the VoteWriter on the server's pool, with all sums that follow from a vote. The
// plain form is a transaction a vote that locks the paper's row, and has the advantage in all but that: prepared
// statements without an ORM, several pool sizes to find its best, and only the paper's own count and score.

helpIfRequested('Usage: npm run bench:votes   votes a second, beside the plain form')

const PEOPLE = 200
const AT_ONCE = 40
const PAPERS = 1_000
const ROUNDS = 5
const SECONDS = 2
/** As many as the server opens. */
const OUR_CONNECTIONS = 3
const PLAIN_CONNECTIONS = [2, 10, 20]

type Write = (change: VoteChange) => Promise<unknown>
type Workload = 'one hot paper' | 'spread papers'
const WORKLOADS: readonly Workload[] = ['one hot paper', 'spread papers']

function ours(db: Db): Write {
  const writer = new VoteWriter(db, { halfLifeHours: HALF_LIFE_HOURS, now: () => new Date() })
  return (change) => writer.write(change)
}

function plain(client: Sql): Write {
  return ({ paperId, userId, voted }) =>
    client.begin(async (tx) => {
      const [paper] = await tx`select vote_count, trending_score from papers where id = ${paperId} for update`
      const now = new Date()
      const [changed] = voted
        ? await tx`insert into votes (paper_id, user_id, voted_at) values (${paperId}, ${userId}, ${now})
            on conflict do nothing returning voted_at`
        : await tx`delete from votes where paper_id = ${paperId} and user_id = ${userId} returning voted_at`
      if (!paper || !changed) return
      const exponents = [voteExponentOf(changed.voted_at, HALF_LIFE_HOURS)]
      const score = voted
        ? withVotes(paper.trending_score, exponents)
        : (withoutVotes(paper.trending_score, exponents) ?? Number.NEGATIVE_INFINITY)
      await tx`update papers set vote_count = ${paper.vote_count + (voted ? 1 : -1)}, trending_score = ${score}
        where id = ${paperId}`
    })
}

/** Votes a second of requests that follow each other on each of the 40 lines. */
async function measure(write: Write, paperIds: readonly number[], userIds: readonly number[]): Promise<number> {
  const has = new Map<string, boolean>()
  const start = performance.now()
  const end = start + SECONDS * 1_000
  let written = 0
  await Promise.all(
    Array.from({ length: AT_ONCE }, async (_, line) => {
      const draw = random(line)
      const pick = (ids: readonly number[]) => ids[Math.floor(draw() * ids.length)] as number
      // A person belongs to one line, so that what each has voted is known.
      const people = userIds.filter((_, place) => place % AT_ONCE === line)
      while (performance.now() < end) {
        const [paperId, userId] = [pick(paperIds), pick(people)]
        const voted = !has.get(`${paperId} ${userId}`)
        has.set(`${paperId} ${userId}`, voted)
        await write({ paperId, userId, voted })
        written += 1
      }
    }),
  )
  return written / ((performance.now() - start) / 1_000)
}

/** Takes all votes of these people back, so that every measurement begins the same. */
async function forget(db: Db, userIds: readonly number[], paperIds: readonly number[]): Promise<void> {
  const touched = { paperIds, authorIds: [], organizationIds: [], topicIds: [] }
  await writing(db, async (open) => {
    await open.tx.execute(sql`delete from votes where user_id = any(${sql.param([...userIds])}::bigint[])`)
    await refreshCounts(open, touched, HALF_LIFE_HOURS)
  })
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] as number

async function bench(url: string): Promise<void> {
  const database = openDatabase(url, { connections: OUR_CONNECTIONS, statementTimeout: 0 })
  const pools = PLAIN_CONNECTIONS.map((max) => ({ name: `plain, ${max} connections`, client: postgres(url, { max }) }))
  try {
    const { paperIds } = await givenPapers(database.db, PAPERS)
    const people = await database.db.execute<{ id: string }>(
      sql`insert into users (handle) select 'voter-' || n from generate_series(1, ${PEOPLE}::int) as n returning id`,
    )
    const userIds = people.map(({ id }) => Number(id))
    const forms = [
      { name: 'ours', write: ours(database.db) },
      ...pools.map(({ name, client }) => ({ name, write: plain(client) })),
    ]
    const [settings] = await database.db.execute<{ version: string; fsync: string; commit: string }>(
      sql`select current_setting('server_version') as version, current_setting('fsync') as fsync,
        current_setting('synchronous_commit') as commit`,
    )
    console.log(
      `Postgres ${settings?.version}, fsync ${settings?.fsync}, synchronous_commit ${settings?.commit}; ` +
        `Node ${process.versions.node}; ${availableParallelism()} processors; ` +
        `${AT_ONCE} requests at once, ${ROUNDS} rounds of ${SECONDS} s`,
    )
    const table: Record<string, Record<string, string>> = {}
    for (const workload of WORKLOADS) {
      const papers = workload === 'one hot paper' ? paperIds.slice(0, 1) : paperIds
      const rates = forms.map((): number[] => [])
      for (let round = 0; round <= ROUNDS; round += 1)
        for (const [place, { write }] of forms.entries()) {
          await forget(database.db, userIds, papers)
          const rate = await measure(write, papers, userIds)
          // The first round warms up.
          if (round > 0) rates[place]?.push(rate)
        }
      const [our, ...theirs] = rates.map(median) as [number, ...number[]]
      const row = (name: string, of: readonly number[], rate: number) => {
        table[`${workload}: ${name}`] = {
          'votes/s': rate.toFixed(0),
          rounds: of.map((each) => each.toFixed(0)).join(' '),
          'ours is': `${(our / rate).toFixed(1)}×`,
        }
      }
      forms.forEach(({ name }, place) => {
        row(name, rates[place] as number[], [our, ...theirs][place] as number)
      })
    }
    console.table(table)
  } finally {
    await database.close()
    for (const { client } of pools) await client.end()
  }
}

await withBenchDatabase(bench)
