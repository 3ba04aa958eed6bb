import { once } from 'node:events'
import { get as httpGet, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { authors } from '../../../drizzle/tables/authors.ts'
import { paperAuthors } from '../../../drizzle/tables/paper-authors.ts'
import { papers } from '../../../drizzle/tables/papers.ts'
import type { Db } from '../../../src/db/client.ts'
import { FEED_FORMATS, type FeedExtension } from '../../../src/formats/feed/formats.ts'
import { loadSample } from '../../../src/ingest/sample.ts'
import { saveEntries } from '../../../src/ingest/save/save.ts'
import { PAPER_ORDERS, type PaperOrderName } from '../../../src/lists/paper-orders.ts'
import { readWithFeedsmith, XML_READERS } from '../../formats/feed/readers.ts'
import { CHECKS, checkAtom, checkJsonFeed, checkRss, type JsonItem } from '../../formats/feed/rules.ts'
import { randomFilter } from '../../formats/filters.ts'
import { entryOf } from '../../ingest/fixtures.ts'
import { announceChange } from '../../support/announce.ts'
import { givenPapers, HALF_LIFE_HOURS } from '../../support/catalogue.ts'
import { type FreshDatabase, freshDatabase } from '../../support/database.ts'
import { random } from '../../support/random.ts'
import { startServer, type TestServer } from '../../support/server.ts'

/** `npm run test:long` tries 400. */
const FILTERS = Number(process.env.FEED_FILTERS ?? 40)

const FORMATS = FEED_FORMATS.map(({ extension }) => extension)
/** LIKENESS goes with `like` only. */
const ORDERS = (Object.keys(PAPER_ORDERS) as PaperOrderName[]).filter((name) => name !== 'LIKENESS')

let database: FreshDatabase
let server: TestServer
beforeAll(async () => {
  database = await freshDatabase()
  await givenPapers(database.db, 120)
  server = await startServer(database, { cacheMegabytes: 64 })
})
afterAll(async () => {
  await server?.close()
  await database?.close()
})

async function read(path: string, from: TestServer = server): Promise<string> {
  const response = await fetch(path.startsWith('http') ? path : `${from.url}${path}`)
  const body = await response.text()
  expect(response.status, `${path}: ${body.slice(0, 300)}`).toBe(200)
  return body
}

/** A server on a catalogue of its own, which is gone after the test. */
async function givenServer(fill: (db: Db) => Promise<unknown>, options?: Parameters<typeof startServer>[1]) {
  const own = await freshDatabase()
  await fill(own.db)
  const started = await startServer(own, options)
  onTestFinished(async () => {
    await started.close()
    await own.close()
  })
  return { db: own.db, log: own.log, server: started }
}

/** Checks a feed in all formats, and that every reader reads the same of each; answers its items. */
async function checkAll(document: (format: FeedExtension) => Promise<string>): Promise<JsonItem[]> {
  const [rss, atom, json] = (await Promise.all(FORMATS.map(document))) as [string, string, string]
  checkRss(rss)
  checkAtom(atom)
  const items = checkJsonFeed(json)
  const expected = items.map(({ id, title, url }) => ({ id, title, url }))
  expect(readWithFeedsmith(json)).toEqual(expected)
  for (const [name, reader] of Object.entries(XML_READERS))
    for (const xml of [rss, atom]) expect(await reader(xml), name).toEqual(expected)
  return items
}

/** A response as it comes over the wire, without fetch's decoding. */
async function raw(path: string, headers: OutgoingHttpHeaders = {}, method = 'GET') {
  const request = httpGet(`${server.url}${path}`, { headers, method })
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  const body = Buffer.concat(await response.toArray())
  return { status: response.statusCode, headers: response.headers, body }
}

describe('a list of papers', () => {
  const ten = [
    '',
    'topics=agents,retrieval&first=10',
    'allTopics=cs.cl,agents&orderBy=NEWEST',
    'excludeTopics=cs.cl&orderBy=OLDEST&first=100',
    'organizations=northlight-lab&orderBy=MOST_VOTED',
    'authors=ada-abara,bo-abara',
    'submitters=curator&orderBy=RECENTLY_LISTED',
    'publishedFrom=2026-01-28&publishedTo=2026-02-03&hasCode=true',
    'listedFrom=2026-02-01&minVotes=3&orderBy=MOST_DISCUSSED',
    'topics=none-such',
  ]

  test.each(ten)('?%s is valid in all formats, and all readers read the same of it', async (query) => {
    const items = await checkAll((format) => read(`/feeds/papers.${format}?${query}`))
    expect(items.length > 0).toBe(query !== 'topics=none-such')
  })

  test('of real papers is valid in all formats, and all readers read the same of it', async () => {
    const now = new Date()
    const { server: own } = await givenServer((db) => loadSample(db, { now, halfLifeHours: HALF_LIFE_HOURS }))
    const { data } = await own.ask(`{ papers(first: 1) { totalCount facets {
      topics(first: 1) { topic { slug } } organizations(first: 1) { organization { slug } } } }
      edition { date } }`)
    const { topics, organizations } = data.papers.facets
    const lists = [
      ...topics.map(({ topic }: { topic: { slug: string } }) => `topics=${encodeURIComponent(topic.slug)}`),
      ...organizations.map((one: { organization: { slug: string } }) => `organizations=${one.organization.slug}`),
    ]
    for (const query of lists)
      expect((await checkAll((format) => read(`/feeds/papers.${format}?${query}`, own))).length).toBeGreaterThan(0)
    for (const path of [
      'day',
      'week',
      'month',
      ...['day', 'week', 'month'].map((one) => `${one}/${data.edition.date}`),
    ])
      expect((await checkAll((format) => read(`/feeds/editions/${path}.${format}`, own))).length).toBeGreaterThan(0)
    // A feed has at most 100 entries: the newest and the oldest together are all papers.
    const ends = ['newest', 'oldest'].map((order) =>
      checkAll((format) => read(`/feeds/papers.${format}?orderBy=${order}&first=100`, own)),
    )
    const all = (await Promise.all(ends)).flat()
    expect(new Set(all.map(({ id }) => id)).size).toBe(data.papers.totalCount)
  })

  test(`has the papers of GraphQL in its order, for ${FILTERS} random filters, by the addresses that GraphQL gives`, async () => {
    const draw = random(200)
    const named = await server.ask('{ papers(first: 20) { nodes { arxivId } } }')
    const words = {
      topics: ['cs.cl', 'CS.CV', 'cs.lg', 'agents', 'retrieval', 'long-context', 'benchmarks', 'none-such', ''],
      organizations: ['northlight-lab', 'polder-ai', 'quiet-machines', 'none, or 50% of such'],
      authors: ['ada-abara', 'bo-abara', 'chidi-bellweather', 'hana-capek', 'none & such'],
      submitters: ['ada-a', 'BoReads', 'curator', ' curator '],
      days: ['2026-01-25', '2026-01-29', '2026-02-01', '2026-02-05', '2026-02-09'],
      moments: ['2026-02-01T00:00:00.000Z', '9999-12-31T23:59:59.999Z'],
      queries: [
        'attention',
        '"long documents" or author:abara',
        'made-up catalogue -sparse',
        'no such 100% paper, & more',
      ],
      like: [
        ...named.data.papers.nodes.flatMap(({ arxivId }: { arxivId: string | null }) => arxivId ?? []),
        'none, or 50% of such',
      ],
    }
    let found = 0
    for (let round = 0; round < FILTERS; round += 1) {
      const filter = randomFilter(draw, words)
      const orderBy = filter.like && round % 2 === 0 ? 'LIKENESS' : (ORDERS[round % ORDERS.length] as PaperOrderName)
      const { data, errors } = await server.ask(
        `query ($filter: PaperFilter, $orderBy: PaperOrder!) {
          papers(filter: $filter, orderBy: $orderBy, first: 30) { nodes { id } feeds { rss json } } }`,
        { filter, orderBy },
      )
      expect(errors).toBeUndefined()
      const { nodes, feeds } = data.papers
      expect(feeds.rss).toBe(
        `${server.url}/feeds/papers.rss${feeds.json.slice(`${server.url}/feeds/papers.json`.length)}`,
      )
      const items = JSON.parse(await read(feeds.json)).items as { _daily_papers: { id: string } }[]
      expect(
        items.map((item) => item._daily_papers.id),
        JSON.stringify(filter),
      ).toEqual(nodes.map(({ id }: { id: string }) => id))
      found += items.length
    }
    expect(found).toBeGreaterThan(2 * FILTERS)
  })

  test('is read to its end by the addresses of its pages', async () => {
    const { data } = await server.ask('{ papers(orderBy: NEWEST, first: 100) { nodes { id } totalCount } }')
    const ids: string[] = []
    const addresses = new Set<string>()
    for (let address: string | undefined = `${server.url}/feeds/papers.json?orderBy=newest&first=50`; address; ) {
      const page = JSON.parse(await read(address)) as { next_url?: string; items: { _daily_papers: { id: string } }[] }
      ids.push(...page.items.map((item) => item._daily_papers.id))
      addresses.add(address)
      address = page.next_url
    }
    expect(addresses.size).toBe(3)
    expect(ids.slice(0, 100)).toEqual(data.papers.nodes.map(({ id }: { id: string }) => id))
    expect(new Set(ids).size).toBe(data.papers.totalCount)

    const [, second] = [...addresses] as [string, string]
    const atom = await read(second.replace('.json', '.atom'))
    expect(atom).toContain(`<id>${server.url}/feeds/papers.atom?orderBy=NEWEST&amp;first=50</id>`)
    expect(atom).toContain(
      `<link rel="self" type="application/atom+xml" href="${second.replace('.json', '.atom').replaceAll('&', '&amp;')}"/>`,
    )
    expect(atom).toContain('<link rel="next"')
  })

  test('shows what an import brought as text, and 3,000 authors', async () => {
    const title = '<img src=x onerror=alert(1)> ]]> &amp; $a<b$ مرحبا 😀\u0007'
    const { server: own } = await givenServer(async (db) => {
      const { paperIds } = await givenPapers(db, 2)
      const paperId = paperIds[0] as number
      await db.update(papers).set({ title, abstract: title }).where(eq(papers.id, paperId))
      const made = await db
        .insert(authors)
        .values(Array.from({ length: 3_000 }, (_, place) => ({ name: `محمد & ${place}`, slug: `author-${place}` })))
        .returning()
      await db.delete(paperAuthors).where(eq(paperAuthors.paperId, paperId))
      for (let from = 0; from < made.length; from += 1_000)
        await db.insert(paperAuthors).values(
          made.slice(from, from + 1_000).map(({ id }, place) => ({
            paperId,
            position: from + place + 1,
            authorId: id,
            repeated: false,
            publishedAt: '2026-01-25T00:00:00Z',
          })),
        )
      await db.update(papers).set({ authorCount: 3_000 }).where(eq(papers.id, paperId))
    })
    const path = (format: string) => `/feeds/papers.${format}?orderBy=OLDEST`
    const rss = checkRss(await read(path('rss'), own))
    const atom = checkAtom(await read(path('atom'), own))
    const json = checkJsonFeed(await read(path('json'), own))
    const place = json.findIndex((item) => item.authors?.length === 3_000)
    expect(json[place]?.title).toBe(title.slice(0, -1))
    expect(json[place]?.authors?.[2_999]).toEqual({ name: 'محمد & 2999' })
    expect(rss[place]?.['dc:creator']).toHaveLength(3_000)
    expect(atom[place]?.author).toHaveLength(3_000)
    expect(json[place]?.content_html).not.toContain('<img')
  })
})

describe('editions', () => {
  test.each(['day', 'week', 'month'])(
    'by the %s are valid in all formats, newest first, 30 at the most',
    async (period) => {
      for (const format of FORMATS) CHECKS[format](await read(`/feeds/editions/${period}.${format}`))
      const { data } = await server.ask(
        `{ editions(period: ${period.toUpperCase()}, first: 30) { nodes { date papers { totalCount } } } }`,
      )
      const items = checkJsonFeed(await read(`/feeds/editions/${period}.json`))
      expect(items.map(({ id, summary }) => [id, summary])).toEqual(
        data.editions.nodes.map(
          ({ date, papers: { totalCount } }: { date: string; papers: { totalCount: number } }) => [
            `tag:daily-papers,2026:edition/${period}/${date}`,
            `${totalCount} paper${totalCount === 1 ? '' : 's'}.`,
          ],
        ),
      )
    },
  )

  test.each([
    ['day', '2026-02-03', '2026-02-03', '2026-02-03'],
    ['week', '2026-02-04', '2026-02-02', '2026-02-08'],
    ['week', '2026-W06', '2026-02-02', '2026-02-08'],
    ['month', '2026-02-11', '2026-02-01', '2026-02-28'],
    ['month', '2026-02', '2026-02-01', '2026-02-28'],
  ])('of the %s of %s have all its papers, most voted first', async (period, date, from, to) => {
    const { data } = await server.ask(
      `{ papers(filter: { listedFrom: "${from}", listedTo: "${to}" }, orderBy: MOST_VOTED, first: 100) { nodes { id } } }`,
    )
    for (const format of FORMATS) CHECKS[format](await read(`/feeds/editions/${period}/${date}.${format}`))
    const document = await read(`/feeds/editions/${period}/${date}.json`)
    const items = checkJsonFeed(document)
    expect(items.length).toBeGreaterThan(2)
    expect(items.map((item) => item._daily_papers?.id)).toEqual(data.papers.nodes.map(({ id }: { id: string }) => id))
    expect(JSON.parse(document).feed_url).toBe(`${server.url}/feeds/editions/${period}/${from}.json`)
  })

  test('in the future, or without papers, are valid and empty', async () => {
    for (const date of ['2031-05-05', '2026-01-20', '0001-01-01', '9999-12-31'])
      for (const period of ['day', 'week', 'month'])
        for (const format of FORMATS)
          if (!(date === '2026-01-20' && period === 'month'))
            expect(CHECKS[format](await read(`/feeds/editions/${period}/${date}.${format}`))).toEqual([])
  })

  test('of a day that fills gain papers and lose none, and keep their ids', { timeout: 120_000 }, async () => {
    const day = '2026-02-17'
    const clock = { now: () => new Date(`${day}T12:00:00Z`), timeZone: 'UTC', rollover: '00:00' }
    let paperIds: number[] = []
    const { db, server: own } = await givenServer(
      async (db) => {
        ;({ paperIds } = await givenPapers(db, 150))
        await db.update(papers).set({ listedOn: null, listedAt: null })
        await db
          .update(papers)
          .set({ listedOn: '2026-02-16', listedAt: '2026-02-16T08:00:00Z' })
          .where(eq(papers.id, paperIds[0] as number))
      },
      { clock },
    )
    const draw = random(3)
    const seen = { rolling: new Set<string>(), named: new Set<string>(), dated: new Set<string>() }
    for (let listed = 1; listed < 150; listed += 1 + Math.floor(draw() * 30)) {
      await db.transaction(async (tx) => {
        for (const [place, id] of paperIds.slice(1, listed + 1).entries())
          await tx
            .update(papers)
            .set({
              listedOn: day,
              listedAt: `${day}T08:${String(Math.floor(place / 60)).padStart(2, '0')}:${String(place % 60).padStart(2, '0')}Z`,
              voteCount: Math.floor(draw() * 50),
            })
            .where(eq(papers.id, id))
        await announceChange(tx)
      })
      const address = `/feeds/editions/day/${day}.json`
      await expect.poll(async () => checkJsonFeed(await read(address, own)).length).toBe(listed)
      const rolling = checkJsonFeed(await read('/feeds/editions/day.json', own))
      const [today] = rolling
      expect(today?.id).toBe(`tag:daily-papers,2026:edition/day/${day}`)
      const named = today?.content_html.match(/\/papers\/[\w.]+/g) ?? []
      const dated = checkJsonFeed(await read(address, own))
      expect([named.length, dated.length]).toEqual([listed, listed])
      for (const [kind, now] of [
        ['rolling', rolling.map(({ id }) => id)],
        ['named', named],
        ['dated', dated.map(({ id }) => id)],
      ] as const) {
        const present = new Set<string>(now)
        for (const id of seen[kind]) expect(present).toContain(id)
        for (const id of now) seen[kind].add(id)
      }
    }
  })
})

describe('dates', () => {
  const clock = { now: () => new Date('2026-02-05T12:00:00Z'), timeZone: 'America/New_York', rollover: '21:30' }
  const updatedOf = (atom: string) => /<updated>(.*?)<\/updated>/.exec(atom)?.[1]

  test('a paper imported again with another title is updated, and with the same or with votes is not', async () => {
    const { db, server: own } = await givenServer((db) => givenPapers(db, 1))
    const dates = async () => {
      const atom = await read('/feeds/papers.atom', own)
      const [item] = checkJsonFeed(await read('/feeds/papers.json', own))
      expect(atom).toContain(`<updated>${item?.date_modified}</updated>\n<author>`)
      expect(updatedOf(atom)).toBe(item?.date_modified)
      return [item?.title, item?.date_published, item?.date_modified]
    }
    const [title, published, modified] = await dates()
    const again = (more: object) =>
      saveEntries(
        db,
        [entryOf({ authority: 'ARXIV', arxivId: '2601.00001', asOf: '2026-08-01T00:00:00.000Z', ...more })],
        { halfLifeHours: HALF_LIFE_HOURS },
      )
    const stored = { title: title as string, publishedAt: '2026-01-25T00:00:00.000Z' }
    await again({ ...stored, votes: { count: 99, countedAt: '2026-08-01T00:00:00.000Z' } })
    expect(await dates()).toEqual([title, published, modified])
    const before = new Date().toISOString()
    await again({ ...stored, title: 'Another title' })
    const [newTitle, samePublished, newlyModified] = await dates()
    expect([newTitle, samePublished]).toEqual(['Another title', published])
    expect((newlyModified as string) >= before).toBe(true)
    await again({ ...stored, title: 'Another title' })
    expect(await dates()).toEqual([newTitle, published, newlyModified])
  })

  test('an empty feed has the date of its edition, or of the open day', async () => {
    const { server: own } = await givenServer((db) => givenPapers(db, 1), { clock })
    expect(updatedOf(await read('/feeds/papers.atom?topics=none-such', own))).toBe('2026-02-05T02:30:00.000Z')
    expect(updatedOf(await read('/feeds/editions/day/2025-01-01.atom', own))).toBe('2025-01-01T00:00:00.000Z')
    expect(updatedOf(await read('/feeds/editions/day/2031-01-01.atom', own))).toBe('2026-02-05T02:30:00.000Z')
  })

  test('an edition is dated to its start, and a future one is in no feed of editions', async () => {
    const { db, server: own } = await givenServer((db) => givenPapers(db, 2), { clock })
    const [first, second] = await db.select({ id: papers.id }).from(papers)
    const list = (id: number | undefined, listedOn: string, listedAt: string) =>
      db
        .update(papers)
        .set({ listedOn, listedAt })
        .where(eq(papers.id, id as number))
    await list(first?.id, '2026-02-05', '2026-02-05T08:00:00Z')
    await list(second?.id, '2031-05-05', '2031-05-05T00:00:00Z')
    for (const [period, opened] of [
      ['day', '2026-02-05T02:30:00.000Z'],
      ['week', '2026-02-02T02:30:00.000Z'],
      ['month', '2026-02-01T02:30:00.000Z'],
    ]) {
      const items = checkJsonFeed(await read(`/feeds/editions/${period}.json`, own))
      expect(
        items.map((item) => [item.date_published, item.date_modified]),
        period,
      ).toEqual([[opened, '2026-02-05T08:00:00.000Z']])
    }
  })
})

describe('a wrong address', () => {
  test.each([
    ['/feeds/papers.rss?topic=agents', 'There is no parameter "topic". Allowed are topics,'],
    ['/feeds/papers.json?first=101', '"first" must be a whole number from 1 to 100.'],
    ['/feeds/papers.atom?after=x', '`after` must be a cursor that this list gave'],
    [
      '/feeds/papers.atom?listedFrom=2026-02-02&listedTo=2026-02-01',
      '`filter.listedTo` (2026-02-01) must not be before',
    ],
    ['/feeds/papers.rss?topics=%00', '"topics" must be text without NUL'],
    ['/feeds/papers.rss?topics=%2500', '"topics" must be text without NUL'],
    ['/feeds/editions/day.rss?first=3', 'There is no parameter "first". Allowed are after.'],
    [
      '/feeds/editions/day/2026-02-30.rss',
      'The edition must be day/latest, week/latest or month/latest, or a day, such as 2026-02-17',
    ],
    ['/feeds/editions/week/2026-W54.atom', 'or a month, such as 2026-02 or month/2026-02-01; "week/2026-W54" is not.'],
    [
      '/feeds/editions/day/2026-W07.atom',
      'The edition must be day/latest, week/latest or month/latest, or a day, such as 2026-02-17',
    ],
    [
      '/feeds/editions/2026-W54.json',
      'The edition must be day/latest, week/latest or month/latest, or a day, such as 2026-02-17',
    ],
    ['/feeds/papers.rss?topics[]=agents', 'Write "topics" once and without brackets'],
    ['/feeds/papers.json?topics=agents&amp;first=5', 'The address has "&amp;" where "&" belongs: write &first=.'],
  ])('%s is answered with 400 and a sentence', async (path, sentence) => {
    const response = await fetch(`${server.url}${path}`)
    expect(response.status).toBe(400)
    const isJson = path.includes('.json')
    expect(response.headers.get('content-type')).toBe(`${isJson ? 'application/json' : 'text/plain'}; charset=utf-8`)
    expect(response.headers.get('access-control-allow-origin')).toBe('*')
    expect(isJson ? ((await response.json()) as { error: string }).error : await response.text()).toContain(sentence)
    expect(server.logged.filter(({ level }) => Number(level) > 30)).toEqual([])
  })

  test.each(['/feeds', '/feeds/papers', '/feeds/papers.xml', '/feeds/editions/year.rss', '/feeds/editions/day/.rss'])(
    '%s is not there',
    async (path) => expect((await fetch(`${server.url}${path}`)).status).toBe(404),
  )

  test('only GET and HEAD are allowed; cross-origin preflights work', async () => {
    await read('/feeds/papers.rss?first=9')
    for (const method of ['POST', 'PUT', 'DELETE']) {
      const response = await fetch(`${server.url}/feeds/papers.rss?first=9`, { method })
      expect(response.status).toBe(405)
      expect(response.headers.get('allow')).toBe('GET, HEAD')
    }
    const preflight = await fetch(`${server.url}/feeds/papers.rss`, { method: 'OPTIONS' })
    expect(preflight.status).toBe(204)
    expect(preflight.headers.get('access-control-allow-origin')).toBe('*')
    expect(preflight.headers.get('access-control-allow-headers')).toBe('*')
    const asked = await fetch(`${server.url}/feeds/papers.rss`, {
      method: 'OPTIONS',
      headers: { 'access-control-request-headers': 'authorization, if-none-match' },
    })
    expect(asked.headers.get('access-control-allow-headers')).toBe('authorization, if-none-match')
  })
})

test('slashes at the end or in a row change nothing', async () => {
  for (const path of ['/feeds/papers.json', '/feeds/editions/day.json', '/feeds/editions/week/2026-02-04.json'])
    for (const address of [`${path}/`, `${path}//`, path.replaceAll('/', '//')])
      expect(await read(address)).toBe(await read(path))
})

test('the edition of a feed may leave out its period where its form says it', async () => {
  for (const [name, path] of [
    ['2026-02-03', 'day/2026-02-03'],
    ['2026-W06', 'week/2026-02-02'],
    ['2026-02', 'month/2026-02-01'],
  ])
    expect(await read(`/feeds/editions/${name}.json`)).toBe(await read(`/feeds/editions/${path}.json`))
})

/** For `vi.waitFor`: what a busy machine may need. */
const BUSY = { timeout: 20_000, interval: 1_000 }

describe('a repeated request for a feed', () => {
  test('costs a 304 and no statement while it is fresh, by ETag or by date', async () => {
    let count = 40
    // Each time another list, as in graphql/cache.test.ts.
    await vi.waitFor(async () => {
      const path = `/feeds/papers.rss?topics=agents&first=${count--}`
      const first = await raw(path)
      const etag = first.headers.etag as string
      const date = first.headers['last-modified'] as string
      expect(etag).toMatch(/^W\/"[\w-]{27}"$/)
      const before = new Date(Date.parse(date) - 1_000).toUTCString()
      const { statements } = await database.log.during(async () => {
        for (const headers of [
          { 'if-none-match': etag },
          { 'if-none-match': `"other", ${etag}` },
          { 'if-none-match': etag.slice(2) },
          // As Apache, Caddy, lighttpd, Jetty and others write it where they compress; and without or with escaped marks.
          ...['-gzip', '-br', '-zstd', '--gzip', ';gzip', ':deflate'].flatMap((suffix) => [
            { 'if-none-match': etag.replace(/"$/, `${suffix}"`) },
            { 'if-none-match': etag.slice(2).replace(/"$/, `${suffix}"`) },
            { 'if-none-match': `${etag}${suffix}` },
            { 'if-none-match': `"other-gzip",W/"x", ${etag.replace(/"$/, `${suffix}"`)}` },
          ]),
          { 'if-none-match': etag.replaceAll('"', '') },
          { 'if-none-match': etag.replaceAll('"', '\\"') },
          { 'if-none-match': ' * ' },
          { 'if-none-match': '*' },
          { 'if-modified-since': date },
          { 'if-none-match': etag, 'if-modified-since': before },
        ]) {
          const again = await raw(path, headers)
          expect(again.status, JSON.stringify(headers)).toBe(304)
          expect(again.body.length).toBe(0)
          expect(again.headers).toMatchObject({ etag, vary: 'Accept-Encoding', 'last-modified': date })
          expect(again.headers['cache-control']).toMatch(/^public, max-age=/)
          expect(again.headers['content-type']).toBeUndefined()
        }
        for (const headers of [
          { 'if-none-match': '"other"' },
          { 'if-none-match': '"*"' },
          { 'if-none-match': `${etag.slice(0, 20)}"` },
          { 'if-none-match': etag.replace(/.(?="$)/, (last) => (last === 'x' ? 'y' : 'x')) },
          { 'if-none-match': '"other"', 'if-modified-since': date },
          { 'if-modified-since': before },
          { 'if-modified-since': 'yesterday' },
        ])
          expect((await raw(path, headers)).body, JSON.stringify(headers)).toEqual(first.body)
      })
      expect(statements).toEqual([])
    }, BUSY)
  })

  test('is one cache entry for all addresses of the same list', async () => {
    let first = 30
    await vi.waitFor(async () => {
      const all = await raw(`/feeds/papers.json?topics=agents,retrieval&orderBy=NEWEST&first=${--first}`)
      const { result, statements } = await database.log.during(() =>
        Promise.all(
          [
            `first=${first}&orderBy=newest&topics=agents%2Cretrieval`,
            `topics=agents,+retrieval&orderBy=NEWEST&first=0${first}&authors=`,
            `utm_source=letter&topics=agents,retrieval&_=1732756800&first=${first}&orderBy=NEWEST&fbclid=x&first=`,
          ].map((query) => raw(`/feeds/papers.json?${query}`)),
        ),
      )
      expect(statements).toEqual([])
      for (const { body } of result) expect(body).toEqual(all.body)
    }, BUSY)
  })

  test('is computed once for concurrent requests', async () => {
    const { statements: alone } = await database.log.during(() => raw('/feeds/papers.atom?first=31'))
    const { statements } = await database.log.during(() =>
      Promise.all(Array.from({ length: 20 }, () => raw('/feeds/papers.atom?first=32'))),
    )
    expect(statements.length).toBe(alone.length)
  })

  test('has HEAD, gzip and brotli with the same bytes', async () => {
    const path = '/feeds/papers.json?first=25'
    const plain = await raw(path)
    expect(plain.headers).toMatchObject({
      'content-type': 'application/feed+json',
      'content-length': String(plain.body.length),
      'access-control-allow-origin': '*',
      'x-content-type-options': 'nosniff',
      vary: 'Accept-Encoding',
    })
    expect(plain.headers['content-encoding']).toBeUndefined()
    // Each twice: made, and kept.
    for (const [accepted, encoding] of [
      ['gzip', 'gzip'],
      ['gzip', 'gzip'],
      ['gzip, deflate, br, zstd', 'br'],
      ['gzip, deflate, br, zstd', 'br'],
      ['br;q=0.5, gzip', 'gzip'],
      ['*', 'br'],
      ['identity', undefined],
      ['deflate', undefined],
      ['gzip;q=0', undefined],
    ] as const) {
      for (const method of ['GET', 'HEAD']) {
        const answer = await raw(path, { 'accept-encoding': accepted }, method)
        expect(answer.headers['content-encoding'], accepted).toBe(encoding)
        expect(answer.headers).toMatchObject({ etag: plain.headers.etag, vary: 'Accept-Encoding' })
        if (method === 'HEAD') expect(answer.body.length).toBe(0)
        else {
          const decode = { br: brotliDecompressSync, gzip: gunzipSync }
          expect(encoding ? decode[encoding](answer.body) : answer.body).toEqual(plain.body)
          expect(answer.headers['content-length']).toBe(String(answer.body.length))
        }
      }
    }
    const empty = await raw('/feeds/papers.json?topics=none-such', { 'accept-encoding': 'gzip' })
    expect(empty.headers['content-encoding']).toBeUndefined()
  })

  test('shows a vote within a second, under the same id', async () => {
    const token = await server.tokenOf('voter')
    const path = '/feeds/papers.json?orderBy=NEWEST&first=5'
    const [before] = checkJsonFeed(await read(path))
    const old = await raw(path)
    const id = before?._daily_papers?.id
    const { errors } = await server.ask(
      'mutation ($paperId: ID!) { castVote(input: { paperId: $paperId }) { __typename } }',
      { paperId: id },
      token,
    )
    expect(errors).toBeUndefined()
    // What is asked a second after the vote must show it, however long asking took until then.
    const deadline = Date.now() + 1_000
    let after = before
    for (let last = false; after?._daily_papers?.voteCount === before?._daily_papers?.voteCount && !last; ) {
      await setTimeout(20)
      last = Date.now() > deadline
      ;[after] = checkJsonFeed(await read(path))
    }
    expect(after).toMatchObject({
      id: before?.id,
      url: before?.url,
      _daily_papers: { id, voteCount: (before?._daily_papers?.voteCount ?? 0) + 1 },
    })
    expect(after?.content_html).toContain(`${after?._daily_papers?.voteCount} vote`)
    expect((await raw(path, { 'if-none-match': old.headers.etag as string })).status).toBe(200)

    // It changed in the second that the old one is dated to, or later: either way the old date is no longer good.
    await setTimeout(1_100)
    const now = await raw(path, { 'if-modified-since': old.headers['last-modified'] as string })
    expect(now.status).toBe(200)
    expect(Date.parse(now.headers['last-modified'] as string)).toBeGreaterThan(
      Date.parse(old.headers['last-modified'] as string),
    )
  })
})

test('no response may be cached, not even as stale, beyond the end of the open edition', async () => {
  for (const [time, control] of [
    ['12:00:00', 'public, max-age=60, stale-while-revalidate=600'],
    ['21:18:59', 'public, max-age=60, stale-while-revalidate=600'],
    ['21:20:00', 'public, max-age=60, stale-while-revalidate=540'],
    ['21:28:59.500', 'public, max-age=60'],
    ['21:29:35', 'public, max-age=25'],
    ['21:29:59.500', 'public, max-age=1'],
    ['21:30:00', 'public, max-age=60, stale-while-revalidate=600'],
  ] as const) {
    const now = () => new Date(`2026-02-01T${time}Z`)
    const own = await startServer(database, { clock: { now, timeZone: 'UTC', rollover: '21:30' } })
    onTestFinished(() => own.close())
    const controlOf = async (path: string) => (await fetch(own.url + path)).headers.get('cache-control')
    expect(await controlOf('/feeds/papers.rss'), time).toBe(control)
    // What is not there yet may be there with the next edition.
    const nothing = Math.min(10, Number(/max-age=(\d+)/.exec(control)?.[1]))
    expect(await controlOf('/papers/2602.99999'), time).toBe(`public, max-age=${nothing}`)
  }
})
