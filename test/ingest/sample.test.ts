import { readFileSync } from 'node:fs'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadSample, SAMPLE_FILE } from '../../src/ingest/sample.ts'
import { parsePaper } from '../../src/ingest/sources/papers.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
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

test('the sample has at most 80 papers, five consecutive editions among them', () => {
  expect(entries.length).toBeLessThanOrEqual(80)
  const days = new Set(entries.map((entry) => entry.listedOn))
  for (const day of ['2025-01-24', '2025-01-27', '2025-01-28', '2025-01-29', '2025-01-30']) expect(days).toContain(day)
})

test.each(entries.map((entry) => [entry.arxivId as string, entry] as const))(
  '%s has authors, a summary and an abstract of two to four sentences',
  (_, { summary, abstract, authors }) => {
    expect(authors?.length).toBeGreaterThan(0)
    expect(summary).toMatch(/[.!?]$/)
    const sentences = (abstract ?? '').split(/(?<=[.!?]["')]?)\s+(?=[\p{Lu}"'(])/u)
    expect(sentences.length).toBeGreaterThanOrEqual(2)
    expect(sentences.length).toBeLessThanOrEqual(4)
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
