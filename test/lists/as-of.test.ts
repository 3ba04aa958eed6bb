import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { decodeGlobalId, encodeGlobalId } from '../../schema/global-id.ts'
import type { PageRequest } from '../../src/lists/page.ts'
import { PaperList } from '../../src/lists/paper-list.ts'
import { type AsOf, listAsOf, paperPageAsOf } from '../../src/lists/papers-as-of.ts'
import { TRENDING_EPOCH } from '../../src/queries/trending.ts'
import { refreshCounts } from '../../src/writes/counts.ts'
import { recomputeAllScores } from '../../src/writes/trending-scores.ts'
import { writing } from '../../src/writes/writing.ts'
import { HALF_LIFE_HOURS } from '../support/catalogue.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import { random } from '../support/random.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { walk } from '../support/walk.ts'

// Compares the orders by votes with sums of all votes and reports in memory. The test adds decayed counts as exact whole
// numbers; the server stores logarithms.

const PAPERS = 4_000
const VOTES = 60_000
const USERS = 2_000
/** The papers after these have no votes and no reports. */
const WITH_VOTES = 3_840

const HOUR = 3_600_000
const DAY = 24 * HOUR
const HALF_LIFE = HALF_LIFE_HOURS * HOUR
const NOW = Date.parse('2026-06-01T12:00:00Z')
const OLDEST = NOW - 90 * DAY

interface Report {
  source: string
  at: number
  votes: number
}

interface Paper {
  id: number
  publishedAt: number
  /** The times of the votes cast here. */
  votes: number[]
  /** By source, oldest first. */
  reports: Report[]
  topics: Set<string>
}

let database: FreshDatabase
let server: TestServer
let now: number
let papers: Paper[]
let byId: Map<number, Paper>

beforeAll(async () => {
  database = await freshDatabase()
  await givenVotes()
  papers = await readPapers()
  byId = new Map(papers.map((paper) => [paper.id, paper]))
  server = await startServer(database, { clock: { now: () => new Date(now), timeZone: 'UTC', rollover: '00:00' } })
})
beforeEach(() => {
  now = NOW
})
afterAll(async () => {
  await server?.close()
  await database?.close()
})

/** Papers of three months. Few have many votes, many have few; some reports of a source are lower than the previous one. */
async function givenVotes(): Promise<void> {
  const { db } = database
  const nowSql = sql`${new Date(NOW).toISOString()}::timestamptz`
  // After the publication, more of them early.
  const sometime = (share: ReturnType<typeof sql>) =>
    sql`date_trunc('milliseconds', published_at + (${nowSql} - published_at) * power(${share}, 3))`
  await db.transaction(async (tx) => {
    // The references of these rows are right; checking them would take most of the time.
    await tx.execute(sql`set local session_replication_role = replica`)
    await tx.execute(sql`
      create function pg_temp.share(seed bigint, n bigint) returns float8 language sql immutable as
      $$ select (hashint8extended(n, seed) & 4503599627370495)::float8 / 4503599627370496 $$`)
    await tx.execute(sql`insert into users (handle) select 'user-' || n from generate_series(1, ${USERS}::int) as n`)
    await tx.execute(sql`
      insert into papers (arxiv_id, title, published_at, facts_as_of)
      select '2601.' || lpad(n::text, 5, '0'), 'Paper ' || n, moment, moment
      from (
        select n, date_trunc('milliseconds', ${nowSql} - interval '90 days' * pg_temp.share(1, n)) as moment
        from generate_series(1, ${PAPERS}::int) as n order by n
      ) as paper`)
    await tx.execute(sql`
      insert into votes (paper_id, user_id, voted_at)
      select id, pair.user_id, ${sometime(sql`pg_temp.share(4, pair.user_id * 100000 + id)`)}
      from (
        select distinct 1 + floor(${WITH_VOTES}::int * power(pg_temp.share(2, n), 2))::bigint as paper,
          1 + floor(${USERS}::int * pg_temp.share(3, n))::bigint as user_id
        from generate_series(1, ${VOTES + 20_000}::int) as n limit ${VOTES}::int
      ) as pair join papers on papers.id = pair.paper`)
    await tx.execute(sql`
      insert into outside_counts (paper_id, source, counted_at, votes, increment)
      select id, source, ${sometime(sql`pg_temp.share(5 + report, id * 10 + length(source))`)},
        floor(60 * pg_temp.share(20, id) * pg_temp.share(21 + report, id * 10 + length(source)))::int, 0
      from papers, unnest(array['one', 'other']) as source, generate_series(1, 6) as report
      where id <= ${WITH_VOTES} and pg_temp.share(30 + report, id * 10 + length(source)) < 0.2`)
    await tx.execute(sql`
      insert into topics (kind, slug, name, normalized_name) values ('KEYWORD', 'some', 'some', 'some'), ('KEYWORD', 'few', 'few', 'few')`)
    await tx.execute(sql`
      insert into paper_topics (paper_id, topic_id, position, published_at)
      select papers.id, topics.id, 1, published_at from papers, topics
      where papers.id % (case slug when 'some' then 7 else 97 end) = 0`)
  })
  await db.execute(sql`analyze`)
  const touched = { paperIds: await everyId(), authorIds: [], organizationIds: [], topicIds: [] }
  await writing(db, (open) => refreshCounts(open, touched, HALF_LIFE_HOURS))
  await db.execute(sql`update papers set trending_score = '-Infinity'`)
  await recomputeAllScores(db, HALF_LIFE_HOURS)
}

