import { rm } from 'node:fs/promises'
import { eq } from 'drizzle-orm'
import { pino } from 'pino'
import sharp from 'sharp'
import { afterAll, expect, test } from 'vitest'
import { papers } from '../../../drizzle/tables/papers.ts'
import { createFetcher } from '../../../src/fetching/fetcher.ts'
import { Images } from '../../../src/images/images.ts'
import { givenPapers } from '../../support/catalogue.ts'
import { freshDatabase } from '../../support/database.ts'
import { temporaryDirectory } from '../../support/directory.ts'
import { startServer } from '../../support/server.ts'

const database = await freshDatabase()
const { paperIds } = await givenPapers(database.db, 20)
const directory = await temporaryDirectory('images')
const images = new Images({
  fetcher: createFetcher({ allowPrivateNetworks: false, userAgent: 'Test/1' }),
  log: pino({ level: 'silent' }),
  directory,
  megabytes: 16,
})
const server = await startServer(database, { images })
afterAll(async () => {
  images.close()
  await server.close()
  await database.close()
  await rm(directory, { recursive: true })
})

const { data } = await server.ask(
  '{ papers(first: 1) { nodes { id url } } editions { nodes { startsOn } } topic(slug: "agents") { url } }',
)
const [paper] = data.papers.nodes
const pages = [paper.url, `${server.url}/editions/${data.editions.nodes[0].startsOn}`, data.topic.url, `${server.url}/`]

/** The address of the card that a page names. */
async function cardOf(page: string): Promise<string> {
  const source = await (await fetch(page)).text()
  expect(source).toContain('<meta name="twitter:card" content="summary_large_image">')
  return /property="og:image" content="([^"]+)"/.exec(source)?.[1] as string
}

/** How much of a picture is not of the color of its ground, in a part of it. */
async function inkOf(picture: ArrayBuffer, { top, height }: { top: number; height: number }): Promise<number> {
  const { data: pixels } = await sharp(picture)
    .extract({ left: 60, top, width: 1_100, height })
    .greyscale()
    .raw()
    .toBuffer({ resolveWithObject: true })
  return pixels.filter((light) => light < 160).length / pixels.length
}

test('papers, editions, topics and the home page have a link card, with its size and for ever', async () => {
  for (const page of pages) {
    const response = await fetch(await cardOf(page))
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'image/png'])
    expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
    const picture = await response.arrayBuffer()
    const { width, height } = await sharp(picture).metadata()
    expect([width, height]).toEqual([1200, 630])
    expect(picture.byteLength).toBeLessThan(100_000)
    // The name of the site, the title, and the last line are there.
    for (const part of [
      { top: 60, height: 60 },
      { top: 200, height: 100 },
      { top: 540, height: 50 },
    ])
      expect(await inkOf(picture, part), `${page} ${part.top}`).toBeGreaterThan(0.005)
  }
})

test('votes and titles change the address, and the earlier one has what is there now, for a while', async () => {
  const before = await cardOf(paper.url)
  await server.ask(
    `mutation { castVote(input: { paperId: "${paper.id}" }) { __typename } }`,
    {},
    await server.tokenOf('voter', ['vote']),
  )
  const after = await cardOf(paper.url)
  expect(after).not.toBe(before)
  const [old, now] = await Promise.all([before, after].map((address) => fetch(address)))
  expect(old?.headers.get('cache-control')).toBe('public, max-age=600')
  expect(Buffer.from((await old?.arrayBuffer()) as ArrayBuffer)).toEqual(
    Buffer.from((await now?.arrayBuffer()) as ArrayBuffer),
  )
})

test('formulas are letters, and what the font lacks is left out and never a box', async () => {
  const [first] = paperIds as [number]
  const cardWith = async (title: string) => {
    await database.db.update(papers).set({ title }).where(eq(papers.id, first))
    const { data } = await server.ask('{ papers(first: 100) { nodes { url title } } }')
    const { url } = data.papers.nodes.find((one: { title: string }) => one.title === title)
    return Buffer.from(await (await fetch(await cardOf(url))).arrayBuffer())
  }
  const plain = await cardWith('α-divergence of names')
  expect(await cardWith('$\\alpha$-divergence of names')).toEqual(plain)
  expect(await cardWith('α-divergence of 𝐧ames\u{1f680}')).toEqual(plain)
  expect(await cardWith('α-divergence of namez')).not.toEqual(plain)
  // Of a title in Chinese nothing is left, so the card has the identifier.
  expect(await cardWith('深度学习')).toEqual(await cardWith('注意力机制'))
  expect(await inkOf((await cardWith('深度学习')).buffer as ArrayBuffer, { top: 200, height: 100 })).toBeGreaterThan(
    0.005,
  )
})

test('there is none for what is not here', async () => {
  for (const path of [
    'papers/2601.88888',
    'papers/x',
    'editions/2099-01-01',
    'editions/x',
    'topics/none',
    'topics/%ff',
  ])
    expect([path, (await fetch(`${server.url}/images/cards/${path}/x.png`)).status]).toEqual([path, 404])
})

test('drawing one costs points, and showing it again a few', async () => {
  const limited = await startServer(database, { images, quotas: { anonymous: 50 } })
  const spent = async (page: string) => {
    const { headers } = await fetch((await cardOf(page)).replace(server.url, limited.url))
    return Number(/r=(\d+)/.exec(headers.get('ratelimit') ?? '')?.[1])
  }
  await database.db
    .update(papers)
    .set({ title: 'Drawn once' })
    .where(eq(papers.id, paperIds[0] as number))
  const { data } = await server.ask('{ papers(first: 100) { nodes { url title } } }')
  const { url } = data.papers.nodes.find(({ title }: { title: string }) => title === 'Drawn once')
  expect([await spent(url), await spent(url)]).toEqual([39, 38])
  await limited.close()
})
