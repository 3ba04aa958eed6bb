import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { encodeGlobalId } from '../../schema/global-id.ts'
import { setHidden } from '../../src/ingest/hiding.ts'
import { SCORE_DRIFT, voteExponentOf, withoutVotes, withVotes } from '../../src/queries/trending.ts'
import { Unavailable } from '../../src/values/errors.ts'
import { operator } from '../../src/writes/audit-log.ts'
import { VoteWriter } from '../../src/writes/vote-writer.ts'
import { type Catalogue, givenPapers, HALF_LIFE_HOURS } from '../support/catalogue.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import { random } from '../support/random.ts'
import { recount } from '../support/recount.ts'
import { startServer, type TestServer } from '../support/server.ts'

const HOUR = 3_600_000

let database: FreshDatabase
let server: TestServer
let catalogue: Catalogue
let ada: string
let now: Date

beforeAll(async () => {
  database = await freshDatabase()
  catalogue = await givenPapers(database.db, 30)
  now = new Date('2026-03-01T12:00:00Z')
  server = await startServer(database, { clock: { now: () => now, timeZone: 'UTC', rollover: '00:00' } })
  ada = await server.tokenOf('ada')
})
afterAll(async () => {
  await server?.close()
  await database?.close()
})

const idOf = (place: number) => encodeGlobalId('Paper', catalogue.paperIds[place] as number)

const RESULT = `{
  __typename
  ... on Error { message }
  ... on VotePayload { paper { id voteCount viewerHasVoted } }
}`

async function change(action: 'castVote' | 'withdrawVote', id: string, token?: string) {
  const { data, errors } = await server.ask(
    `mutation ($id: ID!) { ${action}(input: { paperId: $id }) ${RESULT} }`,
    { id },
    token,
  )
  expect(errors).toBeUndefined()
  return data[action]
}
const cast = (id: string, token?: string) => change('castVote', id, token)
const withdraw = (id: string, token?: string) => change('withdrawVote', id, token)

/** What somebody who asks anew is told. */
async function read(id: string, token?: string) {
  const { data, errors } = await server.ask(
    'query ($id: ID!) { node(id: $id) { ... on Paper { voteCount viewerHasVoted trending { score } } } }',
    { id },
    token,
  )
  expect(errors).toBeUndefined()
  return data.node
}

const voted = (id: string, voteCount: number, viewerHasVoted: boolean) => ({
  __typename: 'VotePayload',
  paper: { id, voteCount, viewerHasVoted },
})

describe('a vote', () => {
  test('goes through every transition, and all that is summed from it follows each time', async () => {
    const id = idOf(2)
    const { voteCount: before } = await read(id)
    const steps = [
      [withdraw, 0],
      [cast, 1],
      [cast, 1],
      [withdraw, 0],
      [withdraw, 0],
      [cast, 1],
    ] as const
    for (const [step, votes] of steps) {
      now = new Date(now.getTime() + HOUR)
      expect(await step(id, ada)).toEqual(voted(id, before + votes, votes === 1))
      expect(await read(id, ada)).toMatchObject({ voteCount: before + votes, viewerHasVoted: votes === 1 })
      expect(await recount(database.db)).toEqual([])
    }
    expect(await read(id)).toMatchObject({ viewerHasVoted: false })
    expect(await read(id, await server.tokenOf('BoReads'))).toMatchObject({ viewerHasVoted: false })
  })

  test('that is cast again keeps the moment at which it was cast first', async () => {
    const id = idOf(5)
    await cast(id, ada)
    const { trending } = await read(id)
    now = new Date(now.getTime() + 10 * HOUR)
    await cast(id, ada)
    expect((await read(id)).trending).toEqual(trending)
  })

  test('is one a person: those of others add up', async () => {
    const id = idOf(6)
    const { voteCount: before } = await read(id)
    const tokens = await Promise.all(['one', 'two', 'three', 'four'].map((handle) => server.tokenOf(handle)))
    const answers = await Promise.all([...tokens, ...tokens].map((token) => cast(id, token)))
    for (const answer of answers) expect(answer.paper.viewerHasVoted).toBe(true)
    expect(await withdraw(id, tokens[0])).toEqual(voted(id, before + 3, false))
    expect(await recount(database.db)).toEqual([])
  })

  test.each(['vote', 'all'])('is cast with the scope %s', async (scope) => {
    const token = await server.tokenOf(
      `scoped-${scope}`,
      scope === 'vote' ? ['vote'] : ['read', 'vote', 'submit', 'curate'],
    )
    expect(await cast(idOf(7), token)).toMatchObject({ paper: { viewerHasVoted: true } })
    expect(await withdraw(idOf(7), token)).toMatchObject({ paper: { viewerHasVoted: false } })
  })
})