async function everyId(): Promise<number[]> {
  const rows = await database.db.execute<{ id: string }>(sql`select id from papers`)
  return rows.map(({ id }) => Number(id))
}

async function readPapers(): Promise<Paper[]> {
  const { db } = database
  const epoch = (column: string) => sql`(extract(epoch from ${sql.identifier(column)}) * 1000)::float8`
  const rows = await db.execute<{ id: string; at: number; topics: string[] }>(sql`
    select id, ${epoch('published_at')} as at, array(
      select slug from paper_topics join topics on topics.id = topic_id where paper_id = papers.id) as topics
    from papers order by id`)
  const read = rows.map(({ id, at, topics }) => ({
    id: Number(id),
    publishedAt: at,
    votes: [] as number[],
    reports: [] as Report[],
    topics: new Set(topics),
  }))
  const paperOf = new Map(read.map((paper) => [paper.id, paper]))
  const votes = await db.execute<{ paper_id: string; at: number[] }>(
    sql`select paper_id, array_agg(${epoch('voted_at')}) as at from votes group by paper_id`,
  )
  for (const { paper_id, at } of votes) (paperOf.get(Number(paper_id)) as Paper).votes = at
  const reports = await db.execute<{ paper_id: string; source: string; at: number; votes: number }>(
    sql`select paper_id, source, ${epoch('counted_at')} as at, votes from outside_counts order by paper_id, source, counted_at`,
  )
  for (const { paper_id, ...report } of reports) paperOf.get(Number(paper_id))?.reports.push(report)
  return read
}

/** What the reports until a time add to trending: for each source, the votes above its highest earlier report. */
function gains({ reports }: Paper, until: number): { n: number; at: number }[] {
  const highest = new Map<string, number>()
  return reports.flatMap(({ source, at, votes }) => {
    const gained = votes - (highest.get(source) ?? 0)
    if (at > until || gained <= 0) return []
    highest.set(source, votes)
    return [{ n: gained, at }]
  })
}

/** The votes of a paper at a time: those cast here, and the last report of each source. */
function votesAt({ votes, reports }: Paper, moment: number): number {
  const latest = new Map(reports.filter(({ at }) => at <= moment).map(({ source, votes }) => [source, votes]))
  return votes.filter((at) => at <= moment).length + [...latest.values()].reduce((sum, count) => sum + count, 0)
}

// Fractions as whole numbers: 2^256 stands for 1. Powers of the half-life are products of entries of tables.
const BITS = 256n
const ONE = 1n << BITS
const STEP = 14_400
const LN2 = Array.from({ length: 1_000 }, (_, n) => ONE / (BigInt(n + 1) << BigInt(n + 1))).reduce((a, b) => a + b)

