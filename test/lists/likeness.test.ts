import { eq, sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { paperIdentifiers } from '../../drizzle/tables/paper-identifiers.ts'
import { papers } from '../../drizzle/tables/papers.ts'
import { encodeGlobalId } from '../../schema/global-id.ts'
import { indexPapers } from '../../src/search/index/index-papers.ts'
import { writing } from '../../src/writes/writing.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import { random } from '../support/random.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { walk } from '../support/walk.ts'
import { nearByScan, type ScannedIndex, scanIndex } from './likeness-scan.ts'

// Papers on six subjects: each paper mixes words of its subject with words that all papers share.

const SUBJECTS = 6
const PAPERS = 150
const arxivIdOf = (place: number) => `2601.${String(10_000 + place)}`

let database: FreshDatabase
let server: TestServer
let ids: number[]
let index: ScannedIndex

beforeAll(async () => {
  database = await freshDatabase()
  const { db } = database
  const next = random(5)
  const word = (...kinds: string[]) => `${kinds[Math.floor(next() * kinds.length)]}${Math.floor(next() * 12)}x`
  const rows = Array.from({ length: PAPERS }, (_, place) => {
    const words = Array.from({ length: 40 }, () => word('all', 'all', `of${place % SUBJECTS}y`))
    return { title: words.slice(0, 6).join(' '), abstract: words.slice(6).join(' '), arxivId: arxivIdOf(place) }
  })
  const inserted = await db
    .insert(papers)
    .values(
      rows.map((row, place) => ({
        ...row,
        doi: place === 1 ? '10.1000/456#789' : null,
        arxivId: place === 2 ? null : row.arxivId,
        publishedAt: '2026-01-01',
        factsAsOf: '2026-01-01',
        ...(place % 3 === 0 && { listedAt: '2026-01-02', listedOn: '2026-01-02' }),
      })),
    )
    .returning()
  ids = inserted.map(({ id }) => id)
  await db.insert(paperIdentifiers).values({ paperId: ids[3] as number, scheme: 'openreview', value: 'a8Xk2lQ0' })
  await writing(db, (open) => indexPapers(open, ids))
  server = await startServer(database)
  index = await scanIndex(db)
})
afterAll(async () => {
  await server?.close()
  await database?.close()
})

const placeOf = (globalId: string): number => ids.findIndex((id) => encodeGlobalId('Paper', id) === globalId)
const globalIds = (found: readonly { id: number }[]) => found.map(({ id }) => encodeGlobalId('Paper', id))

const LIST = /* GraphQL */ `
  query ($filter: PaperFilter, $orderBy: PaperOrder = LIKENESS, $first: Int = 100) {
    papers(filter: $filter, orderBy: $orderBy, first: $first) {
      totalCount edges { likeness node { id } } facets { months { count } }
    }
  }`
interface ListedPapers {
  totalCount: number
  edges: { likeness: number; node: { id: string } }[]
  facets: { months: { count: number }[] }
}
const post = async (body: object) =>
  (
    await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  ).json()
const listed = async (filter: object, orderBy = 'LIKENESS') => {
  const { data, errors, extensions } = await post({ query: LIST, variables: { filter, orderBy } })
  expect(errors).toBeUndefined()
  const { edges, totalCount, facets } = data.papers as ListedPapers
  return { edges, totalCount, facets, ids: edges.map(({ node }) => node.id), unknown: extensions?.unknown }
}

describe('a list of papers like others', () => {
  test.each([
    { liked: [0], unliked: [] },
    { liked: [0, 6, 12], unliked: [] },
    { liked: [0, 1, 2, 3, 4, 5], unliked: [] },
    { liked: [0, 1], unliked: [7, 13] },
    { liked: Array.from({ length: 50 }, (_, place) => place), unliked: [] },
  ])('has those of a scan over all papers, with their likeness: $liked, not $unliked', async ({ liked, unliked }) => {
    const idsOf = (places: number[]) => places.map((place) => ids[place] as number)
    const wanted = nearByScan(index, idsOf(liked), idsOf(unliked))
    expect(wanted.length).toBeGreaterThan(10)
    const filter = {
      like: globalIds(idsOf(liked).map((id) => ({ id }))),
      unlike: globalIds(idsOf(unliked).map((id) => ({ id }))),
    }
    const { edges, ids: found, totalCount, facets } = await listed(filter)
    expect(found).toEqual(globalIds(wanted).slice(0, 100))
    expect(totalCount).toBe(wanted.length)
    expect(facets.months).toEqual([{ count: wanted.length }])
    expect(edges.map(({ likeness }) => likeness)).toEqual(wanted.slice(0, 100).map(({ likeness }) => likeness))
    const inOther = await listed(filter, 'NEWEST')
    const likenessOf = new Map(wanted.map(({ id, likeness }) => [encodeGlobalId('Paper', id), likeness]))
    expect(inOther.ids.length).toBe(Math.min(100, wanted.length))
    for (const { likeness, node } of inOther.edges) expect(likeness).toBe(likenessOf.get(node.id))
  })

  test('has the papers of the same subject first, and of another when that one counts against', async () => {
    const { ids: same } = await listed({ like: [0, 6, 12].map(arxivIdOf) })
    expect(same.slice(0, 10).map((id) => placeOf(id) % SUBJECTS)).toEqual(Array(10).fill(0))
    const { ids: other } = await listed({ like: [0, 6, 1, 7].map(arxivIdOf), unlike: [12, 18].map(arxivIdOf) })
    expect(other.slice(0, 10).map((id) => placeOf(id) % SUBJECTS)).toEqual(Array(10).fill(1))
  })

  test('is walked in pages from both ends, also with other fields', async () => {
    const near = nearByScan(
      index,
      [0, 6].map((place) => ids[place] as number),
    )
    const filter = `like: ["${arxivIdOf(0)}", "${arxivIdOf(6)}"]`
    expect(await walk(server, `papers(filter: { ${filter} }, orderBy: LIKENESS, ARGS)`)).toEqual(globalIds(near))
    const listedOn = near.filter(({ id }) => ids.indexOf(id) % 3 === 0)
    expect(listedOn.length).toBeGreaterThan(10)
    const list = `papers(filter: { ${filter}, listedFrom: "2026-01-02" }, orderBy: LIKENESS, ARGS)`
    expect(await walk(server, list, { size: 3 })).toEqual(globalIds(listedOn))
  })

  test('takes a seed in any form, each form for the same paper', async () => {
    const forms = [
      [arxivIdOf(0), `arXiv:${arxivIdOf(0)}v2 [cs.CL] 12 Jan 2026`, `https://arxiv.org/pdf/${arxivIdOf(0)}v1`],
      ['10.1000/456#789', 'https://doi.org/10.1000/456%23789', `${server.url}/papers/${arxivIdOf(1)}`],
      [encodeGlobalId('Paper', ids[2] as number), `${server.url}/papers/${encodeGlobalId('Paper', ids[2] as number)}`],
      ['https://openreview.net/forum?id=a8Xk2lQ0', `Some Author. A title. arXiv preprint arXiv:${arxivIdOf(3)}, 2026.`],
    ]
    for (const [place, group] of forms.entries()) {
      const wanted = globalIds(nearByScan(index, [ids[place] as number]))
      for (const form of group) expect((await listed({ like: [form] })).ids, form).toEqual(wanted)
    }
  })

  test('takes one statement for each scheme, two for the terms of all seeds and one for their postings', async () => {
    const like = [...Array.from({ length: 20 }, (_, place) => arxivIdOf(place + 4)), '10.1000/456#789']
    await listed({ like })
    const { statements } = await database.log.during(() =>
      server.ask(
        `query ($like: [String!]) { papers(filter: { like: $like }, orderBy: LIKENESS) { edges { cursor } } }`,
        { like },
      ),
    )
    expect(statements.length).toBeLessThanOrEqual(6)
  })

  test('says which seeds are unknown, and has nothing if all are', async () => {
    const some = await listed({ like: [arxivIdOf(0), '9901.00001', 'no paper'], unlike: ['10.1/none'] })
    expect(some.unknown).toEqual({ like: ['9901.00001', 'no paper'], unlike: ['10.1/none'] })
    expect(some.ids).toEqual(globalIds(nearByScan(index, [ids[0] as number])))
    expect(await listed({ like: ['no paper'] })).toMatchObject({
      totalCount: 0,
      ids: [],
      unknown: { like: ['no paper'] },
    })
    expect((await listed({ like: [] }, 'NEWEST')).totalCount).toBe(PAPERS)
  })

  test.each([
    ['filter.unlike', { filter: { unlike: ['2601.10000'] }, orderBy: 'NEWEST' }],
    ['orderBy', { filter: {}, orderBy: 'LIKENESS' }],
    ['orderBy', { filter: { like: [] }, orderBy: 'LIKENESS' }],
    ['filter.like', { filter: { like: Array.from({ length: 51 }, (_, place) => arxivIdOf(place)) } }],
    ['filter.unlike', { filter: { like: ['2601.10000'], unlike: Array(51).fill('2601.10001') } }],
  ])('names %s as wrong in %j', async (argument, variables) => {
    const { errors } = await server.ask(LIST, variables)
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', argument })
  })

  test('costs as much as a search beside its papers', async () => {
    const costOf = async (filter: string) => {
      const { extensions } = await post({
        query: `{ papers(filter: { ${filter} }, first: 1) { nodes { id } } }`,
        extensions: { cost: true },
      })
      return extensions.cost.cost as number
    }
    expect((await costOf('like: ["2601.10000"]')) - (await costOf('minVotes: 0'))).toBe(500)
  })

  test('goes with a search', async () => {
    const near = nearByScan(index, [ids[0] as number]).map(({ id }) => encodeGlobalId('Paper', id))
    const { data } = await server.ask(
      `{ search(query: "all1x", filter: { like: ["${arxivIdOf(0)}"] }, first: 100) { nodes { id } } }`,
    )
    const found = data.search.nodes.map(({ id }: { id: string }) => id)
    expect(found.length).toBeGreaterThan(3)
    expect(near).toEqual(expect.arrayContaining(found))
  })
})

test('a feed, a page and a frame have the papers of the list', async () => {
  const query = `like=${arxivIdOf(0)},${arxivIdOf(6)}&listedFrom=2026-01-02`
  const { ids: wanted } = await listed({ like: [arxivIdOf(0), arxivIdOf(6)], listedFrom: '2026-01-02' })
  const read = async (path: string) => (await fetch(`${server.url}${path}`)).text()
  const feed = JSON.parse(await read(`/feeds/papers.json?${query}&orderBy=LIKENESS`))
  expect(feed.items.map((item: { _daily_papers: { id: string } }) => item._daily_papers.id)).toEqual(
    wanted.slice(0, 30),
  )
  expect(feed.title).toContain('Nearest papers')
  const page = await read(`/papers?${query}`)
  expect(page).toContain('orderBy=LIKENESS')
  expect(await read(`/embed?${query}`)).toContain(`/papers/${arxivIdOf(12)}`)
  // The page of a paper leads to the papers like it, and so does that of a paper without any identifier.
  for (const [path, seed] of [
    [arxivIdOf(0), arxivIdOf(0)],
    [encodeGlobalId('Paper', ids[2] as number), `${server.url}/papers/${encodeGlobalId('Paper', ids[2] as number)}`],
  ]) {
    const [, address] = /href="([^"]+)">All papers like this/.exec(await read(`/papers/${path}`)) ?? []
    expect(new URL(address ?? '').searchParams.get('like')).toBe(seed)
    expect(await read(`/papers?${new URLSearchParams({ like: seed as string })}`)).toContain('Trending papers like')
  }
  expect(await read('/feeds/papers.json?orderBy=LIKENESS')).toContain('LIKENESS')
})

