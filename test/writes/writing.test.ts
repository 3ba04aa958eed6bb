import { sql } from 'drizzle-orm'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { saveEntries } from '../../src/ingest/save/save.ts'
import { idsOf } from '../../src/writes/counts.ts'
import { EVENTS_CHANNEL } from '../../src/writes/events.ts'
import { VoteWriter } from '../../src/writes/vote-writer.ts'
import { type Writing, writing } from '../../src/writes/writing.ts'
import { entryOf } from '../ingest/fixtures.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'

const HALF_LIFE_HOURS = 24
const ARXIV_ID = '2611.00001'

let database: FreshDatabase
let paperId: number
let userId: number

beforeAll(async () => {
  database = await freshDatabase()
  await save({ votes: { count: 1, countedAt: '2026-11-10T00:00:00.000Z' } })
  paperId = await idOf(sql`select id from papers`)
  userId = await idOf(sql`insert into users (handle) values ('ada') returning id`)
})
afterAll(() => database.close())

const save = (entry: Parameters<typeof entryOf>[0]) =>
  saveEntries(
    database.db,
    [entryOf({ arxivId: ARXIV_ID, topics: [{ kind: 'KEYWORD', names: ['Tides'] }], ...entry })],
    {
      halfLifeHours: HALF_LIFE_HOURS,
    },
  )

async function idOf(query: ReturnType<typeof sql>): Promise<number> {
  const [row] = await database.db.execute<{ id: string }>(query)
  return Number(row?.id)
}

/**
 * Runs `write`, which locks the paper and then its topic, while another connection locks the topic and then the paper.
 * Returns how often the transaction of `write` began. Postgres ends the transaction that looks for a deadlock first: the
 * other connection looks 20 seconds later.
 */
async function attemptsInDeadlock(write: () => Promise<unknown>): Promise<number> {
  const other = postgres(database.url, { max: 1, onnotice: () => {} })
  onTestFinished(() => other.end())
  const before = database.log.statements.length
  let written: Promise<unknown> | undefined
  await other.begin(async (tx) => {
    await tx`set local deadlock_timeout = '20s'`
    await tx`select from topics for no key update`
    written = write()
    written.catch(() => {})
    await expect.poll(waitingForLocks).toBe(1)
    await tx`select from papers for no key update`
  })
  await written
  const statements = database.log.statements.slice(before)
  return statements.filter((statement) => statement.includes('from trending_basis for share')).length
}

async function waitingForLocks(): Promise<number | undefined> {
  const [row] = await database.db.execute<{ waiting: number }>(sql`
    select count(*)::int as waiting from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'`)
  return row?.waiting
}

/** Runs `work` and returns what every process would hear of it. */
async function heard(work: (open: Writing) => Promise<unknown>): Promise<unknown[]> {
  const listener = postgres(database.url, { max: 1, onnotice: () => {} })
  onTestFinished(() => listener.end())
  const payloads: unknown[] = []
  await listener.listen(EVENTS_CHANNEL, (payload) => payloads.push(JSON.parse(payload)))
  await writing(database.db, work)
  // Notifications arrive in the order of their commits.
  await listener.notify(EVENTS_CHANNEL, '"end"')
  await expect.poll(() => payloads.at(-1)).toBe('end')
  return payloads.slice(0, -1)
}

/** Counts its runs, and fails with an SQLSTATE in as many of them as told. */
function failing(state: string, times: number) {
  const runs = { count: 0 }
  const work = async ({ tx }: Writing): Promise<string> => {
    runs.count += 1
    if (runs.count <= times)
      await tx.execute(sql.raw(`do $$ begin raise exception 'refused' using errcode = '${state}'; end $$`))
    return 'done'
  }
  return { runs, work }
}