/** The first powers of 2^(−1/steps). */
function powers(steps: number, count: number): bigint[] {
  let [root, term] = [0n, ONE]
  for (let n = 1n; term !== 0n; n += 1n) {
    root += term
    term = (term * -LN2) / (BigInt(steps) * n * ONE)
  }
  const found = [ONE]
  while (found.length < count) found.push(((found.at(-1) as bigint) * root) >> BITS)
  return found
}

const FINE = powers(HALF_LIFE, STEP)
const COARSE = powers(HALF_LIFE / STEP, HALF_LIFE / STEP)

/** 2^(−age/H). */
function decay(age: number): bigint {
  const rest = age % HALF_LIFE
  const weight = ((FINE[rest % STEP] as bigint) * (COARSE[Math.floor(rest / STEP)] as bigint)) >> BITS
  return weight >> BigInt(Math.floor(age / HALF_LIFE))
}

/** The decayed count at a time of all votes and reports until `until`. */
function decayedCount(paper: Paper, moment: number, until = moment): bigint {
  let sum = 0n
  for (const at of paper.votes) if (at <= until) sum += decay(moment - at)
  for (const { n, at } of gains(paper, until)) sum += BigInt(n) * decay(moment - at)
  return sum
}

const isAbout = (a: bigint, b: bigint): boolean => (a > b ? a - b : b - a) * 1_000_000_000n <= (a > b ? a : b)

/** Checks that no value is smaller than the next, except in the last bits, and that equal ones are sorted by id. */
function expectToFall(ids: number[], weightOf: (paper: Paper) => bigint): void {
  const values = ids.map((id) => weightOf(byId.get(id) as Paper))
  const wrong = values.findIndex((value, place) => {
    const next = values[place + 1]
    if (next === undefined) return false
    if (value === 0n && next === 0n) return (ids[place] as number) < (ids[place + 1] as number)
    return value < next && !isAbout(value, next)
  })
  expect(wrong, `places ${wrong} and the next`).toBe(-1)
}

const rowId = (id: string): number => Number(decodeGlobalId(id, 'id').id)
const rfc = (moment: number): string => new Date(moment).toISOString()

async function read(query: string, variables?: Record<string, unknown>) {
  const { data, errors } = await server.ask(query, variables)
  expect(errors).toBeUndefined()
  return data
}

async function refusal(query: string) {
  const { errors } = await server.ask(query)
  return { message: errors?.[0]?.message, ...errors?.[0]?.extensions }
}

const idsOf = (list: { nodes: { id: string }[] }): number[] => list.nodes.map(({ id }) => rowId(id))

/** The whole list as of a time, in one page. */
async function everyPaperAsOf(order: 'TRENDING' | 'MOST_VOTED', moment: number): Promise<number[]> {
  const request: PageRequest = { limit: PAPERS, backwards: false, after: null, before: null }
  const { items } = await paperPageAsOf(
    database.db,
    listAsOf(new PaperList({}, {}, order), order, asOfMoment(moment)),
    asOfMoment(moment),
    request,
  )
  return items.map(({ id }) => id)
}
const asOfMoment = (moment: number): AsOf => ({ moment: rfc(moment), halfLifeHours: HALF_LIFE_HOURS })

test('the generated votes contain the cases that these tests need', async () => {
  const reports = papers.flatMap((paper) => paper.reports)
  expect(papers).toHaveLength(PAPERS)
  expect(papers.reduce((sum, { votes }) => sum + votes.length, 0)).toBe(VOTES)
  expect(reports.length).toBeGreaterThan(4_000)
  const dips = papers.flatMap(({ reports }) =>
    reports.filter(({ source, votes }, place) => {
      const before = reports[place - 1]
      return before?.source === source && before.votes > votes
    }),
  )
  expect(dips.length).toBeGreaterThan(400)
  const stored = await database.db.execute<{ id: string; vote_count: number }>(sql`select id, vote_count from papers`)
  for (const { id, vote_count } of stored)
    if (vote_count !== votesAt(byId.get(Number(id)) as Paper, NOW)) expect.fail(`the votes of ${id}`)
})

