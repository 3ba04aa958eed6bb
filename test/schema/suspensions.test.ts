import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { encodeGlobalId } from '../../schema/global-id.ts'
import { userOfHandle } from '../../src/writes/users.ts'
import { type Catalogue, givenPapers } from '../support/catalogue.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import { random as numbersOf } from '../support/random.ts'
import { recount } from '../support/recount.ts'
import { startServer, type TestServer } from '../support/server.ts'

/** Decayed votes depend on the moment. */
const CLOCK = { now: () => new Date('2026-02-20T12:00:00Z'), timeZone: 'UTC', rollover: '00:00' }

let database: FreshDatabase
let server: TestServer
let other: TestServer
let catalogue: Catalogue
let curator: string

beforeAll(async () => {
  database = await freshDatabase()
  catalogue = await givenPapers(database.db, 60)
  server = await startServer(database, { cacheMegabytes: 4, clock: CLOCK })
  other = await startServer(database, { cacheMegabytes: 4, clock: CLOCK })
  curator = await server.tokenOf('curie', ['read', 'vote', 'submit', 'curate'])
})
afterAll(async () => {
  await other?.close()
  await server?.close()
  await database?.close()
})

const userId = async (handle: string) => encodeGlobalId('User', (await userOfHandle(database.db, handle)).user.id)
const paper = (place: number) => encodeGlobalId('Paper', catalogue.paperIds[place] as number)

async function change(
  what: 'suspendUser' | 'unsuspendUser',
  id: string,
  reason: string | null = null,
  token = curator,
) {
  const { data, errors } = await server.ask(
    `mutation ($input: SuspendUserInput!) { ${what}(input: $input) {
      __typename ... on SuspendUserPayload { isSuspended user { handle } } ... on Error { message }
    } }`,
    { input: { userId: id, reason } },
    token,
  )
  expect(errors).toBeUndefined()
  return data[what]
}

const vote = (what: 'castVote' | 'withdrawVote', id: string, token: string, at = server) =>
  at.ask(`mutation ($id: ID!) { ${what}(input: { paperId: $id }) { __typename } }`, { id }, token)

/** Everything that votes decide, as anyone sees it. */
const COUNTED = `{
  mostVoted: papers(orderBy: MOST_VOTED, first: 60) { nodes { id voteCount } }
  trending: papers(orderBy: TRENDING, first: 60) { nodes { id trending { decayedVotes } } }
  popular: papers(filter: { minVotes: 40 }) { totalCount facets { topics(first: 50) { count topic { slug } } } }
  authors(orderBy: VOTES, first: 100) { nodes { slug voteCount } }
  organizations(orderBy: VOTES) { nodes { slug voteCount } }
  topics(orderBy: TRENDING, first: 50) { nodes { slug } }
  paper(by: { id: "PAPER" }) { voteCount votes { totalCount nodes { user { handle } } } voteHistory { date voteCount } }
  user(handle: "mallory") { votes { totalCount } }
}`

/** Scores are sums of floating-point numbers: their last digits depend on the order of the votes. */
const rounded = (value: unknown) =>
  JSON.parse(JSON.stringify(value), (key, part) => (key === 'decayedVotes' ? Number(part.toPrecision(9)) : part))

const counted = async (at = server) => {
  const { data, errors } = await at.ask(COUNTED.replace('PAPER', paper(3)))
  expect(errors).toBeUndefined()
  return rounded(data)
}

const SUSPENDED = {
  errors: [
    { message: expect.stringMatching(/^This account is suspended:/), extensions: { code: 'ACCOUNT_SUSPENDED' } },
  ],
}

