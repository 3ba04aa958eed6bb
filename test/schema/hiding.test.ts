import { isDeepStrictEqual } from 'node:util'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { encodeGlobalId } from '../../schema/global-id.ts'
import { saveEntries } from '../../src/ingest/save/save.ts'
import type { Scope } from '../../src/values/scopes.ts'
import { refreshCounts } from '../../src/writes/counts.ts'
import { writeVotes } from '../../src/writes/vote-writer.ts'
import { writing } from '../../src/writes/writing.ts'
import { entryOf, only, person, rowVersions } from '../ingest/fixtures.ts'
import { type Catalogue, givenPapers, HALF_LIFE_HOURS } from '../support/catalogue.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import { startServer, type TestServer } from '../support/server.ts'

// Two databases of the same papers: in one a paper is hidden, in the other it never was. Whatever is asked, both must
// answer the same.

const PAPERS = 90
const NOW = new Date('2026-02-20T12:00:00Z')
/** Its paper is the only one of its author, its topic, its organization, its submitter and its days. */
const LONE = '2512.00001'
const CURATE: Scope[] = ['read', 'curate']

interface Side {
  database: FreshDatabase
  server: TestServer
}

let side: Side
let without: Side
let catalogue: Catalogue
let curator: string
let voter: string

/** The papers that get hidden: one that shares everything with others, and the one that shares nothing. */
let shared: number
let lone: number

async function makeSide(): Promise<Side & { catalogue: Catalogue }> {
  const database = await freshDatabase()
  const { db } = database
  const made = await givenPapers(db, PAPERS)
  const lonely = entryOf({
    arxivId: LONE,
    title: 'Alone',
    publishedAt: '2025-11-30T00:00:00.000Z',
    listedAt: '2025-12-01T08:00:00.000Z',
    listedOn: '2025-12-01',
    submitter: person('hermit', 'h1'),
    organization: { slug: 'hermitage', name: 'Hermitage', avatarUrl: null, sourceKey: null },
    authors: [
      { name: 'Only Author', account: null },
      { name: 'Ada Abara', account: null },
      { name: 'Only Author', account: null },
    ],
    topics: [
      { kind: 'KEYWORD', names: ['solitude', 'agents'] },
      { kind: 'CATEGORY', names: ['cs.CL'] },
    ],
    links: [{ kind: 'CODE', url: 'https://code.example/alone', title: null }],
    commentCount: 3,
    votes: { count: 400, countedAt: '2026-02-19T00:00:00.000Z' },
  })
  await saveEntries(db, [lonely], { halfLifeHours: HALF_LIFE_HOURS })
  const loneId = Number((await only<{ id: string }>(db, sql`select id from papers where arxiv_id = ${LONE}`)).id)
  const changes = made.userIds.slice(0, 4).map((userId) => ({ paperId: loneId, userId, voted: true }))
  await writeVotes(db, changes, { now: new Date('2026-02-19T10:00:00Z'), halfLifeHours: HALF_LIFE_HOURS })
  const server = await startServer(database, { clock: { now: () => NOW, timeZone: 'UTC', rollover: '00:00' } })
  return { database, server, catalogue: { ...made, paperIds: [...made.paperIds, loneId] } }
}

beforeAll(async () => {
  const [one, other] = [await makeSide(), await makeSide()]
  side = one
  without = other
  catalogue = one.catalogue
  // The 34th is listed, with votes cast here and counted elsewhere, an organization, authors and topics.
  shared = catalogue.paperIds[33] as number
  lone = catalogue.paperIds.at(-1) as number
  curator = await side.server.tokenOf('curator', CURATE)
  voter = await side.server.tokenOf('ada-a')
})
afterAll(async () => {
  for (const { server, database } of [side, without]) {
    await server?.close()
    await database?.close()
  }
})

const idOf = (paperId: number) => encodeGlobalId('Paper', paperId)

async function ask({ server }: Side, query: string, variables?: Record<string, unknown>) {
  const { data, errors } = await server.ask(query, variables)
  expect(errors).toBeUndefined()
  return data
}

const CHANGE = (field: string) => /* GraphQL */ `
  mutation ($id: ID!) {
    ${field}(input: { paperId: $id }) {
      __typename
      ... on HidePaperPayload { paperId isHidden }
      ... on Error { message }
    }
  }`