test('the weights from the tables are powers of the half-life', () => {
  for (const age of [0, 1, 14_399, 14_400, HALF_LIFE / 2, HALF_LIFE - 1, HALF_LIFE, 3 * HALF_LIFE + 77])
    expect(Number((decay(age) << 60n) / ONE) / 2 ** 60).toBeCloseTo(2 ** (-age / HALF_LIFE), 14)
})

describe('ranks by stored score', () => {
  test('are the ranks by decayed counts, now and at any later time without new votes', async () => {
    const ids: number[] = []
    for (let after = ''; ; now += 18 * HOUR) {
      const { papers: page } = await read(
        `{ papers(first: 100, ${after}) { nodes { id } pageInfo { hasNextPage endCursor } } }`,
      )
      ids.push(...idsOf(page))
      if (!page.pageInfo.hasNextPage) break
      after = `after: "${page.pageInfo.endCursor}"`
    }
    expect(now).toBeGreaterThan(NOW + 28 * DAY)
    expect(new Set(ids).size).toBe(PAPERS)
    for (const moment of [NOW, NOW + 3.7 * DAY, NOW + 50 * DAY])
      expectToFall(ids, (paper) => decayedCount(paper, moment))
  })

  test('are the ranks at an earlier time, if only the votes until then count', async () => {
    for (const moment of [OLDEST + 20 * DAY, OLDEST + 61.3 * DAY, NOW - 1]) {
      const ids = await everyPaperAsOf('TRENDING', moment)
      expect(ids.toSorted((a, b) => a - b)).toEqual(
        papers.filter(({ publishedAt }) => publishedAt <= moment).map(({ id }) => id),
      )
      expectToFall(ids, (paper) => decayedCount(paper, moment))
    }
  })
})

