import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pino } from 'pino'
import { afterAll, expect, test } from 'vitest'
import { createYogaHandler } from '../../../src/http/graphql/yoga.ts'
import { traceOf } from '../../../src/http/request-trace.ts'
import { listenToDatabase } from '../../../src/live/events.ts'
import { RelatedPapers } from '../../../src/search/related.ts'
import { VoteWriter } from '../../../src/writes/vote-writer.ts'
import { givenPapers, HALF_LIFE_HOURS } from '../../support/catalogue.ts'
import { freshDatabase } from '../../support/database.ts'
import { startServer, UTC_CLOCK } from '../../support/server.ts'

// To well-formed requests the handler sends what Yoga would: the same status, type and body. What Yoga refuses without a
// reason, or because of a member that it does not know, is different.

const database = await freshDatabase()
await givenPapers(database.db, 10)
const server = await startServer(database, { cacheMegabytes: 64 })
const live = await listenToDatabase(database.url, pino({ level: 'silent' }))
const { yoga } = createYogaHandler({
  db: database.db,
  counting: database.db,
  log: pino({ level: 'silent' }),
  clock: UTC_CLOCK,
  live,
  publicUrl: server.url,
  related: new RelatedPapers(),
  authenticate: async () => null,
  votes: new VoteWriter(database.db, { halfLifeHours: HALF_LIFE_HOURS, now: UTC_CLOCK.now }),
  trending: { halfLifeHours: HALF_LIFE_HOURS },
  cacheMegabytes: 0,
})
const bare = createServer(
  (request, response) =>
    void yoga(request, response, {
      viewer: null,
      spending: { points: 0, standing: null, spend: async () => null },
      trace: traceOf(request),
    }),
).listen(0, '127.0.0.1')
await once(bare, 'listening')
const bareUrl = `http://127.0.0.1:${(bare.address() as AddressInfo).port}`
afterAll(async () => {
  bare.closeAllConnections()
  bare.close()
  await live.close()
  await server.close()
  await database.close()
})

const LIST = 'query L($n: Int!) { papers(first: $n) { nodes { title } } }'
const deep = (levels: number): string => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`

const BODIES: [string, string][] = [
  ['a query', JSON.stringify({ query: LIST, variables: { n: 2 } })],
  [
    'a null of everything else',
    JSON.stringify({ query: '{ __typename }', variables: null, operationName: null, extensions: null }),
  ],
  ['an error beside data', JSON.stringify({ query: '{ topic(slug: "x") { id } paper(by: { id: "none" }) { id } }' })],
  ['a wrong variable', JSON.stringify({ query: LIST, variables: { n: 'x' } })],
  ['a missing variable', JSON.stringify({ query: LIST })],
  ['a number that JSON cannot hold', `{"query":${JSON.stringify(LIST)},"variables":{"n":1e999}}`],
  ['variables that go deep', `{"query":"{ __typename }","variables":${deep(40)}}`],
  ['a field that is not there', JSON.stringify({ query: '{ nothing }' })],
  ['a document that is none', JSON.stringify({ query: '{ papers(' })],
  ['a document without operations', JSON.stringify({ query: 'fragment F on Paper { id }' })],
  ['an empty document', JSON.stringify({ query: '' })],
  [
    'too large an operation',
    JSON.stringify({ query: `{ ${'papers(first: 100) { nodes { authors(first: 100) { nodes { id } } } }'} }` }),
  ],
  ['two operations and no name', JSON.stringify({ query: 'query A { __typename } query B { __typename }' })],
  [
    'an operation by its name',
    JSON.stringify({ query: 'query A { __typename } query B { x: __typename }', operationName: 'B' }),
  ],
  ['a name that is not there', JSON.stringify({ query: 'query A { __typename }', operationName: 'C' })],
  ['a name that is a number', JSON.stringify({ query: '{ __typename }', operationName: 1 })],
  ['variables as text', JSON.stringify({ query: '{ __typename }', variables: '{}' })],
  ['variables as a list', JSON.stringify({ query: '{ __typename }', variables: [] })],
  ['extensions as text', JSON.stringify({ query: '{ __typename }', extensions: 'x' })],
  ['a document as a number', JSON.stringify({ query: 1 })],
  ['a mutation', JSON.stringify({ query: 'mutation { castVote(input: { paperId: "x" }) { __typename } }' })],
]
const ACCEPTS = ['application/json', 'application/graphql-response+json', '*/*', undefined]
const TYPES = ['application/json', 'application/json; charset=utf-8', 'application/graphql+json', 'application/graphql']

async function answer(url: string, path: string, init: RequestInit) {
  const response = await fetch(url + path, init)
  const [status, type, allow] = [response.status, response.headers.get('content-type'), response.headers.get('allow')]
  return { status, type, allow, body: await response.text() }
}

test.each(BODIES)('by POST: %s', async (_name, body) => {
  for (const accept of ACCEPTS)
    for (const type of TYPES) {
      const init = { method: 'POST', body, headers: { 'content-type': type, ...(accept && { accept }) } }
      const expected = await answer(bareUrl, '/graphql', init)
      // The second response may come from the cache.
      for (const _ of [1, 2]) expect(await answer(server.url, '/graphql', init), `${accept} ${type}`).toEqual(expected)
    }
})

test.each([
  ...BODIES.flatMap(([name, body]): [string, string][] => {
    try {
      const { query, operationName, variables, extensions } = JSON.parse(body)
      // Refused here: Yoga calls the first a failure of the server, and the second a success.
      if (typeof extensions === 'string' || query === '') return []
      const given = Object.entries({ query, operationName, variables, extensions }).filter(([, value]) => value != null)
      return [
        [
          name,
          `?${new URLSearchParams(given.map(([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value)]))}`,
        ],
      ]
    } catch {
      return []
    }
  }),
  ['empty ones', '?query={__typename}&variables=&operationName=&extensions='],
  ['one twice', '?query={__typename}&query={x:__typename}'],
])('by GET: %s', async (_name, search) => {
  for (const accept of ACCEPTS) {
    const init = accept === undefined ? {} : { headers: { accept } }
    const expected = await answer(bareUrl, `/graphql${search}`, init)
    for (const _ of [1, 2]) expect(await answer(server.url, `/graphql${search}`, init), accept).toEqual(expected)
  }
})

test.each(['PUT', 'DELETE', 'PATCH'])('by %s', async (method) => {
  expect(await answer(server.url, '/graphql', { method })).toEqual(await answer(bareUrl, '/graphql', { method }))
})
