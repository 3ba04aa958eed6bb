import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import { startServer, type TestServer } from '../support/server.ts'

let database: FreshDatabase
let server: TestServer
beforeAll(async () => {
  database = await freshDatabase()
  server = await startServer(database)
  await database.db.execute(sql`
    insert into sync_sources (name, last_run_at, newest_on, newest_id, errors, last_error, is_suspect, next_run_at)
    values ('hf-daily', null, null, null, 0, null, false, null),
      ('arxiv:cs.CL', '2026-11-24T14:00:00Z', '2026-11-23', '2611.04217', 2, 'It did not respond.', true, '2026-11-24T14:10:00Z')`)
})
afterAll(async () => {
  await server?.close()
  await database?.close()
})

const SOURCES = `{
  sources {
    __typename
    ... on SourcesPayload {
      sources { name lastRunAt lastSuccessAt lastNewsAt newestDate newestIdentifier errorsInRow lastError isSuspect nextRunAt }
    }
    ... on Error { message }
  }
}`

test('sources are shown with the scope operate only', async () => {
  const ask = async (token?: string) => (await server.ask(SOURCES, {}, token)).data.sources
  expect(await ask()).toMatchObject({ __typename: 'UnauthenticatedError' })
  expect(await ask(await server.tokenOf('ada', ['read', 'curate']))).toEqual({
    __typename: 'ForbiddenError',
    message: 'The token does not allow you to see the sources: it needs the scope "operate".',
  })
  const { sources } = await ask(await server.tokenOf('ada', ['operate']))
  const nothing = { lastSuccessAt: null, lastNewsAt: null }
  expect(sources).toEqual([
    {
      ...nothing,
      name: 'arxiv:cs.CL',
      lastRunAt: '2026-11-24T14:00:00.000Z',
      newestDate: '2026-11-23',
      newestIdentifier: '2611.04217',
      errorsInRow: 2,
      lastError: 'It did not respond.',
      isSuspect: true,
      nextRunAt: '2026-11-24T14:10:00.000Z',
    },
    {
      ...nothing,
      name: 'hf-daily',
      lastRunAt: null,
      newestDate: null,
      newestIdentifier: null,
      errorsInRow: 0,
      lastError: null,
      isSuspect: false,
      nextRunAt: null,
    },
  ])
})