describe('asOf', () => {
  const number = random(20)
  const firstVote = (paper: Paper) => Math.min(...paper.votes)
  const moments = Array.from({ length: 8 }, () => OLDEST + Math.floor(number() * 90 * DAY))

  test.each([
    ...moments.map((moment, place) => [rfc(moment), (): number => moments[place] as number] as const),
    ['before all votes', () => OLDEST],
    ['at the moment of a vote', () => firstVote(papers[2_000] as Paper)],
    ['just before a vote', () => firstVote(papers[2_000] as Paper) - 1],
    ['at a publication', () => papers[2_400]?.publishedAt as number],
  ] as const)('%s gives the list of a replay', async (_name, momentOf) => {
    const moment = momentOf()
    const asOf = `asOf: "${rfc(moment)}", first: 100`
    const answer = await read(`{
      trending: papers(${asOf}) { nodes { id } totalCount facets { months { count } } }
      few: papers(${asOf}, filter: { topics: ["few"] }) { nodes { id } totalCount }
      voted: papers(${asOf}, orderBy: MOST_VOTED) { nodes { id } }
      some: papers(${asOf}, orderBy: MOST_VOTED, filter: { allTopics: ["some", "few"] }) { nodes { id } } }`)

    const then = papers.filter(({ publishedAt }) => publishedAt <= moment)
    const ranked = (of: Paper[], value: (paper: Paper) => bigint) =>
      of
        .map((paper) => ({ id: paper.id, value: value(paper) }))
        .sort((a, b) => (a.value === b.value ? b.id - a.id : a.value < b.value ? 1 : -1))
        .slice(0, 100)
    for (const [list, of] of [
      [answer.trending, then],
      [answer.few, then.filter(({ topics }) => topics.has('few'))],
    ] as const) {
      const ids = idsOf(list)
      const expected = ranked(of, (paper) => decayedCount(paper, moment))
      const right = ids.filter((id, place) => {
        const { id: expectedId, value } = expected[place] ?? {}
        return id === expectedId || (value && isAbout(decayedCount(byId.get(id) as Paper, moment), value))
      })
      expect(right).toEqual(ids)
      expect(ids).toHaveLength(expected.length)
      expect(new Set(ids).size).toBe(ids.length)
      expect(list.totalCount).toBe(of.length)
    }
    const months: { count: number }[] = answer.trending.facets.months
    expect(months.reduce((sum, { count }) => sum + count, 0)).toBe(then.length)
    const byVotes = (of: Paper[]) => ranked(of, (paper) => BigInt(votesAt(paper, moment))).map(({ id }) => id)
    expect(idsOf(answer.voted)).toEqual(byVotes(then))
    expect(idsOf(answer.some)).toEqual(byVotes(then.filter(({ topics }) => topics.has('some') && topics.has('few'))))
  })

  test.each(['TRENDING', 'MOST_VOTED'] as const)(
    'pages in both directions by %s, with each paper once',
    async (order) => {
      const moment = OLDEST + 70 * DAY
      const list = `papers(orderBy: ${order}, asOf: "${rfc(moment)}", filter: { topics: ["some"] }, ARGS)`
      const ids = await walk(server, list, { size: 40 })
      const inList = new Set(ids.map(rowId))
      const whole = await everyPaperAsOf(order, moment)
      expect(ids.map(rowId)).toEqual(whole.filter((id) => inList.has(id)))
      expect(ids.length).toBe(papers.filter((paper) => paper.topics.has('some') && paper.publishedAt <= moment).length)
    },
  )

  test('gives the same cursors, to the last bit, for any physical order of the rows', async () => {
    const query = `{ papers(asOf: "${rfc(NOW - 5 * DAY)}", first: 100) { edges { cursor } } }`
    const before = await read(query)
    await database.db.transaction(async (tx) => {
      await tx.execute(sql`set local session_replication_role = replica`)
      await tx.execute(sql`create temporary table moved on commit drop as select * from votes where paper_id <= 200`)
      await tx.execute(sql`delete from votes where paper_id <= 200`)
      await tx.execute(sql`insert into votes select * from moved order by user_id desc`)
    })
    expect(await read(query)).toEqual(before)
  })

  test('in the future means now', async () => {
    for (const order of ['TRENDING', 'MOST_VOTED']) {
      const { then, now } = await read(`{
        then: papers(orderBy: ${order}, asOf: "2999-01-01T00:00:00Z", first: 100) { totalCount nodes { id } }
        now: papers(orderBy: ${order}, first: 100) { totalCount nodes { id } } }`)
      expect(then).toEqual(now)
    }
  })

  test('is refused with orders other than those by votes', async () => {
    for (const order of ['NEWEST', 'OLDEST', 'MOST_DISCUSSED', 'RECENTLY_LISTED'])
      expect(await refusal(`{ papers(orderBy: ${order}, asOf: "2026-05-01T00:00:00Z") { totalCount } }`)).toEqual({
        code: 'BAD_USER_INPUT',
        argument: 'asOf',
        message: `\`asOf\` goes with the orders TRENDING and MOST_VOTED only, not with ${order}.`,
      })
  })

  test('accepts only cursors of the same time, in any notation', async () => {
    const { papers: page } = await read(
      '{ papers(asOf: "2026-05-01T00:00:00Z", first: 2) { nodes { id } pageInfo { endCursor } } }',
    )
    const after = `first: 1, after: "${page.pageInfo.endCursor}"`
    for (const args of ['', 'asOf: "2026-05-01T00:00:00.001Z"', 'asOf: "2026-05-01T00:00:00Z", orderBy: MOST_VOTED'])
      expect(await refusal(`{ papers(${args} ${after}) { nodes { id } } }`)).toMatchObject({
        code: 'BAD_USER_INPUT',
        argument: 'after',
      })
    const { next, three, now } = await read(`{
      next: papers(asOf: "2026-05-01T02:00:00+02:00", ${after}) { nodes { id } }
      three: papers(asOf: "2026-05-01T00:00:00Z", first: 3) { nodes { id } }
      now: papers(first: 1) { pageInfo { endCursor } } }`)
    expect([...page.nodes, ...next.nodes]).toEqual(three.nodes)
    expect(
      await refusal(`{ papers(asOf: "2026-05-01T00:00:00Z", after: "${now.pageInfo.endCursor}") { nodes { id } } }`),
    ).toMatchObject({ argument: 'after' })
  })

  test('adds up to a million votes and refuses more', async () => {
    class Undo extends Error {}
    const undone = database.db.transaction(async (tx) => {
      const reports = papers.reduce((sum, paper) => sum + paper.reports.length, 0)
      await tx.execute(sql`set local session_replication_role = replica`)
      // To add 900,000 rows takes half the time without it.
      await tx.execute(sql`alter table outside_counts drop constraint outside_counts_paper_id_source_counted_at_pk`)
      const add = (count: number, from: number) =>
        tx.execute(sql`
          insert into outside_counts (paper_id, source, counted_at, votes, increment)
          select 1, 'many', ${rfc(OLDEST)}::timestamptz + n * interval '1 millisecond', n, 1
          from generate_series(${from}::int + 1, ${from + count}::int) as n`)
      const page = (topics: string[] = []) =>
        paperPageAsOf(
          tx,
          listAsOf(new PaperList({ topics }, {}, 'MOST_VOTED'), 'MOST_VOTED', asOfMoment(NOW)),
          asOfMoment(NOW),
          {
            limit: 1,
            backwards: false,
            after: null,
            before: null,
          },
        )
      const room = 1_000_000 - VOTES - reports
      await add(room, 0)
      expect((await page()).items.map(({ id }) => id)).toEqual([1])
      await add(1, room)
      await expect(page()).rejects.toThrow(/^More than 1,000,000 votes .* with `filter`\.$/)
      expect((await page(['few'])).items).toHaveLength(1)
      throw new Undo()
    })
    await expect(undone).rejects.toThrow(Undo)
  })
})