async function change(field: 'hidePaper' | 'unhidePaper', paperId: number, token: string | undefined = curator) {
  const { data, errors } = await side.server.ask(CHANGE(field), { id: idOf(paperId) }, token)
  expect(errors).toBeUndefined()
  return data[field]
}

const PAPER = `id title voteCount trending { score decayedVotes } votes { totalCount } topics { slug }
  authors { totalCount } organization { slug } voteHistory { date voteCount } submittedBy { handle }`
const LIST = `totalCount pageInfo { hasNextPage hasPreviousPage } edges { cursor node { id } }
  facets { topics(first: 100) { count topic { slug } } organizations(first: 100) { count organization { slug } } months { month count } }`
const ORDERS = ['TRENDING', 'MOST_VOTED', 'MOST_DISCUSSED', 'NEWEST', 'OLDEST', 'RECENTLY_LISTED']
const FILTERS = [
  'topics: ["agents"]',
  'topics: ["agents", "cs.cl"]',
  'topics: ["solitude"]',
  'allTopics: ["agents", "cs.cl"]',
  'excludeTopics: ["robotics"]',
  'authors: ["ada-abara"]',
  'authors: ["only-author"]',
  'organizations: ["hermitage"]',
  'organizations: ["polder-ai", "hermitage"]',
  'submitters: ["hermit", "ada-a"]',
  'submitters: ["hermit"]',
  'listedFrom: "2025-12-01", listedTo: "2025-12-01"',
  'listedFrom: "2025-12-01"',
  'minVotes: 3, minComments: 1',
  'publishedTo: "2026-01-31", hasCode: true',
]
const AS_OF = ['2025-12-02T00:00:00Z', '2026-02-05T00:00:00Z', '2026-02-20T00:00:00Z']

/** Every way to come upon a paper, with its own answer to each. */
function questions(): string[] {
  const several = <T>(list: readonly T[], each: (one: T, place: number) => string): string =>
    `{ ${list.map((one, place) => `q${place}: ${each(one, place)}`).join('\n')} }`
  const directories = ['authors', 'organizations', 'topics'].flatMap((name) =>
    (name === 'topics' ? ['PAPER_COUNT', 'TRENDING'] : ['PAPER_COUNT', 'VOTES']).map(
      (order) =>
        `${name}(orderBy: ${order}, first: 100) { nodes { slug paperCount ${name === 'topics' ? '' : 'voteCount'} } }`,
    ),
  )
  return [
    ...ORDERS.map((order) => `{ papers(orderBy: ${order}, first: 100) { ${LIST} } }`),
    several(ORDERS, (order) => `papers(orderBy: ${order}, last: 3) { edges { node { id } } }`),
    ...FILTERS.flatMap((filter) => [
      `{ papers(orderBy: NEWEST, first: 100, filter: { ${filter} }) { ${LIST} } }`,
      several(ORDERS, (order) => `papers(orderBy: ${order}, first: 20, filter: { ${filter} }) { nodes { id } }`),
    ]),
    several(
      AS_OF,
      (asOf) =>
        `papers(asOf: "${asOf}", first: 100) { totalCount edges { cursor node { id } } facets { months { month count } } }`,
    ),
    several(
      AS_OF,
      (asOf) => `papers(asOf: "${asOf}", orderBy: MOST_VOTED, first: 100) { edges { cursor node { id } } }`,
    ),
    several(
      AS_OF,
      (asOf) => `papers(asOf: "${asOf}", filter: { topics: ["agents"] }, first: 100) { totalCount nodes { id } }`,
    ),
    ...['DAY', 'WEEK', 'MONTH'].flatMap((period) => [
      `{ editions(period: ${period}, first: 100) { totalCount edges { cursor node { date papers(first: 100) { totalCount nodes { id } }
        previous { date } next { date } } } } }`,
      `{ newest: edition(period: ${period}) { date } edition(period: ${period}, date: "2025-12-01") { papers { ${LIST} } previous { date } next { date } } }`,
    ]),
    `{ ${directories.map((directory, place) => `q${place}: ${directory}`).join('\n')} }`,
    several(
      ['only-author', 'ada-abara', 'goran-bellweather'],
      (slug) => `author(by: { slug: "${slug}" }) { paperCount voteCount papers(first: 100) { ${LIST} }
        votes: papers(orderBy: MOST_VOTED, first: 100) { nodes { id } } coauthors(first: 100) { slug } }`,
    ),
    several(
      ['solitude', 'agents', 'cs.cl', 'cs.cv'],
      (slug) =>
        `topic(slug: "${slug}") { paperCount papers(first: 100) { ${LIST} } newest: papers(orderBy: NEWEST, first: 100) { nodes { id } } }`,
    ),
    several(
      ['hermitage', 'polder-ai', 'northlight-lab'],
      (slug) => `organization(slug: "${slug}") { paperCount voteCount papers(first: 100) { ${LIST} } }`,
    ),
    several(
      ['hermit', 'ada-a', 'BoReads', 'curator', 'd0nna', 'emre'],
      (handle) => `user(handle: "${handle}") { submissions(first: 100) { ${LIST} }
        votes(first: 100) { totalCount pageInfo { hasNextPage } edges { cursor node { votedAt paper { id } } } } }`,
    ),
    several([shared, lone], (paperId) => `node(id: "${idOf(paperId)}") { id }`),
    `{ nodes(ids: [${[shared, lone, catalogue.paperIds[0] as number].map((id) => `"${idOf(id)}"`)}]) { id ... on Paper { ${PAPER} } } }`,
    several(
      [`id: "${idOf(shared)}"`, `arxivId: "2601.00034"`, `id: "${idOf(lone)}"`, `url: "https://arxiv.org/abs/${LONE}"`],
      (by) => `paper(by: { ${by} }) { ${PAPER} }`,
    ),
  ]
}