describe('nothing is written and the answer says what to do', () => {
  const refusals: [name: string, token: () => Promise<string | undefined>, id: () => string, answer: object][] = [
    [
      'for nobody',
      async () => undefined,
      () => idOf(8),
      {
        __typename: 'UnauthenticatedError',
        message: 'Sign in to vote: send "Authorization: Bearer" and a token.',
      },
    ],
    [
      'for a token without the scope',
      () => server.tokenOf('reader', ['read', 'submit', 'curate']),
      () => idOf(8),
      {
        __typename: 'UnauthenticatedError',
        message: 'The token does not allow you to vote: it needs the scope "vote".',
      },
    ],
    [
      'for a paper that is not there',
      async () => ada,
      () => encodeGlobalId('Paper', 987_654_321),
      { __typename: 'NotFoundError', message: 'There is no paper of this id. It may have been removed.' },
    ],
  ]
  test.each(refusals)('%s', async (_name, token, id, answer) => {
    const { voteCount } = await read(idOf(8))
    for (const action of [cast, withdraw]) expect(await action(id(), await token())).toEqual(answer)
    expect((await read(idOf(8))).voteCount).toBe(voteCount)
  })

  test('for a hidden paper, whose votes are kept until it is shown again', async () => {
    const [id, paperId] = [idOf(9), catalogue.paperIds[9] as number]
    await cast(id, ada)
    const shown = await read(id, ada)
    await setHidden(database.db, { paperIds: [paperId], isHidden: true }, operator(), HALF_LIFE_HOURS)
    for (const action of [cast, withdraw])
      expect(await action(id, ada)).toEqual({ __typename: 'NotFoundError', message: expect.any(String) })
    expect(await recount(database.db)).toEqual([])
    await setHidden(database.db, { paperIds: [paperId], isHidden: false }, operator(), HALF_LIFE_HOURS)
    expect(await read(id, ada)).toEqual(shown)
    expect(await recount(database.db)).toEqual([])
  })

  test.each([
    '',
    'x',
    '-1',
    Buffer.from('Paper:abc').toString('base64url'),
    Buffer.from('Paper:0').toString('base64url'),
  ])('for the malformed id "%s"', async (id) => {
    // A member of the union, and no error that would hide what other mutations of the document have done.
    const { data, errors } = await server.ask(
      `mutation ($id: ID!, $good: ID!) {
        good: castVote(input: { paperId: $good }) { __typename }
        bad: castVote(input: { paperId: $id }) { __typename ... on Error { message } }
      }`,
      { id, good: encodeGlobalId('Paper', catalogue.paperIds[0] as number) },
      ada,
    )
    expect(errors).toBeUndefined()
    expect(data.good.__typename).toBe('VotePayload')
    expect(data.bad).toEqual({
      __typename: 'NotFoundError',
      message: 'The id is not one of a paper. Send the `id` of a Paper.',
    })
  })

  test('for the id of something else', async () => {
    const { data } = await server.ask(
      'mutation ($id: ID!) { withdrawVote(input: { paperId: $id }) { __typename } }',
      { id: encodeGlobalId('User', catalogue.userIds[0] as number) },
      ada,
    )
    expect(data.withdrawVote).toEqual({ __typename: 'NotFoundError' })
  })
})

