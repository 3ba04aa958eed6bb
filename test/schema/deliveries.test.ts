import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import { startServer, type TestServer } from '../support/server.ts'

let database: FreshDatabase
let server: TestServer
let operator: string
beforeAll(async () => {
  database = await freshDatabase()
  server = await startServer(database)
  operator = await server.tokenOf('ada', ['operate'])
  await database.db.execute(sql`insert into mail_addresses (address) values ('reader@example.net')`)
  await database.db.execute(
    sql`insert into digests (address_id, query, period, token) select id, '', 'WEEK', 'the token' from mail_addresses`,
  )
  await database.db.execute(sql`
    insert into deliveries (kind, digest_id, period, starts_on, state, attempts, reason, next_attempt_at, created_at, finished_at)
    select kind, digests.id, period_of, day::date, known.state, tries, reason, '2026-02-03T10:00:00Z', created::timestamptz, finished
    from digests, (values
      ('CONFIRMATION', null, null, 'SENT', 1, null, '2026-02-01T10:00:00Z', now()),
      ('DIGEST', 'WEEK', '2026-01-19', 'UNKNOWN', 1, 'The connection broke.', '2026-02-02T00:00:00Z', now()),
      ('DIGEST', 'WEEK', '2026-01-26', 'PENDING', 3, '450 … is busy', '2026-02-03T00:00:00Z', null),
      ('DIGEST', 'WEEK', '2026-02-02', 'PENDING', 0, null, '2026-02-04T00:00:00Z', null)
    ) as known (kind, period_of, day, state, tries, reason, created, finished)`)
})
afterAll(async () => {
  await server?.close()
  await database?.close()
})

const ask = async (fields: string, token?: string) =>
  (
    await server.ask(
      `{ deliveries { __typename ... on DeliveriesPayload { ${fields} } ... on Error { message } } }`,
      {},
      token,
    )
  ).data.deliveries
const mails = (args: string) => `mails${args} { totalCount nodes { id state } pageInfo { endCursor hasNextPage } }`

test('deliveries are shown with the scope operate only', async () => {
  expect(await ask('counts { count }')).toMatchObject({ __typename: 'UnauthenticatedError' })
  expect(await ask('counts { count }', await server.tokenOf('ada', ['read', 'curate']))).toEqual({
    __typename: 'ForbiddenError',
    message: 'The token does not allow you to see the deliveries: it needs the scope "operate".',
  })
})

test('by kind and state, with what waits and why, and without a word about to whom', async () => {
  const shown = await ask(
    'counts { kind state count oldestAt } mails { nodes { id kind period editionDate state attempts nextAttemptAt reason createdAt finishedAt } }',
    operator,
  )
  expect(shown.counts).toEqual([
    { kind: 'CONFIRMATION', state: 'SENT', count: 1, oldestAt: '2026-02-01T10:00:00.000Z' },
    { kind: 'DIGEST', state: 'PENDING', count: 2, oldestAt: '2026-02-03T00:00:00.000Z' },
    { kind: 'DIGEST', state: 'UNKNOWN', count: 1, oldestAt: '2026-02-02T00:00:00.000Z' },
  ])
  expect(shown.mails.nodes).toHaveLength(4)
  expect(shown.mails.nodes[1]).toEqual({
    id: '3',
    kind: 'DIGEST',
    period: 'WEEK',
    editionDate: '2026-01-26',
    state: 'PENDING',
    attempts: 3,
    nextAttemptAt: '2026-02-03T10:00:00.000Z',
    reason: '450 … is busy',
    createdAt: '2026-02-03T00:00:00.000Z',
    finishedAt: null,
  })
  expect(shown.mails.nodes[3]).toMatchObject({
    kind: 'CONFIRMATION',
    period: null,
    editionDate: null,
    nextAttemptAt: null,
  })
  expect(JSON.stringify(shown)).not.toMatch(/@|token/)
})

test('mails are read in pages, newest first, and by state', async () => {
  const first = (await ask(mails('(states: [PENDING, UNKNOWN], first: 2)'), operator)).mails
  expect(first).toMatchObject({ totalCount: 3, nodes: [{ id: '4' }, { id: '3' }], pageInfo: { hasNextPage: true } })
  const { endCursor } = first.pageInfo
  const second = (await ask(mails(`(states: [PENDING, UNKNOWN], first: 2, after: "${endCursor}")`), operator)).mails
  expect(second).toMatchObject({
    totalCount: 3,
    nodes: [{ id: '2', state: 'UNKNOWN' }],
    pageInfo: { hasNextPage: false },
  })
  expect((await ask(mails('(states: [])'), operator)).mails.totalCount).toBe(0)
})