async function snapshot(of: Side): Promise<Record<string, unknown>> {
  const answers: Record<string, unknown> = {}
  for (const question of questions()) answers[question] = await ask(of, question)
  return answers
}

/** Takes papers out of the other database as if they had never been. */
async function remove(...paperIds: number[]): Promise<void> {
  const ids = sql.param(paperIds)
  await writing(without.database.db, async (open) => {
    const { tx } = open
    const idsOf = async (query: ReturnType<typeof sql>) =>
      (await tx.execute<{ id: string }>(query)).map(({ id }) => Number(id))
    const touched = {
      paperIds: [],
      authorIds: await idsOf(
        sql`select distinct author_id as id from paper_authors where paper_id = any(${ids}::bigint[])`,
      ),
      topicIds: await idsOf(
        sql`select distinct topic_id as id from paper_topics where paper_id = any(${ids}::bigint[])`,
      ),
      organizationIds: await idsOf(
        sql`select distinct organization_id as id from papers where id = any(${ids}::bigint[]) and organization_id is not null`,
      ),
    }
    await tx.execute(sql`delete from papers where id = any(${ids}::bigint[])`)
    await refreshCounts(open, touched, HALF_LIFE_HOURS)
  })
}

/** A recount of everything changes nothing. */
async function expectCountsToBeRight({ database: { db } }: Side): Promise<void> {
  const all = async (table: string) =>
    (await db.execute<{ id: string }>(sql`select id from ${sql.identifier(table)}`)).map(({ id }) => Number(id))
  const touched = {
    paperIds: await all('papers'),
    authorIds: await all('authors'),
    organizationIds: await all('organizations'),
    topicIds: await all('topics'),
  }
  // An update that changes nothing is not written, locking changes `xmax` only.
  const before = await rowVersions(db)
  await writing(db, (open) => refreshCounts(open, touched, HALF_LIFE_HOURS))
  expect(await rowVersions(db)).toEqual(before)
}

describe('only a curator', () => {
  test('hides and shows papers', async () => {
    for (const field of ['hidePaper', 'unhidePaper'] as const) {
      expect(await change(field, shared, '')).toEqual({
        __typename: 'UnauthenticatedError',
        message: expect.stringMatching(/^Sign in/),
      })
      expect(await change(field, shared, voter)).toEqual({
        __typename: 'ForbiddenError',
        message: expect.stringMatching(/"curate"/),
      })
    }
    expect((await ask(side, `{ node(id: "${idOf(shared)}") { id } }`)).node).toEqual({ id: idOf(shared) })
  })

  test('and is told what there is not', async () => {
    for (const field of ['hidePaper', 'unhidePaper'] as const) {
      expect(await change(field, 987_654)).toMatchObject({ __typename: 'NotFoundError' })
      for (const id of ['nonsense', encodeGlobalId('Topic', 1)]) {
        const { data, errors } = await side.server.ask(CHANGE(field), { id }, curator)
        expect(errors).toBeUndefined()
        expect(data[field] ?? Object.values(data)[0]).toMatchObject({ __typename: 'NotFoundError' })
      }
    }
  })
})

