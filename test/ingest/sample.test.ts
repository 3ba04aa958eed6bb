import { readFileSync } from 'node:fs'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { loadSample, SAMPLE_FILE } from '../../src/ingest/sample.ts'
import { parsePaper } from '../../src/ingest/sources/papers.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import { graphiqlExamples } from '../support/graphiql-examples.ts'
import { startServer } from '../support/server.ts'
import { HALF_LIFE, only, rowVersions } from './fixtures.ts'

const options = { now: new Date('2026-12-01T00:00:00Z'), halfLifeHours: HALF_LIFE }
const entries = readFileSync(SAMPLE_FILE, 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => parsePaper(JSON.parse(line)))

let database: FreshDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.close())

const WHOLE_DAYS = { '2026-08-21': 17, '2026-08-20': 15, '2026-08-18': 29 }
const ofWholeDays = entries.filter(({ listedOn }) => listedOn && listedOn in WHOLE_DAYS)

test('the sample has 50 single papers and three whole days, each paper once', () => {
  expect(entries.length - ofWholeDays.length).toBe(50)
  for (const [day, papers] of Object.entries(WHOLE_DAYS))
    expect(ofWholeDays.filter(({ listedOn }) => listedOn === day)).toHaveLength(papers)
  expect(new Set(entries.map(({ arxivId }) => arxivId)).size).toBe(entries.length)
})

test('each paper of a whole day has a picture, a submitter with an avatar, a discussion and votes', () => {
  for (const { arxivId, thumbnailUrl, submitter, links, votes, commentCount } of ofWholeDays) {
    expect(thumbnailUrl, arxivId as string).toMatch(/^https:/)
    expect(submitter?.avatarUrl, arxivId as string).toMatch(/^https:/)
    expect(links, arxivId as string).toContainEqual(expect.objectContaining({ kind: 'DISCUSSION' }))
    expect(votes, arxivId as string).not.toBeNull()
    expect(commentCount, arxivId as string).toBeTypeOf('number')
  }
})

test.each(entries.map((entry) => [entry.arxivId as string, entry] as const))(
  '%s has authors, a summary and an abstract of two to five sentences',
  (_, { summary, abstract, authors }) => {
    expect(authors?.length).toBeGreaterThan(0)
    expect(summary).toMatch(/[.!?]$/)
    const sentences = (abstract ?? '').split(/(?<=[.!?]["')]?)\s+(?=[\p{Lu}"'(])/u)
    expect(sentences.length).toBeGreaterThanOrEqual(2)
    expect(sentences.length).toBeLessThanOrEqual(5)
  },
)

test('it goes into an empty catalogue, once, also when two processes start at once', async () => {
  const added = await Promise.all([loadSample(database.db, options), loadSample(database.db, options)])
  expect(added.reduce((sum, count) => sum + count)).toBe(entries.length)
  expect(await only(database.db, sql`select count(*)::int as papers from papers`)).toEqual({ papers: entries.length })

  const before = await rowVersions(database.db)
  expect(await loadSample(database.db, options)).toBe(0)
  expect(await rowVersions(database.db)).toEqual(before)
})

test("GraphiQL's examples find papers, the first one a full day with a previous edition", async () => {
  await loadSample(database.db, options)
  const server = await startServer(database)
  onTestFinished(() => server.close())
  const examples = await graphiqlExamples(server.url)
  const run = async (name: string) =>
    (await server.ask(examples.find((example) => example.name === name)?.query as string)).data
  const { edition } = await run('Today')
  expect(edition).toMatchObject({
    date: '2026-08-21',
    papers: { totalCount: 17 },
    previous: { date: '2026-08-20' },
  })
  expect(edition.papers.nodes).toHaveLength(17)
  expect(edition.papers.nodes[0]).toMatchObject({ voteCount: 163, organization: { name: 'Google' } })
  expect((await run('Trending')).papers.nodes).toHaveLength(10)
  expect((await run('ByTopic')).papers.totalCount).toBeGreaterThan(5)
  expect((await run('Search')).search.totalCount).toBeGreaterThan(0)
  expect((await run('OnePaper')).paper.title).toBe((await run('Trending')).papers.nodes[0].title)
})