describe('one document', () => {
  const PAPER = `... on VotePayload { paper {
    voteCount viewerHasVoted trending { decayedVotes } votes { totalCount nodes { user { handle } } }
    organization { voteCount } authors(first: 1) { nodes { voteCount } } voteHistory { voteCount }
  } }`

  test('with several votes for a paper shows each as it was done', async () => {
    const id = idOf(4)
    const { data, errors } = await server.ask(
      `mutation ($input: VoteInput!) {
        a: castVote(input: $input) { ${PAPER} }
        b: withdrawVote(input: $input) { ${PAPER} }
        c: castVote(input: $input) { ${PAPER} }
        d: castVote(input: $input) { ${PAPER} }
      }`,
      { input: { paperId: id } },
      ada,
    )
    expect(errors).toBeUndefined()
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => data[name].paper)
    expect([a, b, c, d].map((paper) => paper.viewerHasVoted)).toEqual([true, false, true, true])
    expect(a.votes.nodes).toContainEqual({ user: { handle: 'ada' } })
    expect(b.votes.nodes).not.toContainEqual({ user: { handle: 'ada' } })
    const sumsOf = (paper: typeof a) => [
      paper.voteCount,
      paper.votes.totalCount,
      paper.organization.voteCount,
      paper.authors.nodes[0].voteCount,
      paper.voteHistory.at(-1).voteCount,
    ]
    expect(sumsOf(b)).toEqual(sumsOf(a).map((sum) => sum - 1))
    expect([c, d]).toEqual([a, a])
    expect(await recount(database.db)).toEqual([])
  })

  test('with votes for several papers writes all, and a refusal costs only itself', async () => {
    const { data } = await server.ask(
      `mutation ($one: ID!, $none: ID!, $other: ID!) {
        one: castVote(input: { paperId: $one }) ${RESULT}
        none: castVote(input: { paperId: $none }) ${RESULT}
        other: castVote(input: { paperId: $other }) ${RESULT}
      }`,
      { one: idOf(11), none: encodeGlobalId('Paper', 987_654_321), other: idOf(12) },
      ada,
    )
    expect(data.one.paper.viewerHasVoted).toBe(true)
    expect(data.none.__typename).toBe('NotFoundError')
    expect(data.other.paper.viewerHasVoted).toBe(true)
    expect(await recount(database.db)).toEqual([])
  })
})

describe('who asks', () => {
  test('is the viewer, with a token only', async () => {
    const ask = async (token?: string) => (await server.ask('{ viewer { handle } }', {}, token)).data
    expect(await ask()).toEqual({ viewer: null })
    expect(await ask(ada)).toEqual({ viewer: { handle: 'ada' } })
    expect(await ask(await server.tokenOf('Zoë', ['read']))).toEqual({ viewer: { handle: 'Zoë' } })
  })

  test('sees in any list what they voted for', async () => {
    const token = await server.tokenOf('lister')
    await cast(idOf(13), token)
    const { data } = await server.ask('{ papers(first: 100) { nodes { id viewerHasVoted } } }', {}, token)
    const mine = data.papers.nodes.filter((paper: { viewerHasVoted: boolean }) => paper.viewerHasVoted)
    expect(mine).toEqual([{ id: idOf(13), viewerHasVoted: true }])
  })
})

test('the votes of a paper and of a person are listed, latest first, page by page', async () => {
  const token = await server.tokenOf('voter')
  const papers = [14, 15, 16, 17, 18].map(idOf)
  const moments: string[] = []
  for (const id of papers) {
    now = new Date(now.getTime() + HOUR)
    moments.unshift(now.toISOString())
    await cast(id, token)
  }
  await withdraw(papers[2] as string, token)
  moments.splice(2, 1)
  const left = papers.toSpliced(2, 1).toReversed()

  const seen: { paper: { id: string }; votedAt: string }[] = []
  for (let after: string | null = null; ; ) {
    const { data } = await server.ask(
      `query ($after: String) { user(handle: "voter") { votes(first: 3, after: $after) {
        totalCount pageInfo { hasNextPage endCursor } nodes { votedAt paper { id } user { handle } }
      } } }`,
      { after },
    )
    const { totalCount, pageInfo, nodes } = data.user.votes
    expect(totalCount).toBe(4)
    seen.push(...nodes)
    after = pageInfo.endCursor
    if (!pageInfo.hasNextPage) break
  }
  expect(seen).toEqual(left.map((id, n) => ({ votedAt: moments[n], paper: { id }, user: { handle: 'voter' } })))

  await cast(papers[0] as string, ada)
  const { data } = await server.ask(
    'query ($id: ID!) { node(id: $id) { ... on Paper { votes { totalCount nodes { user { handle } } } } } }',
    { id: papers[0] },
  )
  const [latest, ...others] = data.node.votes.nodes
  expect(latest).toEqual({ user: { handle: 'ada' } })
  expect(others).toContainEqual({ user: { handle: 'voter' } })
  expect(data.node.votes.totalCount).toBe(others.length + 1)
})