test('suspending takes the votes of a user out of everything, and the end of it brings them back', async () => {
  const mallory = await server.tokenOf('mallory')
  const never = await counted()
  for (let place = 0; place < 60; place += 1) await vote('castVote', paper(place), mallory)
  const before = await counted()
  expect(before.mostVoted).not.toEqual(never.mostVoted)

  expect(await change('suspendUser', await userId('mallory'), 'Votes for everything.')).toEqual({
    __typename: 'SuspendUserPayload',
    isSuspended: true,
    user: { handle: 'mallory' },
  })
  // On the other server too, whose cache has older numbers.
  for (const each of [server, other]) await expect.poll(() => counted(each)).toEqual(never)
  expect(await recount(database.db)).toEqual([])

  expect(await change('unsuspendUser', await userId('mallory'))).toMatchObject({ isSuspended: false })
  for (const each of [server, other]) await expect.poll(() => counted(each)).toEqual(before)
  expect(await recount(database.db)).toEqual([])
  expect(await database.db.execute(sql`select from suspended_votes`)).toHaveLength(0)

  const { data } = await server.ask(
    `query ($id: ID!) { auditLog(filter: { subjects: [$id], actors: ["curie"] }) { ... on AuditEntryConnection {
      nodes { action reason subjects { name } }
    } } }`,
    { id: await userId('mallory') },
    curator,
  )
  expect(data.auditLog.nodes).toEqual([
    { action: 'UNSUSPEND_USER', reason: null, subjects: [{ name: 'mallory' }] },
    { action: 'SUSPEND_USER', reason: 'Votes for everything.', subjects: [{ name: 'mallory' }] },
  ])
})

test('a suspended user is refused at once, by every server, with all tokens and for everything', async () => {
  const tokens = [await server.tokenOf('eve'), await server.tokenOf('eve', ['read'])]
  const body = JSON.stringify({ query: '{ viewer { handle } rateLimit { remaining } }' })
  const ask = (token: string, { url }: TestServer) =>
    fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body,
    })
  for (const token of tokens) expect((await ask(token, other)).status).toBe(200)
  await change('suspendUser', await userId('eve'))
  for (const token of tokens)
    for (const each of [server, other]) {
      const response = await ask(token, each)
      expect([response.status, await response.json()]).toEqual([403, SUSPENDED])
    }
  expect(await vote('castVote', paper(1), tokens[0] as string)).toEqual(SUSPENDED)
  await change('unsuspendUser', await userId('eve'))
  expect((await ask(tokens[0] as string, other)).status).toBe(200)
})

test('the suspended users are listed for curators, with who suspended them and why', async () => {
  const list = async (token?: string) =>
    (
      await server.ask(
        `{ suspendedUsers { __typename ... on SuspendedUserConnection { totalCount nodes {
          user { handle } suspendedAt suspension { reason actor { handle } }
        } } } }`,
        {},
        token,
      )
    ).data.suspendedUsers
  expect(await list()).toEqual({ __typename: 'UnauthenticatedError' })
  expect(await list(await server.tokenOf('ada'))).toEqual({ __typename: 'ForbiddenError' })
  for (const handle of ['first', 'second']) {
    await server.tokenOf(handle)
    await change('suspendUser', await userId(handle), `Is ${handle}.`)
  }
  const entry = (handle: string) => ({
    user: { handle },
    suspendedAt: '2026-02-20T12:00:00.000Z',
    suspension: { reason: `Is ${handle}.`, actor: { handle: 'curie' } },
  })
  expect(await list(curator)).toMatchObject({ totalCount: 2, nodes: [entry('second'), entry('first')] })
  for (const handle of ['first', 'second']) await change('unsuspendUser', await userId(handle))
  expect(await list(curator)).toMatchObject({ totalCount: 0, nodes: [] })
})

test('suspending costs a vote no statement', async () => {
  const token = await server.tokenOf('ada')
  const { statements } = await database.log.during(() => vote('castVote', paper(2), token))
  expect(statements.map((statement) => statement.trim().split(/\s+/).slice(0, 2).join(' '))).toEqual([
    'select "users"."id",',
    'select half_life_hours',
    'select id,',
    'with requested',
    'update papers',
    'with change',
    'with change',
    'select paper_id,',
    'update topics',
    'select pg_notify($1,',
    'select "id",',
  ])
})

describe('refused', () => {
  test.each([
    ['an unknown user', encodeGlobalId('User', 999_999), 'NotFoundError'],
    ['a paper', encodeGlobalId('Paper', 1), 'NotFoundError'],
    ['no id', 'x', 'NotFoundError'],
  ])('%s', async (_name, id, type) => {
    expect(await change('suspendUser', id)).toEqual({
      __typename: type,
      message: 'There is no user of this id. Send the `id` of a User.',
    })
  })

  test('oneself', async () => {
    expect(await change('suspendUser', await userId('curie'))).toEqual({
      __typename: 'ForbiddenError',
      message: 'You cannot suspend yourself: you could not undo it.',
    })
  })
})

