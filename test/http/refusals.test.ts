import { sql } from 'drizzle-orm'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { openDatabase } from '../../src/db/client.ts'
import { givenPapers } from '../support/catalogue.ts'
import { freshDatabase } from '../support/database.ts'
import { startServer, type TestServer } from '../support/server.ts'

// Every route refuses in its own form, readable from every origin. `error-codes.test.ts` has those of `/graphql`.

const database = await freshDatabase()
await givenPapers(database.db, 3)
const server = await startServer(database)
afterAll(async () => {
  await server.close()
  await database.close()
})

const TEXT = 'text/plain; charset=utf-8'
const JSON_TYPE = 'application/json; charset=utf-8'
const HTML = 'text/html; charset=utf-8'
const MARKDOWN = 'text/markdown; charset=utf-8'
const SCRIPT = 'text/javascript; charset=utf-8'

/** An address of each route and the media type of its errors. */
const ROUTES: [address: string, type: string, accept?: string][] = [
  ['/', HTML],
  ['/feeds/papers.rss', TEXT],
  ['/feeds/papers.atom', TEXT],
  ['/feeds/papers.json', JSON_TYPE],
  ['/feeds/editions/day.json', JSON_TYPE],
  ['/feeds/editions/day/2026-01-21.rss', TEXT],
  ['/api/daily_papers', JSON_TYPE],
  ['/api/papers/2601.00001', JSON_TYPE],
  ['/api/papers/search?q=2601.00001', JSON_TYPE],
  ['/embed', HTML],
  ['/embed/papers/2601.00001', HTML],
  ['/papers/2601.00001', HTML],
  ['/papers/2601.00001', MARKDOWN, 'text/markdown'],
  ['/papers/2601.00001.md', MARKDOWN],
  ['/editions/2026-01-21', HTML],
  ['/oembed?url=URL/editions/2026-01-21', JSON_TYPE],
  ['/oembed?url=URL/editions/2026-01-21&format=xml', 'text/xml; charset=utf-8'],
]
const ASSETS: typeof ROUTES = [
  ['/embed.js', SCRIPT],
  ['/robots.txt', TEXT],
  ['/favicon.ico', TEXT],
  ['/llms.txt', TEXT],
  ['/schema.graphql', TEXT],
]

async function refused(from: TestServer, [address, type, accept = '*/*']: (typeof ROUTES)[number], method = 'GET') {
  const response = await fetch(`${from.url}${address.replace('URL', from.url)}`, { method, headers: { accept } })
  expect(response.headers.get('content-type'), address).toBe(type)
  expect(response.headers.get('access-control-allow-origin'), address).toBe('*')
  const text = await response.text()
  if (type === JSON_TYPE) expect(Object.keys(JSON.parse(text)), address).toEqual(['error'])
  return { status: response.status, headers: response.headers, text }
}

test.each([...ROUTES, ...ASSETS])('another method at %s is 405 as %s', async (...route) => {
  const { status, headers, text } = await refused(server, route, 'POST')
  expect([status, headers.get('allow')]).toEqual([405, 'GET, HEAD'])
  expect(text).toContain('can be read by GET and HEAD only')
})

describe('while the database', () => {
  test('takes too long, every route says when to try again', async () => {
    const impatient = openDatabase(database.url, { connections: 4, statementTimeout: 50 })
    const slow = await startServer({ ...impatient, url: database.url })
    onTestFinished(async () => {
      await slow.close()
      await impatient.close()
    })
    await database.db.transaction(async (tx) => {
      await tx.execute(sql`lock table papers in access exclusive mode`)
      const responses = await Promise.all(ROUTES.map((route) => refused(slow, route)))
      for (const { status, headers, text } of responses) {
        expect([status, headers.get('retry-after'), headers.get('cache-control')]).toEqual([503, '10', 'no-store'])
        expect(headers.get('access-control-expose-headers')).toContain('Retry-After')
        expect(text).toContain('This took too long and was cancelled.')
      }
    })
  })

  test('is gone, every route says when to try again', async () => {
    const closed = openDatabase(database.url, { connections: 1, statementTimeout: 1_000 })
    const broken = await startServer({ ...closed, url: database.url })
    onTestFinished(() => broken.close())
    await closed.close()
    for (const route of ROUTES) {
      const { status, headers, text } = await refused(broken, route)
      expect([status, headers.get('retry-after'), headers.get('cache-control')]).toEqual([503, '5', 'no-store'])
      expect(text).toContain('The database of this server is away at the moment.')
    }
  })

  test('lacks a table, no route says more than that the server failed', async () => {
    await database.db.execute(sql`alter table papers rename to papers_gone`)
    onTestFinished(async () => void (await database.db.execute(sql`alter table papers_gone rename to papers`)))
    for (const route of ROUTES) {
      const { status, headers, text } = await refused(server, route)
      expect([status, headers.get('cache-control')]).toEqual([500, 'no-store'])
      expect(text).toContain('The server failed; the request is not at fault.')
    }
  })
})

test('what is not there, or not known, is in the form of its route', async () => {
  for (const [address, type, accept, status = 404] of [
    ['/nothing', TEXT],
    ['/nothing', HTML, 'text/html,*/*;q=0.8'],
    ['/nothing', JSON_TYPE, 'application/json'],
    ['/api/nothing', JSON_TYPE],
    ['/api/papers/none', JSON_TYPE],
    ['/papers/none', HTML],
    ['/papers/none', MARKDOWN, 'text/markdown'],
    ['/papers/none.md', MARKDOWN],
    ['/editions/none', HTML],
    ['/oembed?url=URL/nothing', JSON_TYPE],
    ['/embed-0123456789abcdef.js', SCRIPT],
    ['/feeds/papers.json?topic=a', JSON_TYPE, undefined, 400],
    ['/feeds/papers.rss?topic=a', TEXT, undefined, 400],
    ['/embed?topic=a', HTML, undefined, 400],
    ['/api/daily_papers?limit=x', JSON_TYPE, undefined, 400],
    ['/oembed', JSON_TYPE, undefined, 400],
  ] as [string, string, string?, number?][])
    expect((await refused(server, [address, type, accept])).status, address).toBe(status)
})
