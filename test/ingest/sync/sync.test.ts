import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createFetcher, type Fetcher } from '../../../src/fetching/fetcher.ts'
import { PacedRequests } from '../../../src/ingest/sync/paced-requests.ts'
import { recount } from '../../support/recount.ts'
import type { Recorded } from '../../support/replay.ts'
import { hfItem } from './sites.ts'
import { papersOf, shortestGap, startWorld, type World } from './world.ts'

// The 24th of November 2026 is a Tuesday.
let world: World
beforeEach(async () => {
  world = await startWorld('2026-11-24T14:00:00Z')
})
afterEach(async () => {
  await world?.close()
})

const CL = 'arxiv:cs.CL'
const SET = 'cs:cs:CL'
const records = (...ids: string[]) => ids.map((id) => ({ id, stamp: '2026-11-24' }))

describe('arXiv', () => {
  test('three pages through every fault: nothing is lost or twice, and requests are 3 s apart', async () => {
    world.arxiv.sets.set(SET, records('2611.00001', '2611.00002', '2611.00003', '2611.00004', '2611.00005'))
    world.faults.push(
      { status: 503, headers: { 'retry-after': '7' }, body: '' },
      undefined,
      { fault: 'stall' },
      { fault: 'cut' },
      { status: 302, headers: { location: '/oai/moved?verb=ListRecords&resumptionToken=cs:cs:CL|2026-11-21|2|1' } },
      undefined,
      { fault: 'silent cut' },
      { status: 429, headers: { 'retry-after': '30' }, body: '' },
    )
    const [report] = await world.sync(CL)
    expect(report).toMatchObject({ outcome: 'succeeded', created: 5, problems: 0, isSuspect: false, error: null })
    expect(Object.keys(await papersOf(world))).toEqual([1, 2, 3, 4, 5].map((n) => `2611.0000${n}`))
    expect(world.site.requests).toHaveLength(9)
    expect(shortestGap(world.site)).toBeGreaterThanOrEqual(3_000)
    const [first, second] = world.site.requests
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(7_000)

    // Two more sources in a process of its own, right after it.
    world.arxiv.sets.set('cs:cs:AI', records('2611.00001', '2611.00009'))
    const reports = await world.sync(`arxiv:cs.AI,${CL}`)
    expect(reports.map(({ created, unchanged }) => [created, unchanged])).toEqual([
      [1, 1],
      [0, 5],
    ])
    expect(shortestGap(world.site)).toBeGreaterThanOrEqual(3_000)
  })

  test('a window whose token expired is begun again, also in a later run', async () => {
    world.arxiv.sets.set(SET, records('2611.00001', '2611.00002', '2611.00003'))
    world.faults.push(undefined, ...[1, 2, 3].map(() => ({ status: 500, body: '' })))
    expect(await world.sync(CL)).toMatchObject([{ outcome: 'failed', created: 2 }])
    expect(await world.state(CL)).toMatchObject({
      errors: 1,
      lastSuccessAt: null,
      lastError: expect.stringMatching(/^http\S+: It returned the status 500 \(Internal Server Error\)\.$/),
    })
    world.arxiv.generation = 2
    world.time.pass(24)
    const [report] = await world.sync(CL)
    expect(report).toMatchObject({ outcome: 'succeeded', created: 1, unchanged: 2 })
    expect(await world.state(CL)).toMatchObject({
      errors: 0,
      notice: 'Its resumption token had expired, so everything since 2026-11-21 was requested again.',
    })
  })

  test('a category one announcement behind is suspect until it brings something newer', async () => {
    world.arxiv.sets.set(SET, [{ id: '2611.00001', stamp: '2026-11-24' }])
    expect(await world.sync(CL)).toMatchObject([{ newestOn: '2026-11-24', newestId: '2611.00001', isSuspect: false }])
    world.time.pass(24)
    // Records come: the known ones, and an older one.
    world.arxiv.sets.get(SET)?.unshift({ id: '2610.00009', stamp: '2026-11-23' })
    expect(await world.sync(CL)).toMatchObject([{ created: 1, newestId: '2611.00001', isSuspect: true }])
    const suspect = await world.state(CL)
    expect(suspect).toMatchObject({ isSuspect: true, errors: 0, newestOn: '2026-11-24' })
    world.arxiv.sets.get(SET)?.push({ id: '2611.00002', stamp: '2026-11-25' })
    world.time.pass(1)
    expect(await world.sync(CL)).toMatchObject([{ created: 1, newestId: '2611.00002', isSuspect: false }])
    expect((await world.state(CL)).lastNewsAt).not.toBe(suspect.lastNewsAt)
    // A weekend is quiet.
    world.arxiv.sets.get(SET)?.push({ id: '2611.00003', stamp: '2026-11-27' })
    world.time.until('2026-11-29T20:00:00Z')
    expect(await world.sync(CL)).toMatchObject([{ created: 1, isSuspect: false }])
    world.time.until('2026-11-30T13:00:00Z')
    expect(await world.sync(CL)).toMatchObject([{ created: 0, isSuspect: true }])
  })

  test('nothing in the window is no error, a deleted record withdraws its paper', async () => {
    world.arxiv.sets.set(SET, [{ id: '2611.00001', stamp: '2026-06-01' }])
    const [first] = await world.sync(CL)
    expect(first).toMatchObject({ outcome: 'succeeded', created: 1, isSuspect: true })
    world.arxiv.sets.set(SET, [])
    expect(await world.sync(CL)).toMatchObject([{ outcome: 'succeeded', records: 0, error: null }])
    world.arxiv.sets.set(SET, [{ id: '2611.00001', stamp: '2026-11-24', isDeleted: true }])
    expect(await world.sync(CL)).toMatchObject([{ updated: 1, isSuspect: false }])
    expect(await papersOf(world)).toEqual({ '2611.00001': '0 t' })
  })

  test('a long Retry-After ends the run; neither the next run nor another process asks before', async () => {
    world.arxiv.sets.set(SET, records('2611.00001'))
    world.faults.push({ status: 429, headers: { 'retry-after': '7200' }, body: '' })
    expect(await world.due(`${CL},arxiv:cs.AI`)).toMatchObject([
      {
        outcome: 'failed',
        error: expect.stringMatching(/429 \(Too Many Requests\), and no requests until 2026-11-24 16:00 UTC\.$/),
      },
      { outcome: 'failed', error: expect.stringMatching(/asked for no requests until 2026-11-24 16:00 UTC\.$/) },
    ])
    expect(world.site.requests).toHaveLength(1)
    world.time.pass(1)
    expect(await world.due(CL)).toEqual([])
    world.time.pass(1)
    expect(await world.due(CL)).toMatchObject([{ outcome: 'succeeded', created: 1 }])
  })

  test('a run that is stopped at any request is continued: the result is that of an undisturbed one', async () => {
    world.arxiv.sets.set(SET, records('2611.00001', '2611.00002', '2611.00003', '2611.00004', '2611.00005'))
    for (let stops = 0; stops < 8; stops += 1) {
      const stopping = new AbortController()
      let requests = 0
      const [report] = await world.sync(CL, {
        signal: stopping.signal,
        onProgress: () => {
          requests += 1
          if (requests === (stops % 2) + 2) stopping.abort()
        },
      })
      expect(report?.outcome).toMatch(/stopped|succeeded/)
      if (report?.outcome === 'succeeded') break
    }
    expect(Object.keys(await papersOf(world))).toHaveLength(5)
    expect(shortestGap(world.site)).toBeGreaterThanOrEqual(3_000)
    expect(await world.state(CL)).toMatchObject({ errors: 0, lastError: null, newestId: '2611.00005' })
  })
})