test('a saved filter keeps it, and its private feed has its papers', async () => {
  const token = await server.tokenOf('ada')
  const create = async (input: object) =>
    (
      await server.ask(
        `mutation ($input: CreateSavedFilterInput!) { createSavedFilter(input: $input) {
          ... on SavedFilterPayload { savedFilter { queryString feeds { json } } } ... on InvalidInputError { fields { path message } } } }`,
        { input: { name: 'Near', ...input } },
        token,
      )
    ).data.createSavedFilter
  const { savedFilter } = await create({ filter: { like: [arxivIdOf(0)] }, orderBy: 'LIKENESS' })
  expect(savedFilter.queryString).toBe(`like=${arxivIdOf(0)}&orderBy=LIKENESS`)
  const { items } = (await (await fetch(savedFilter.feeds.json)).json()) as {
    items: { _daily_papers: { id: string } }[]
  }
  const wanted = nearByScan(index, [ids[0] as number])
  expect(items.map((item) => item._daily_papers.id)).toEqual(globalIds(wanted).slice(0, 30))
  expect((await create({ filter: {}, orderBy: 'LIKENESS' })).fields).toEqual([
    { path: 'orderBy', message: expect.stringContaining('LIKENESS') },
  ])
})

test('a hidden paper is not in the list, and as a seed it is unknown', async () => {
  const { db } = database
  const { ids: before } = await listed({ like: [arxivIdOf(5)] })
  const hide = async (id: number, hidden: boolean) =>
    writing(db, async (open) => {
      await open.tx
        .update(papers)
        .set({ hiddenAt: hidden ? sql`now()` : null })
        .where(eq(papers.id, id))
      await indexPapers(open, [id])
      open.announceChange()
    })
  const nearest = ids[placeOf(before[0] as string)] as number
  await hide(nearest, true)
  const after = await listed({ like: [arxivIdOf(5)] })
  expect(after.ids).not.toContain(before[0])
  expect(after.ids.length).toBeGreaterThan(5)
  await hide(ids[5] as number, true)
  expect(await listed({ like: [arxivIdOf(5)] })).toMatchObject({ totalCount: 0, unknown: { like: [arxivIdOf(5)] } })
})