test('a paper that is hidden is as if it were not there, and comes back as it was', async () => {
  const before = await snapshot(side)
  expect(before).toEqual(await snapshot(without))
  const versions = await rowVersions(side.database.db)

  // Showing what is not hidden does nothing.
  expect(await change('unhidePaper', shared)).toMatchObject({ isHidden: false })
  expect(await rowVersions(side.database.db)).toEqual(versions)

  const votes = await side.database.db.execute(sql`select * from votes order by paper_id, user_id`)
  expect(votes.filter(({ paper_id }) => [shared, lone].includes(Number(paper_id))).length).toBeGreaterThan(4)
  for (const paperId of [shared, lone])
    expect(await change('hidePaper', paperId)).toEqual({
      __typename: 'HidePaperPayload',
      paperId: idOf(paperId),
      isHidden: true,
    })
  await remove(shared, lone)
  const hidden = await snapshot(side)
  expect(hidden).toEqual(await snapshot(without))
  // Every question is one that a hidden paper could spoil.
  expect(Object.keys(before).filter((question) => isDeepStrictEqual(hidden[question], before[question]))).toEqual([])
  for (const [question, answer] of Object.entries(hidden))
    for (const paperId of [shared, lone]) expect(JSON.stringify(answer), question).not.toContain(idOf(paperId))
  await expectCountsToBeRight(side)

  // The day that only had a hidden paper is no edition any more, and is asked for like any other day.
  const { edition, editions } = await ask(
    side,
    '{ edition(date: "2025-12-01") { papers { totalCount } next { previous { date } } } editions(last: 1) { nodes { date } } }',
  )
  expect(edition).toEqual({ papers: { totalCount: 0 }, next: { previous: null } })
  expect(editions.nodes[0].date > '2026').toBe(true)

  // Hiding twice is the same, and the first moment stays.
  const hiddenVersions = await rowVersions(side.database.db)
  expect(await change('hidePaper', lone)).toMatchObject({ isHidden: true })
  expect(await rowVersions(side.database.db)).toEqual(hiddenVersions)
  expect(await side.database.db.execute(sql`select * from votes order by paper_id, user_id`)).toEqual(votes)

  for (const paperId of [lone, shared])
    expect(await change('unhidePaper', paperId)).toMatchObject({ paperId: idOf(paperId), isHidden: false })
  expect(await snapshot(side)).toEqual(before)
  await expectCountsToBeRight(side)
})

test('it cannot be voted for', async () => {
  await change('hidePaper', lone)
  const count = sql`select count(*)::int as votes, max(vote_count)::int as vote_count from votes join papers on id = paper_id where paper_id = ${lone}`
  const before = await only(side.database.db, count)
  for (const field of ['castVote', 'withdrawVote']) {
    const { data } = await side.server.ask(
      `mutation ($id: ID!) { ${field}(input: { paperId: $id }) { __typename } }`,
      { id: idOf(lone) },
      await side.server.tokenOf(field === 'castVote' ? 'emre' : 'ada-a'),
    )
    expect(data[field]).toEqual({ __typename: 'NotFoundError' })
  }
  expect(await only(side.database.db, count)).toEqual(before)
  await change('unhidePaper', lone)
})