test('a vote that the writer refuses returns 503 and says when to retry', async () => {
  const write = vi.spyOn(VoteWriter.prototype, 'write').mockRejectedValueOnce(new Unavailable('OVERLOADED'))
  onTestFinished(() => write.mockRestore())
  const query = `mutation { castVote(input: { paperId: "${idOf(21)}" }) { __typename } }`
  const response = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${ada}` },
    body: JSON.stringify({ query }),
  })
  expect([response.status, response.headers.get('retry-after')]).toEqual([503, '2'])
  expect((await response.json()).errors).toEqual([
    expect.objectContaining({ message: expect.stringContaining('Try again'), extensions: { code: 'OVERLOADED' } }),
  ])
})

describe('taking a vote back removes exactly its weight', () => {
  const exponent = (moment: Date) => voteExponentOf(moment, HALF_LIFE_HOURS)
  const scoreOf = async (id: string) => (await read(id)).trending.score

  /** A paper that nobody has voted for, neither here nor at a source. */
  async function unvoted(): Promise<string> {
    const [row] = await database.db.execute<{ id: string }>(
      sql`select id from papers where vote_count = 0 and hidden_at is null order by id limit 1`,
    )
    return encodeGlobalId('Paper', row?.id as string)
  }

  test('the last one: the paper is as if there had never been one', async () => {
    const id = await unvoted()
    const before = await read(id)
    await cast(id, ada)
    expect(Math.abs((await scoreOf(id)) - exponent(now))).toBeLessThan(1e-9)
    await withdraw(id, ada)
    expect(await read(id)).toEqual(before)
    expect(before.trending.score).toBe(-Number.MAX_VALUE)
    expect(await recount(database.db)).toEqual([])
  })

  test('a new one that outweighs all the old', async () => {
    const id = await unvoted()
    const tokens = await Promise.all(Array.from({ length: 6 }, (_, n) => server.tokenOf(`old-${n}`)))
    for (const token of tokens) await cast(id, token)
    const old = await scoreOf(id)
    expect(Math.abs(old - exponent(now) - Math.log2(6))).toBeLessThan(1e-9)
    // Two years: what is old weighs 2^-365 of what is new, less than a double can tell beside it.
    now = new Date(now.getTime() + 2 * 365 * 24 * HOUR)
    await cast(id, ada)
    expect(await scoreOf(id)).toBe(exponent(now))
    await withdraw(id, ada)
    expect(Math.abs((await scoreOf(id)) - old)).toBeLessThan(1e-9)
    expect(await recount(database.db)).toEqual([])
  })

  test('2,000 votes cast and taken back over two years, alone and together', async () => {
    const { db } = database
    const [draw, start] = [random(3), now.getTime()]
    const pick = (ids: readonly number[]) => ids[Math.floor(draw() ** 2 * ids.length)] as number
    const people = await db.execute<{ id: string }>(
      sql`insert into users (handle) select 'random-' || n from generate_series(1, 60) as n returning id`,
    )
    const userIds = people.map(({ id }) => Number(id))
    let moment = start
    const writer = new VoteWriter(db, { halfLifeHours: HALF_LIFE_HOURS, now: () => new Date(moment) })
    for (let written = 0, size = 0; written < 2_000; written += size) {
      moment = start + Math.floor((written / 2_000 + draw() / 100) * 2 * 365 * 24 * HOUR)
      size = Math.min(1 + Math.floor(draw() ** 2 * 20), 2_000 - written)
      await Promise.all(
        Array.from({ length: size }, () =>
          writer.write({ paperId: pick(catalogue.paperIds), userId: pick(userIds), voted: draw() < 0.55 }),
        ),
      )
      if (written % 500 < size) expect(await recount(db)).toEqual([])
    }
    expect(await recount(db)).toEqual([])
  })

  test('200,000 votes cast and then taken back one by one stay within the drift that is allowed', () => {
    const vote = exponent(now)
    let [score, largest, anew] = [Number.NEGATIVE_INFINITY, 0, 0]
    const compare = (votes: number) => {
      largest = Math.max(largest, Math.abs(score - vote - Math.log2(votes)))
    }
    for (let votes = 1; votes <= 200_000; votes += 1) {
      score = withVotes(score, [vote])
      compare(votes)
    }
    for (let votes = 199_999; votes > 0; votes -= 1) {
      const remains = withoutVotes(score, [vote])
      if (remains === null) anew += 1
      score = remains ?? vote + Math.log2(votes)
      compare(votes)
    }
    expect(largest).toBeLessThan(SCORE_DRIFT / 100)
    // Summing anew is for the moments at which a power of two is passed, not for every vote.
    expect(anew).toBeLessThan(60)
  })
})
