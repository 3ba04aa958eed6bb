import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { announceChange, announceVotes } from '../support/announce.ts'
import { givenPapers } from '../support/catalogue.ts'
import { freshDatabase } from '../support/database.ts'
import { startServer } from '../support/server.ts'

/** A hub that records its requests. */
async function givenHub(status = 204) {
  const told: URLSearchParams[] = []
  const hub = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    told.push(new URLSearchParams(Buffer.concat(chunks).toString()))
    response.writeHead(status).end()
  })
  await new Promise<void>((resolve) => hub.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void hub.close())
  return { url: `http://127.0.0.1:${(hub.address() as AddressInfo).port}/`, told }
}

async function givenServer(hub?: string) {
  const database = await freshDatabase()
  await givenPapers(database.db, 30)
  const server = await startServer(database, hub === undefined ? {} : { hub })
  onTestFinished(async () => {
    await server.close()
    await database.close()
  })
  return { db: database.db, server }
}

test('feeds name the hub in the Link header and in every format; later pages do not', async () => {
  const hub = await givenHub()
  const { server } = await givenServer(hub.url)
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
  const { next_url: next } = (await (await fetch(`${server.url}/feeds/papers.json?first=3`)).json()) as {
    next_url: string
  }
  const later = await fetch(next)
  expect([await later.text(), later.headers.get('link')]).toEqual([expect.not.stringContaining('hubs'), null])
})

test('the hub is notified once of the feeds that may have changed, and never of votes', async () => {
  const hub = await givenHub()
  const { db, server } = await givenServer(hub.url)
  const feeds = [`${server.url}/feeds/papers.rss?first=3`, `${server.url}/feeds/editions/day.atom`]
  for (const feed of feeds) await (await fetch(feed)).text()
  await announceVotes(db, [1])
  for (let n = 0; n < 5; n += 1) await announceChange(db)
  await expect.poll(() => hub.told).toHaveLength(1)
  expect(hub.told[0]?.get('hub.mode')).toBe('publish')
  expect(hub.told[0]?.getAll('hub.url').sort()).toEqual([...feeds].sort())
})

test('a hub that refuses is logged, and feeds are served as before', async () => {
  const hub = await givenHub(500)
  const { db, server } = await givenServer(hub.url)
  await (await fetch(`${server.url}/feeds/papers.rss`)).text()
  await announceChange(db)
  await expect.poll(() => hub.told).toHaveLength(1)
  await expect.poll(() => server.logged.some(({ hub: named }) => named === hub.url)).toBe(true)
  expect((await fetch(`${server.url}/feeds/papers.rss`)).status).toBe(200)
})

test('without a hub, feeds name none', async () => {
  const { server } = await givenServer()
  const response = await fetch(`${server.url}/feeds/papers.json`)
  expect([await response.text(), response.headers.get('link')]).toEqual([expect.not.stringContaining('hubs'), null])
})