describe('the trending of a paper', () => {
  test('is what a client computes from the votes and reports', async () => {
    const number = random(7)
    const sample = [1, 2, ...Array.from({ length: 12 }, () => 1 + Math.floor(number() * WITH_VOTES))]
    for (const rowKey of sample) {
      const cast: number[] = []
      let trending: { score: number; decayedVotes: number; halfLifeHours: number; formulaVersion: string }
      for (let after = ''; ; ) {
        const { node } = await read(`{ node(id: "${encodeGlobalId('Paper', rowKey)}") { ... on Paper {
          trending { score decayedVotes halfLifeHours formulaVersion }
          votes(first: 100, ${after}) { nodes { votedAt } pageInfo { hasNextPage endCursor } } } } }`)
        cast.push(...node.votes.nodes.map(({ votedAt }: { votedAt: string }) => Date.parse(votedAt)))
        trending = node.trending
        if (!node.votes.pageInfo.hasNextPage) break
        after = `after: "${node.votes.pageInfo.endCursor}"`
      }
      const paper = byId.get(rowKey) as Paper
      expect(cast).toHaveLength(paper.votes.length)
      const weights = [...cast.map((at) => ({ n: 1, at })), ...gains(paper, NOW)]
      const exponents = weights.map(({ at }) => (at - Date.parse(TRENDING_EPOCH)) / HALF_LIFE)
      const highest = Math.max(...exponents)
      const sum = weights.reduce((sum, { n }, place) => sum + n * 2 ** ((exponents[place] as number) - highest), 0)
      expect(Math.abs(trending.score - (highest + Math.log2(sum)))).toBeLessThan(1e-9)
      const decayed = Number((decayedCount(paper, NOW) << 60n) / ONE) / 2 ** 60
      expect(Math.abs(trending.decayedVotes / decayed - 1)).toBeLessThan(1e-9)
      expect(trending).toMatchObject({ halfLifeHours: 48, formulaVersion: 'forward-decay-1' })
    }
  })

  test('halves in one half-life, while the score stays the same', async () => {
    const query = `{ node(id: "${encodeGlobalId('Paper', 3)}") { ... on Paper { trending { score decayedVotes } } } }`
    const before = (await read(query)).node.trending
    now = NOW + HALF_LIFE
    const after = (await read(query)).node.trending
    expect(after.score).toBe(before.score)
    expect(Math.abs((after.decayedVotes * 2) / before.decayedVotes - 1)).toBeLessThan(1e-9)
  })

  test('without votes has the lowest score, and the decayed count 0', async () => {
    const { node } = await read(
      `{ node(id: "${encodeGlobalId('Paper', PAPERS)}") { ... on Paper { voteCount trending { score decayedVotes } } } }`,
    )
    expect(node).toEqual({ voteCount: 0, trending: { score: -Number.MAX_VALUE, decayedVotes: 0 } })
  })
})

