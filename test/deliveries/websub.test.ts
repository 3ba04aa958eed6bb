import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import type { Db } from '../../src/db/client.ts'
import { forgetUnread, MOST_FEEDS, storeServed } from '../../src/deliveries/websub-feeds.ts'
import { announceChange, announceVotes } from '../support/announce.ts'
import { givenPapers } from '../support/catalogue.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import { startServer, type TestServer } from '../support/server.ts'

/** A hub that records its requests. */
const hub = { url: '', status: 204, told: [] as URLSearchParams[] }
const hubServer = createServer(async (request, response) => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  hub.told.push(new URLSearchParams(Buffer.concat(chunks).toString()))
  response.writeHead(hub.status).end()
})

let database: FreshDatabase
let db: Db
let server: TestServer
beforeAll(async () => {
  database = await freshDatabase()
  db = database.db
  await givenPapers(db, 30)
  await new Promise<void>((resolve) => hubServer.listen(0, '127.0.0.1', resolve))
  hub.url = `http://127.0.0.1:${(hubServer.address() as AddressInfo).port}/`
  server = await startServer(database, { hub: hub.url })
})
afterAll(async () => {
  await server?.close()
  await database?.close()
  hubServer.close()
})
beforeEach(async () => {
  await db.execute(sql`truncate websub_feeds`)
  hub.told = []
  hub.status = 204
})

const stored = () =>
  db.execute<{ path: string; changed_at: string | null; attempts: number }>(
    sql`select path, changed_at, attempts from websub_feeds order by path`,
  )

test('feeds name the hub in the Link header and in every format', async () => {
  for (const [format, named] of [
    ['rss', `<atom:link rel="hub" href="${hub.url}"/>`],
    ['atom', `<link rel="hub" href="${hub.url}"/>`],
    ['json', `"hubs":[{"type":"WebSub","url":"${hub.url}"}]`],
  ] as const) {
    const self = `${server.url}/feeds/papers.${format}?first=3`
    const response = await fetch(self)
    expect(await response.text()).toContain(named)
    expect(response.headers.get('link')).toBe(`<${hub.url}>; rel="hub", <${self}>; rel="self"`)
  }
  await expect.poll(stored).toHaveLength(3)
})

/** A change of texts, which readers see as an update of the papers. */
async function reword(): Promise<void> {
  await db.execute(sql`update papers set reworded_at = now()`)
  await announceChange(db)
}

const read = async (...feeds: string[]) => {
  for (const feed of feeds) expect((await fetch(feed)).status).toBe(200)
}

test('the hub is told once of the feeds whose entries changed, and never of votes', async () => {
  const [changed, unchanged] = [
    ['/feeds/papers.rss?first=8', '/feeds/papers.json?first=8'],
    ['/feeds/papers.rss?minVotes=999999', '/feeds/editions/day.atom'],
  ]
  await read(...[...changed, ...unchanged].map((path) => server.url + path))
  await expect.poll(() => stored()).toHaveLength(4)
  await announceVotes(db, [1])
  await reword()
  for (let n = 0; n < 5; n += 1) await announceChange(db)
  await expect.poll(() => hub.told).toHaveLength(1)
  expect(hub.told[0]?.get('hub.mode')).toBe('publish')
  expect(hub.told[0]?.getAll('hub.url').sort()).toEqual(changed.map((path) => server.url + path).sort())
  await expect.poll(async () => (await stored()).filter(({ changed_at }) => changed_at !== null)).toEqual([])
  expect(hub.told).toHaveLength(1)
})

test('of two servers with one database, one tells the hub', async () => {
  const second = await startServer(database, { hub: hub.url })
  onTestFinished(() => second.close())
  await read(`${server.url}/feeds/papers.rss?first=2`)
  await expect.poll(() => stored()).toHaveLength(1)
  for (let n = 1; n <= 5; n += 1) {
    await reword()
    await expect.poll(() => hub.told).toHaveLength(n)
  }
})

test('what a hub refuses is logged and tried again later, and feeds are served as before', async () => {
  hub.status = 500
  const feed = `${server.url}/feeds/papers.rss?first=4`
  await read(feed)
  await expect.poll(() => stored()).toHaveLength(1)
  await reword()
  await expect.poll(async () => (await stored())[0]?.attempts).toBe(1)
  const [line] = server.logged.filter(({ reason }) => reason !== undefined)
  expect(line).toMatchObject({
    reason: 'It replied with the status 500.',
    msg: 'the WebSub hub was not told of changed feeds',
  })
  expect(line?.retrySeconds).toBeGreaterThan(30)
  await read(feed)
  hub.status = 204
  // What happens a minute later.
  await db.execute(sql`update websub_feeds set next_attempt_at = now()`)
  await announceChange(db)
  await expect.poll(() => hub.told).toHaveLength(2)
  await expect.poll(async () => (await stored())[0]).toMatchObject({ changed_at: null, attempts: 0 })
})