test('imports from addresses at arXiv keep its pace, too, beside a sync', async () => {
  world.arxiv.sets.set(SET, records('2611.00001', '2611.00002', '2611.00003'))
  const at: number[] = []
  const respond = createFetcher({ allowPrivateNetworks: true, userAgent: 'test' })
  const inner: Fetcher = {
    get: (_address, options) => {
      at.push(world.time.elapsed())
      return respond.get(`${world.site.url}/oai`, options)
    },
  }
  const { signal } = new AbortController()
  const paced = new PacedRequests(world.database.db, { clock: world.time, signal }).withPaceOfArxiv(inner)
  await paced.get('https://export.arxiv.org/api/query?id_list=2611.00001')
  await Promise.all([world.sync(CL), paced.get('https://rss.arxiv.org/rss/cs.CL')])
  expect(shortestGap(world.site)).toBeGreaterThanOrEqual(3_000)
  const before = world.time.elapsed()
  await paced.get('https://example.org/papers.jsonl')
  expect(world.time.elapsed()).toBe(before)
})

describe('daily lists', () => {
  const HF = 'hf-daily'
  const list = (day: string, ...papers: [id: string, upvotes: number][]) =>
    world.hf.days.set(
      day,
      papers.map(([id, upvotes]) => hfItem(id, day, upvotes)),
    )

  test('the first run brings every paper of the newest day, and of no other', async () => {
    list('2026-11-23', ['2611.00001', 5])
    const papers = Array.from({ length: 230 }, (_, n): [string, number] => [`2611.1${String(n).padStart(4, '0')}`, n])
    list('2026-11-24', ...papers)
    expect(await world.sync(HF)).toMatchObject([{ created: 230, newestOn: '2026-11-24', isSuspect: false }])
    const stored = await papersOf(world)
    expect(Object.keys(stored)).toHaveLength(230)
    expect(stored['2611.10229']).toBe('2026-11-24 229')
    expect(world.site.requests.map(({ target }) => target.replace('/api/daily_papers?', ''))).toEqual([
      'limit=100',
      'date=2026-11-24&limit=100',
      'date=2026-11-24&limit=100&p=1',
      'date=2026-11-24&limit=100&p=2',
    ])
  })

  test('a day fills, shrinks, gets late votes and becomes FINAL', async () => {
    list('2026-11-24', ['2611.00001', 3])
    await world.sync(HF)
    list('2026-11-24', ['2611.00001', 5], ['2611.00002', 1], ['2611.00003', 1])
    world.time.pass(1)
    expect(await world.sync(HF)).toMatchObject([{ created: 2, updated: 1 }])

    // Read again, it changes nothing.
    const { statements } = await world.database.log.during(() => world.sync(HF))
    expect(statements.filter((statement) => /(insert into|update) "?papers/.test(statement))).toEqual([])
    expect((await world.state(HF)).notice).toBeNull()

    // An older answer of a cache, then one of which a paper was taken off.
    list('2026-11-24', ['2611.00001', 4])
    world.time.pass(1)
    expect(await world.sync(HF)).toMatchObject([
      {
        updated: 0,
        notice:
          'The list of 2026-11-24 came with 1 of 3 papers: none was removed, and its votes, which are fewer than before, were not taken.',
      },
    ])
    list('2026-11-24', ['2611.00001', 9], ['2611.00002', 2])
    world.time.pass(1)
    expect(await world.sync(HF)).toMatchObject([{ updated: 2, notice: expect.stringMatching(/none was removed\.$/) }])
    const whole = { '2611.00001': '2026-11-24 9', '2611.00002': '2026-11-24 2', '2611.00003': '2026-11-24 1' }
    expect(await papersOf(world)).toEqual(whole)

    // The next day, read while the one before may still grow.
    world.time.until('2026-11-25T12:00:00Z')
    list('2026-11-24', ['2611.00001', 9], ['2611.00002', 2], ['2611.00003', 1], ['2611.00004', 1])
    list('2026-11-25', ['2611.00005', 1])
    expect(await world.sync(HF)).toMatchObject([{ created: 2, newestOn: '2026-11-25' }])

    // FINAL: votes still come, papers do not.
    world.time.until('2026-11-26T00:00:00Z')
    list('2026-11-24', ['2611.00001', 20], ['2611.00002', 2], ['2611.00003', 1], ['2611.00004', 1], ['2611.00006', 7])
    list('2026-11-25', ['2611.00005', 1], ['2611.00001', 20])
    expect(await world.sync(HF)).toMatchObject([{ created: 0 }])
    expect(await papersOf(world)).toEqual({
      ...whole,
      '2611.00001': '2026-11-24 20',
      '2611.00004': '2026-11-24 1',
      '2611.00005': '2026-11-25 1',
    })
    expect(await recount(world.database.db)).toEqual([])
  })

  test('a day that was not read between its end and FINAL is completed by the first run after', async () => {
    list('2026-11-24', ['2611.00001', 3])
    await world.sync(HF)
    list('2026-11-24', ['2611.00001', 9], ['2611.00002', 1])
    list('2026-11-27', ['2611.00003', 1])
    world.time.until('2026-11-27T15:00:00Z')
    expect(await world.sync(HF)).toMatchObject([{ created: 2 }])
    list('2026-11-24', ['2611.00001', 9], ['2611.00002', 1], ['2611.00004', 1])
    world.time.pass(24)
    expect(await world.sync(HF)).toMatchObject([{ created: 0 }])
    expect(Object.keys(await papersOf(world))).toEqual(['2611.00001', '2611.00002', '2611.00003'])
  })

  test('a clock that jumps loses nothing and delays nothing', async () => {
    const sources = `${HF},${CL}`
    list('2026-11-24', ['2611.00001', 3])
    world.arxiv.sets.set(SET, records('2611.00009'))
    await world.due(sources)
    const before = world.site.requests.length
    world.time.jump(24 * 365)
    list('2026-11-24', ['2611.00001', 5], ['2611.00002', 1])
    expect((await world.due(sources)).map(({ outcome }) => outcome)).toEqual(['succeeded', 'succeeded'])
    world.time.jump(-24 * 365)
    list('2026-11-24', ['2611.00001', 8], ['2611.00002', 1])
    world.arxiv.sets.get(SET)?.push({ id: '2611.00010', stamp: '2026-11-24' })
    // Although their next runs are a year away.
    expect((await world.due(sources)).map(({ outcome }) => outcome)).toEqual(['succeeded', 'succeeded'])
    expect(await papersOf(world)).toEqual({
      '2611.00001': '2026-11-24 8',
      '2611.00002': '2026-11-24 1',
      '2611.00009': '0',
      '2611.00010': '0',
    })
    expect(world.site.requests.length - before).toBeLessThan(12)
    const ofArxiv = world.site.requests.filter(({ target }) => target.startsWith('/oai'))
    expect(shortestGap({ ...world.site, requests: ofArxiv })).toBeGreaterThanOrEqual(3_000)
    expect(await world.state(HF)).toMatchObject({ newestOn: '2026-11-24', errors: 0 })
  })

  test('what is no list, and an empty one, are errors that say so', async () => {
    list('2026-11-24', ['2611.00001', 3])
    const thrice = (fault: Recorded) => world.faults.push(fault, fault, fault)
    thrice({ body: '{"error":"We had to rate limit you"}' })
    expect(await world.sync(HF)).toMatchObject([
      { outcome: 'failed', error: expect.stringMatching(/an error response: "We had to rate limit you"/) },
    ])
    world.faults.push({ body: '[]' })
    expect(await world.sync(HF)).toMatchObject([
      { error: expect.stringMatching(/It has no papers, so its newest day is not known\.$/) },
    ])
    thrice({ status: 502, body: '' })
    await world.sync(HF)
    const { errors, nextRunAt } = await world.state(HF)
    expect(errors).toBe(3)
    expect(Date.parse(nextRunAt as string) - world.time.now().getTime()).toBe(20 * 60_000)
    expect(await papersOf(world)).toEqual({})
  })
})

describe('feeds', () => {
  const feed = () => `feed:${world.site.url}/feed.xml`
  const entries = (...days: string[]) => days.map((day) => ({ id: `e-${day}`, day }))

  test.each([false, true])('an unchanged feed costs nothing (with ETag: %s)', async (hasEtag) => {
    world.lab.hasEtag = hasEtag
    world.lab.entries = entries('2026-11-24', '2026-11-23')
    expect(await world.sync(feed())).toMatchObject([{ created: 2, newestOn: '2026-11-24', isSuspect: false }])
    const { statements } = await world.database.log.during(() => world.sync(feed()))
    expect(statements.filter((statement) => /\bpapers\b/.test(statement))).toEqual([])
    expect(world.site.requests.at(-1)?.headers['if-none-match']).toBe(hasEtag ? '"2"' : undefined)
    world.lab.entries.push({ id: 'e-3', day: '2026-11-24' })
    expect(await world.sync(feed())).toMatchObject([{ created: 1, unchanged: 2 }])
  })

  test('a feed is suspect by its own rhythm', async () => {
    world.lab.entries = entries('2026-11-20', '2026-11-09')
    expect(await world.sync(feed())).toMatchObject([{ isSuspect: false }])
    world.time.until('2026-12-07T14:00:00Z')
    expect(await world.sync(feed())).toMatchObject([{ isSuspect: true }])
  })

  test('a private address, also one behind a redirect, a cut feed and one that is none', async () => {
    const guarded = createFetcher({ allowPrivateNetworks: false, userAgent: 'test' })
    const open = createFetcher({ allowPrivateNetworks: true, userAgent: 'test' })
    const fetchers = { ofServers: open, ofFeeds: guarded }
    expect(await world.sync(feed(), { fetchers })).toMatchObject([
      {
        outcome: 'failed',
        error: expect.stringMatching(/in a private network \(127\.0\.0\.1\): set ALLOW_PRIVATE_NETWORKS/),
      },
    ])
    expect(world.site.requests).toEqual([])
    world.lab.entries = entries('2026-11-24')
    for (const fault of [{ fault: 'silent cut' as const }, { body: '<html>' }, { body: '' }]) {
      world.faults.push(fault, fault, fault)
      expect(await world.sync(feed())).toMatchObject([{ outcome: 'failed', created: 0 }])
    }
    expect(await world.sync(feed())).toMatchObject([{ outcome: 'succeeded', created: 1 }])
    const moved = { status: 301, headers: { location: 'http://169.254.169.254/latest' } }
    world.faults.push(moved)
    expect(await world.sync(feed(), { fetchers })).toMatchObject([{ outcome: 'failed' }])
  })
})