describe('a deadlock is retried', () => {
  test('when votes are written', async () => {
    const writer = new VoteWriter(database.db, { halfLifeHours: HALF_LIFE_HOURS, now: () => new Date() })
    expect(await attemptsInDeadlock(() => writer.write({ paperId, userId, voted: true }))).toBe(2)
    expect(await idOf(sql`select vote_count as id from papers`)).toBe(2)
  })

  test('when entries are saved', async () => {
    const votes = { count: 5, countedAt: '2026-11-11T00:00:00.000Z' }
    expect(await attemptsInDeadlock(() => save({ asOf: votes.countedAt, votes }))).toBe(2)
    expect(await idOf(sql`select vote_count as id from papers`)).toBe(6)
  })
})

test.each(['40P01', '40001'])('the error %s is retried until the transaction succeeds', async (state) => {
  const { runs, work } = failing(state, 3)
  expect(await writing(database.db, work)).toBe('done')
  expect(runs.count).toBe(4)
})

test('a transaction is tried five times at most', async () => {
  const { runs, work } = failing('40P01', 10)
  await expect(writing(database.db, work)).rejects.toMatchObject({ cause: { code: '40P01' } })
  expect(runs.count).toBe(5)
})

test.each(['23505', '57014', '22012'])('the error %s is not retried', async (state) => {
  const { runs, work } = failing(state, 1)
  await expect(writing(database.db, work)).rejects.toMatchObject({ cause: { code: state } })
  expect(runs.count).toBe(1)
})

describe('locks', () => {
  const papers = () => idsOf([paperId])
  const topics = sql`select id from topics`

  test('are refused out of order, and nothing is written', async () => {
    const broken = writing(database.db, async (open) => {
      await open.lock('topics', topics)
      await open.tx.execute(sql`update topics set name = 'Ebb'`)
      await open.lock('papers', papers())
    })
    await expect(broken).rejects.toThrow('This transaction has locked topics, and cannot lock papers any more')
    expect(await database.db.execute(sql`select name from topics`)).toMatchObject([{ name: 'Tides' }])
  })

  test('are refused before the statement is sent, if it locks by itself', async () => {
    const sent: string[] = []
    const broken = writing(database.db, async (open) => {
      await open.lock('papers', papers())
      await open.locking('half-life', async () => sent.push('half-life'))
    })
    await expect(broken).rejects.toThrow('cannot lock half-life any more')
    expect(sent).toEqual([])
  })

  test('of one table are taken together, since two statements could lock ids in any order', async () => {
    const other = await idOf(sql`insert into users (handle) values ('bob') returning id`)
    const broken = writing(database.db, async (open) => {
      await open.lock('users', idsOf([other]))
      await open.lock('users', idsOf([userId]))
    })
    await expect(broken).rejects.toThrow('cannot lock users any more')
  })

  test('are allowed at any time for rows that the transaction holds', async () => {
    const locked = await writing(database.db, async (open) => {
      await open.lock('papers', papers())
      await open.lock('topics', topics)
      return open.lock('papers', papers())
    })
    expect(locked).toEqual([paperId])
  })
})

describe('what changed', () => {
  test('is announced once, whatever the number of calls', async () => {
    const payloads = await heard(async (open) => {
      open.announceVotes([9, 2])
      open.announceChange()
      open.announceVotes([2, 30])
      open.announceListed([4])
      open.announceChange()
    })
    expect(payloads).toEqual([{ votes: [2, 9, 30] }, { listed: [4] }, { changed: true }])
  })

  test('is not announced if nothing changed, or if the transaction fails', async () => {
    expect(await heard(async () => {})).toEqual([])
    const { work } = failing('40001', 1)
    const payloads = await heard(async (open) => {
      open.announceVotes([1])
      await work(open)
    })
    expect(payloads).toEqual([{ votes: [1] }])
  })

  test('cannot be announced after the announcement', async () => {
    const late = writing(database.db, async (open) => {
      open.announceChange()
      await open.announce()
      open.announceVotes([1])
    })
    await expect(late).rejects.toThrow('The change was announced already')
  })
})