test('an announcement that has failed for three days is given up', async () => {
  hub.status = 500
  await read(`${server.url}/feeds/papers.rss?first=5`)
  await expect.poll(() => stored()).toHaveLength(1)
  await db.execute(sql`update websub_feeds set changed_at = now() - interval '4 days'`)
  await announceChange(db)
  await expect.poll(async () => (await stored())[0]?.changed_at).toBeNull()
  expect(server.logged.some(({ givenUp }) => givenUp === 1)).toBe(true)
})

test('private feeds, later pages and very long addresses are not stored, and name no hub', async () => {
  const token = await server.tokenOf('ada')
  const { data } = await server.ask(
    'mutation { createSavedFilter(input: { name: "Mine" }) { ... on SavedFilterPayload { savedFilter { feeds { rss } } } } }',
    {},
    token,
  )
  const { next_url: next } = (await (await fetch(`${server.url}/feeds/papers.json?first=7`)).json()) as {
    next_url: string
  }
  const long = `${server.url}/feeds/papers.rss?topics=${Array.from({ length: 100 }, (_, n) => `a-topic-of-a-long-name-${n}`)}`
  for (const feed of [data.createSavedFilter.savedFilter.feeds.rss, next, long]) {
    const response = await fetch(feed)
    expect([response.status, response.headers.get('link')]).toEqual([200, null])
  }
  await read(`${server.url}/feeds/editions/week.rss`)
  await expect
    .poll(async () => (await stored()).map(({ path }) => path))
    .toEqual(['/feeds/editions/week.rss', '/feeds/papers.json?first=7'])
})

test('a feed is noted once an hour: reading it again writes nothing', async () => {
  const feed = `${server.url}/feeds/papers.rss?first=1`
  await read(feed)
  await expect.poll(() => stored()).toHaveLength(1)
  // Not so long ago that a look at all feeds, which may come now, would forget it.
  await db.execute(sql`update websub_feeds set served_at = now() - interval '9 days'`)
  await read(feed, feed, `${server.url}/feeds/papers.rss?first=9`)
  await expect.poll(stored).toHaveLength(2)
  const [row] = await db.execute<{ path: string }>(
    sql`select path from websub_feeds where served_at < now() - interval '8 days'`,
  )
  expect(row?.path).toBe('/feeds/papers.rss?first=1')
})

describe('stored feeds', () => {
  const feeds = (count: number, name: string) =>
    Array.from({ length: count }, (_, n) => ({ path: `/${name}/${n}`, fingerprint: 'x', age: 0 }))
  const count = async (name: string) => (await stored()).filter(({ path }) => path.startsWith(`/${name}/`)).length

  test('are at most 1,000: only those that nobody has read for a day give way', async () => {
    expect(await storeServed(db, feeds(MOST_FEEDS - 1, 'read'))).toBe(0)
    expect(await storeServed(db, feeds(3, 'flood'))).toBe(2)
    expect([await count('read'), await count('flood')]).toEqual([999, 1])
    await db.execute(sql`update websub_feeds set served_at = now() - interval '25 hours' where path like '/read/%'`)
    expect(await storeServed(db, feeds(20, 'new'))).toBe(0)
    expect([await count('flood'), await count('new'), (await stored()).length]).toEqual([1, 20, MOST_FEEDS])
  })

  test('that nobody has read for a month are forgotten', async () => {
    await storeServed(db, [...feeds(9, 'read'), ...feeds(20, 'new')])
    await db.execute(sql`update websub_feeds set served_at = now() - interval '31 days' where path like '/read/%'`)
    await storeServed(db, feeds(1, 'read'))
    await forgetUnread(db)
    expect([await count('read'), await count('new')]).toEqual([1, 20])
  })
})

test('without a hub, feeds name none', async () => {
  const other = await startServer(database)
  onTestFinished(() => other.close())
  const response = await fetch(`${other.url}/feeds/papers.json`)
  expect([await response.text(), response.headers.get('link')]).toEqual([expect.not.stringContaining('hubs'), null])
})