test('votes that come while it is hidden and shown are counted or refused', async () => {
  const handles = Array.from({ length: 30 }, (_, place) => `late-${place}`)
  const tokens = await Promise.all(handles.map((handle) => side.server.tokenOf(handle)))
  const vote = async (token: string) => {
    const { data } = await side.server.ask(
      'mutation ($id: ID!) { castVote(input: { paperId: $id }) { __typename } }',
      { id: idOf(shared) },
      token,
    )
    return data.castVote.__typename
  }
  const answers: Promise<string>[] = []
  for (const [place, token] of tokens.entries()) {
    answers.push(vote(token))
    if (place % 10 === 4) answers.push(change('hidePaper', shared))
    if (place % 10 === 9) await change('unhidePaper', shared)
  }
  const acknowledged = (await Promise.all(answers)).filter((answer) => answer === 'VotePayload')
  await change('unhidePaper', shared)
  const { votes } = await only<{ votes: number }>(
    side.database.db,
    sql`select count(*)::int as votes from votes join users on id = user_id where paper_id = ${shared} and handle like 'late-%'`,
  )
  expect(votes).toBe(acknowledged.length)
  await expectCountsToBeRight(side)
})

test('an import keeps it hidden, with what is new about it', async () => {
  await change('hidePaper', lone)
  const topicsBefore = await ask(side, '{ topics(first: 100, orderBy: NAME) { nodes { slug paperCount } } }')
  const next = entryOf({
    arxivId: LONE,
    asOf: '2026-12-01T00:00:00.000Z',
    title: 'Alone, revised',
    publishedAt: '2026-02-19T00:00:00.000Z',
    listedAt: '2025-11-28T00:00:00.000Z',
    listedOn: '2025-11-28',
    submitter: person('hermit', 'h1'),
    organization: { slug: 'newfound', name: 'Newfound', avatarUrl: null, sourceKey: null },
    authors: [
      { name: 'Fresh Author', account: null },
      { name: 'Bo Abara', account: null },
    ],
    topics: [{ kind: 'KEYWORD', names: ['novelty', 'agents'] }],
    votes: { count: 500, countedAt: '2026-02-20T00:00:00.000Z' },
  })
  await saveEntries(side.database.db, [next], { halfLifeHours: HALF_LIFE_HOURS })
  const question = `{
    node(id: "${idOf(lone)}") { id } paper(by: { arxivId: "${LONE}" }) { title }
    topic(slug: "novelty") { paperCount papers { totalCount nodes { id } } }
    fresh: author(by: { slug: "fresh-author" }) { paperCount voteCount papers { totalCount nodes { id } } coauthors { slug } }
    organization(slug: "newfound") { paperCount voteCount papers { totalCount nodes { id } } }
    edition(date: "2025-11-28") { papers { totalCount } } editions(last: 1) { nodes { date } }
    papers(first: 1) { totalCount nodes { title } } newest: papers(orderBy: NEWEST, first: 1) { nodes { title } }
    popular: papers(orderBy: MOST_VOTED, first: 1) { nodes { title } } }`
  const whileHidden = await ask(side, question)
  expect(whileHidden).toMatchObject({
    node: null,
    paper: null,
    topic: { paperCount: 0, papers: { totalCount: 0, nodes: [] } },
    fresh: { paperCount: 0, voteCount: 0, papers: { totalCount: 0, nodes: [] }, coauthors: [] },
    organization: { paperCount: 0, voteCount: 0, papers: { totalCount: 0, nodes: [] } },
    edition: { papers: { totalCount: 0 } },
    papers: { totalCount: PAPERS },
  })
  expect(JSON.stringify(whileHidden)).not.toContain('Alone')
  const { topics } = await ask(side, '{ topics(first: 100, orderBy: NAME) { nodes { slug paperCount } } }')
  expect(topics.nodes.filter(({ slug }: { slug: string }) => slug !== 'novelty')).toEqual(topicsBefore.topics.nodes)
  await expectCountsToBeRight(side)

  await change('unhidePaper', lone)
  expect(await ask(side, question)).toMatchObject({
    node: { id: idOf(lone) },
    paper: { title: 'Alone, revised' },
    topic: { paperCount: 1, papers: { nodes: [{ id: idOf(lone) }] } },
    fresh: { paperCount: 1, voteCount: 504, coauthors: [{ slug: 'bo-abara' }] },
    organization: { paperCount: 1, voteCount: 504 },
    edition: { papers: { totalCount: 1 } },
    editions: { nodes: [{ date: '2025-11-28' }] },
    papers: { totalCount: PAPERS + 1, nodes: [{ title: 'Alone, revised' }] },
    popular: { nodes: [{ title: 'Alone, revised' }] },
  })
  await expectCountsToBeRight(side)
})
