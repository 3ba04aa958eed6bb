import { serverAudits } from 'graphql-http'
import { afterAll, expect, test } from 'vitest'
import { freshDatabase } from '../../support/database.ts'
import { startServer } from '../../support/server.ts'

// The GraphQL over HTTP specification, as the audits of its reference implementation have it.

const database = await freshDatabase()
const server = await startServer(database)

afterAll(async () => {
  await server.close()
  await database.close()
})

const audits = serverAudits({ url: `${server.url}/graphql`, fetchFn: fetch })

test.each(audits)('$id: $name', async ({ fn }) => {
  const result = await fn()
  expect(result.status === 'ok' ? 'ok' : `${result.status}: ${result.reason}`).toBe('ok')
})

test('no audit is missing', () => {
  expect(audits.length).toBeGreaterThan(50)
})
