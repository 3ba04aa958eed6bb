import { afterAll, expect, test } from 'vitest'
import { givenPapers } from '../../support/catalogue.ts'
import { freshDatabase } from '../../support/database.ts'
import { startServer } from '../../support/server.ts'

// A query is compiled when it comes for the third time: its answers from then on are those from before, to the letter.

const database = await freshDatabase()
await givenPapers(database.db, 60)
const server = await startServer(database)
afterAll(async () => {
  await server.close()
  await database.close()
})

type Variables = Record<string, unknown>

const QUERIES: [what: string, query: string, ...variables: Variables[]][] = [
  [
    'a list with all kinds of fields',
    `{ papers(first: 5) { totalCount pageInfo { hasNextPage endCursor } edges { cursor node {
      __typename id arxivId doi title publishedAt listedOn organization { name } submittedBy { handle } topics { slug kind }
      authors(first: 2) { totalCount edges { position node { name } } } links(kind: CODE) { kind url } viewerHasVoted
      trending { score } votes(first: 1) { nodes { votedAt user { handle } } } } } } viewer { handle } }`,
  ],
  [
    'fields left out by directives',
    `query ($all: Boolean!) { papers(first: 3) { nodes { id ...facts @include(if: $all) ... @skip(if: $all) { voteCount } } }
      none: papers(first: 1) @skip(if: $all) { totalCount } } fragment facts on Paper { title summary @include(if: $all) }`,
    { all: true },
    { all: false },
  ],
  [
    'aliases and fields asked for twice',
    `{ a: papers(first: 1) { nodes { title } nodes { authors { nodes { name } } } } b: papers(first: 2) { nodes { t: title title } } }`,
  ],
  [
    'nodes of any type',
    `query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on Paper { title } ... on Topic { slug } ... on Edition { date } } }`,
    { ids: ['UGFwZXI6MQ', 'VG9waWM6MQ', 'UGFwZXI6OTk5OTk5', 'UGFwZXI6MQ'] },
    { ids: ['UGFwZXI6MQ', 'malformed', 'VG9waWM6MQ', '', 'UGFwZXI6MQ'] },
    { ids: ['malformed'] },
    { ids: [] },
  ],
  [
    'one object in several places',
    `query ($a: ID!, $b: ID!) { a: node(id: $a) { id ... on Topic { slug } } b: node(id: $b) { __typename id }
      c: nodes(ids: [$a, $b, $a]) { id ... on Paper { title } } d: node(id: $a) { __typename } }`,
    { a: 'UGFwZXI6MQ', b: 'UGFwZXI6MQ' },
    { a: 'VG9waWM6MQ', b: 'UGFwZXI6MQ' },
    { a: 'malformed', b: 'VG9waWM6MQ' },
  ],
  [
    'a variable that has a default, is null or is wrong',
    `query ($first: Int = 2, $order: PaperOrder! = NEWEST) { papers(first: $first, orderBy: $order) { nodes { id } } }`,
    {},
    { first: null },
    { first: 1, order: 'OLDEST' },
    { first: 'two' },
    { order: 'SIDEWAYS' },
    { first: 1_000 },
  ],
  [
    'a variable that its default allows where null is not',
    `query ($topic: String = "agents", $scheme: String = "s2", $order: PaperOrder = NEWEST, $all: Boolean = true) {
      papers(filter: { topics: [$topic, "robotics"] }, orderBy: $order, first: 2) { nodes { id title @include(if: $all) } }
      paper(by: { identifier: { scheme: $scheme, value: "x" } }) { id } }`,
    {},
    { topic: null },
    { scheme: null },
    { order: null },
    { all: null },
    { topic: 'robotics', scheme: 'doi' },
  ],
  [
    'exactly one of several',
    `query ($by: PaperLookup!) { paper(by: $by) { title } }`,
    { by: { arxivId: '2601.00001' } },
    { by: { arxivId: 'https://arxiv.org/abs/2601.00001' } },
    { by: { arxivId: '2601.00001', doi: '10.1000/x' } },
    { by: {} },
    { by: { arxivId: null } },
    { by: { arxivId: 'nonsense' } },
    {},
  ],
  [
    'texts of scalars',
    `query ($day: Date, $at: DateTime) { edition(date: $day) { date papers(first: 1) { nodes { id } } } papers(asOf: $at, first: 1) { nodes { id } } }`,
    { day: '2026-02-01' },
    { at: '2026-02-01T12:00:00+02:00' },
    { day: '2026-02-30' },
    { at: 'noon' },
  ],
  [
    'mistakes far inside',
    `{ topics(first: 2) { nodes {
      slug
        papers(last: 1, first: 1) { nodes { id } } } }
    }`,
  ],
  [
    'a mistake under what may be null',
    '{ topic(slug: "cs.cl") { slug papers(first: 0) { nodes { id } } } viewer { handle } }',
  ],
  [
    'what the schema is',
    '{ __schema { queryType { name } types { name } } __type(name: "Paper") { fields { name } } }',
  ],
  ['nothing but its type', '{ __typename }'],
]

async function send(query: string, variables: Variables | undefined, operationName?: string) {
  const response = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ query, variables, operationName }),
  })
  return `${response.status} ${await response.text()}`
}

test.each(QUERIES)('%s', async (_, query, ...asked) => {
  const variables = asked.length > 0 ? asked : [undefined]
  const first: string[] = []
  // Of another text each, so that none is compiled yet.
  for (const [place, values] of variables.entries()) first.push(await send(`${query} # ${place}`, values))
  for (let round = 0; round < 5; round += 1)
    for (const [place, values] of variables.entries()) expect(await send(query, values)).toBe(first[place])
})

test('no wrong variable was a failure of the server', () => {
  expect(server.logged.filter(({ level }) => Number(level) > 30)).toEqual([])
})

test('one of several operations runs by its name, and none without', async () => {
  const query = 'query A { papers(first: 1) { nodes { id } } } query B { papers(first: 2) { nodes { id } } }'
  for (const name of ['A', 'B', undefined, 'C']) {
    const first = await send(`${query} # ${name}`, {}, name)
    for (let round = 0; round < 5; round += 1) expect(await send(query, {}, name)).toBe(first)
  }
})

test('each request reads the current data', async () => {
  const query = '{ paper(by: { arxivId: "2601.00001" }) { voteCount viewerHasVoted } }'
  for (let round = 0; round < 5; round += 1) await server.ask(query)
  const token = await server.tokenOf('a-voter')
  const { data } = await server.ask('{ paper(by: { arxivId: "2601.00001" }) { id voteCount } }')
  const vote = 'mutation ($id: ID!) { castVote(input: { paperId: $id }) { __typename } }'
  await server.ask(vote, { id: data.paper.id }, token)
  const voteCount = data.paper.voteCount + 1
  expect((await server.ask(query, {}, token)).data.paper).toEqual({ voteCount, viewerHasVoted: true })
  expect((await server.ask(query)).data.paper).toEqual({ voteCount, viewerHasVoted: false })
})