describe('the history of the votes of a paper', () => {
  const history = (rowKey: number, args = '') =>
    `{ node(id: "${encodeGlobalId('Paper', rowKey)}") { ... on Paper { voteCount voteHistory${args} { date voteCount } } } }`
  const day = (moment: number) => rfc(moment).slice(0, 10)
  const endOf = (date: string) => Date.parse(`${date}T23:59:59.999Z`)
  function days(from: string, to: string): string[] {
    const all: string[] = []
    for (let at = Date.parse(from); at <= Date.parse(to); at += DAY) all.push(day(at))
    return all
  }
  const replay = (paper: Paper, from: string, to: string) =>
    days(from, to).map((date) => ({ date, voteCount: votesAt(paper, endOf(date)) }))
  const firstDay = (paper: Paper) => day(Math.min(...paper.votes, ...paper.reports.map(({ at }) => at)))
  const today = day(NOW)

  test('equals a replay for each day', async () => {
    const dipping = papers.filter(({ reports }) => reports.length > 4).slice(0, 15)
    for (const paper of [...papers.slice(0, 10), ...dipping]) {
      const { node } = await read(history(paper.id))
      expect(node.voteHistory).toEqual(replay(paper, firstDay(paper), today))
      expect(node.voteHistory.at(-1)).toEqual({ date: today, voteCount: node.voteCount })
    }
  })

  test('has only the requested days', async () => {
    const paper = papers.find(({ publishedAt }) => publishedAt < NOW - 60 * DAY) as Paper
    const first = firstDay(paper)
    const [early, middle, late] = [-20, 10, 25].map((days) => day(Date.parse(first) + days * DAY)) as [
      string,
      string,
      string,
    ]
    for (const [args, from, to] of [
      [`(from: "${middle}")`, middle, today],
      [`(to: "${middle}")`, first, middle],
      [`(from: "${middle}", to: "${late}")`, middle, late],
      [`(from: "${middle}", to: "${middle}")`, middle, middle],
      [`(from: "${early}", to: "${first}")`, early, first],
      [`(to: "2030-01-01")`, first, today],
      [`(from: "${today}", to: "2030-01-01")`, today, today],
    ] as const)
      expect((await read(history(paper.id, args))).node.voteHistory, args).toEqual(replay(paper, from, to))
    for (const args of [`(to: "${early}")`, '(from: "2030-01-01")', '(from: "2030-01-01", to: "2030-01-02")'])
      expect((await read(history(paper.id, args))).node.voteHistory, args).toEqual([])
  })

  test('includes days without votes', async () => {
    const paper = papers[0] as Paper
    now = NOW + 3 * DAY
    const { node } = await read(history(paper.id))
    expect(node.voteHistory.slice(-4)).toEqual(
      days(today, day(now)).map((date) => ({ date, voteCount: node.voteCount })),
    )
  })

  test('refuses a range that ends before it starts, and one that is too long', async () => {
    expect(await refusal(history(1, '(from: "2026-05-02", to: "2026-05-01")'))).toMatchObject({
      code: 'BAD_USER_INPUT',
      argument: 'to',
    })
    for (const from of ['0001-01-01', day(NOW - 1_830 * DAY)])
      expect(await refusal(history(1, `(from: "${from}")`))).toMatchObject({ code: 'BAD_USER_INPUT', argument: 'from' })
    const { node } = await read(history(1, `(from: "${day(NOW - 1_829 * DAY)}")`))
    expect(node.voteHistory).toHaveLength(1_830)
  })

  test('is empty without votes, except for requested days', async () => {
    expect((await read(history(PAPERS))).node.voteHistory).toEqual([])
    expect((await read(history(PAPERS, `(to: "${today}")`))).node.voteHistory).toEqual([])
    expect((await read(history(PAPERS, '(from: "2026-05-30", to: "2026-05-31")'))).node.voteHistory).toEqual([
      { date: '2026-05-30', voteCount: 0 },
      { date: '2026-05-31', voteCount: 0 },
    ])
  })
})