test('suspending what is suspended changes nothing, and goes on with what was not finished', async () => {
  const token = await server.tokenOf('trent')
  await vote('castVote', paper(5), token)
  await change('suspendUser', await userId('trent'))
  const log = () => database.db.execute(sql`select from audit_log`)
  const entries = (await log()).length
  // As if the server had been killed before the votes were moved.
  await database.db.execute(sql`
    with back as (delete from suspended_votes where user_id = (select id from users where handle = 'trent') returning *) insert into votes select paper_id, user_id, voted_at from back`)
  expect(await change('suspendUser', await userId('trent'))).toMatchObject({ isSuspended: true })
  expect(await log()).toHaveLength(entries)
  expect(
    await database.db.execute(
      sql`select from suspended_votes where user_id = (select id from users where handle = 'trent')`,
    ),
  ).toHaveLength(1)
  expect(await recount(database.db)).toEqual([])
  await change('unsuspendUser', await userId('trent'))
})

test.each([1, 2, 3])(
  'votes that arrive while their user is suspended and shown again are counted right (%i)',
  async (seed) => {
    const random = numbersOf(seed)
    const handle = `racer-${seed}`
    const token = await server.tokenOf(handle)
    const id = await userId(handle)
    const outcomes = new Set<string>()
    const voting = Array.from({ length: 80 }, async () => {
      await new Promise((resolve) => setTimeout(resolve, random() * 250))
      const at = random() < 0.5 ? server : other
      const { data, errors } = await vote(
        random() < 0.8 ? 'castVote' : 'withdrawVote',
        paper(Math.floor(random() * 60)),
        token,
        at,
      )
      outcomes.add((errors?.[0]?.extensions.code as string | undefined) ?? data.castVote?.__typename ?? 'withdrawn')
    })
    const switching = (async () => {
      for (let turn = 0; turn < 4; turn += 1) {
        await new Promise((resolve) => setTimeout(resolve, random() * 60))
        await change(turn % 2 === 0 ? 'suspendUser' : 'unsuspendUser', id)
      }
      // Two curators at once.
      await Promise.all([change('suspendUser', id), change('unsuspendUser', id), change('suspendUser', id)])
      await change('suspendUser', id)
    })()
    await Promise.all([...voting, switching])
    expect([...outcomes].filter((each) => !['VotePayload', 'withdrawn', 'ACCOUNT_SUSPENDED'].includes(each))).toEqual(
      [],
    )
    expect(
      await database.db.execute(sql`
      select from votes join users on users.id = votes.user_id where suspended_at is not null
      union all select from suspended_votes join users on users.id = user_id where suspended_at is null`),
    ).toHaveLength(0)
    expect(await recount(database.db)).toEqual([])
  },
)

test('a submission under way ends with the suspension', async () => {
  const token = await server.tokenOf('sybil')
  const id = await userId('sybil')
  const submit = (n: number) =>
    server.ask(
      `mutation ($input: SubmitPaperInput!) { submitPaper(input: $input) { __typename } }`,
      {
        input: {
          arxivId: `2602.1${String(n).padStart(4, '0')}`,
          paper: { title: `T ${n}`, abstract: 'A', authors: ['Sy Bil'], publishedAt: '2026-02-01T00:00:00Z' },
        },
      },
      token,
    )
  const submitting = Array.from({ length: 12 }, (_, n) => submit(n))
  await change('suspendUser', id)
  const [{ count }] = (await database.db.execute(
    sql`select count(*)::int from papers join users on users.id = submitter_id where handle = 'sybil'`,
  )) as unknown as [{ count: number }]
  const answers = await Promise.all(submitting)
  for (const { data, errors } of answers)
    expect(errors?.[0]?.extensions.code ?? data.submitPaper.__typename).toMatch(
      /^(ACCOUNT_SUSPENDED|SubmitPaperPayload)$/,
    )
  // Nothing came after the answer of the curator.
  expect(answers.filter(({ data }) => data?.submitPaper)).toHaveLength(count)
})
