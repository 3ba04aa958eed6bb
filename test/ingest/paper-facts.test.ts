import { getTableColumns, sql } from 'drizzle-orm'
import { assertObjectType } from 'graphql'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { papers } from '../../drizzle/tables/papers.ts'
import { schema } from '../../schema/index.ts'
import { COLUMNS_OF_THE_SERVER, FACT_NAMES, type FactName } from '../../src/ingest/paper-facts.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import { directoryOf, importing, rowVersions } from './fixtures.ts'

const FIRST = {
  v: 1,
  asOf: '2026-11-13',
  identifiers: { openreview: 'xYz12', doi: '10.5555/abc.1' },
  title: 'Tidal Routing',
  abstract: 'One.',
  summary: 'Short.',
  publishedAt: '2026-11-09',
  updatedAt: '2026-11-10',
  withdrawnAt: '2026-11-11',
  listedAt: '2026-11-12T08:00:00Z',
  submittedBy: { handle: 'noorh' },
  organization: { slug: 'example-lab', name: 'Example Lab' },
  authors: ['Ilse Marchetti'],
  thumbnailUrl: 'https://media.example/1.png',
  githubStars: 3,
  commentCount: 2,
}
const SECOND = {
  ...FIRST,
  asOf: '2026-11-14',
  identifiers: { openreview: 'xYz12', arxiv: '2611.04217', doi: '10.5555/abc.2' },
  title: 'Tidal Routing, Revised',
  abstract: 'Two.',
  summary: 'Shorter.',
  publishedAt: '2026-11-08',
  updatedAt: '2026-11-11',
  withdrawnAt: '2026-11-12',
  listedAt: '2026-11-11T09:00:00Z',
  submittedBy: { handle: 'tquine' },
  organization: { slug: 'other-lab', name: 'Other Lab' },
  thumbnailUrl: 'https://media.example/2.png',
  githubStars: 4,
  commentCount: 5,
}

/** The value of each fact after the first line and after the second, with names instead of ids. */
const VALUES: Record<FactName, [unknown, unknown]> = {
  arxivId: [null, '2611.04217'],
  doi: ['10.5555/abc.1', '10.5555/abc.2'],
  title: ['Tidal Routing', 'Tidal Routing, Revised'],
  abstract: ['One.', 'Two.'],
  summary: ['Short.', 'Shorter.'],
  publishedAt: ['2026-11-09 00:00:00+00', '2026-11-08 00:00:00+00'],
  updatedAt: ['2026-11-10 00:00:00+00', '2026-11-11 00:00:00+00'],
  withdrawnAt: ['2026-11-11 00:00:00+00', '2026-11-12 00:00:00+00'],
  listedAt: ['2026-11-12 08:00:00+00', '2026-11-11 09:00:00+00'],
  listedOn: ['2026-11-12', '2026-11-11'],
  submitterId: ['noorh', 'tquine'],
  organizationId: ['example-lab', 'other-lab'],
  thumbnailUrl: ['https://media.example/1.png', 'https://media.example/2.png'],
  githubStars: [3, 4],
  commentCount: [2, 5],
  factsAsOf: ['2026-11-13 00:00:00+00', '2026-11-14 00:00:00+00'],
  // Every line of this source is a whole statement of the operator. See `save/authorities.test.ts` for others.
  factsBy: ['OPERATOR', 'OPERATOR'],
  otherStatements: [null, null],
  rewordedAt: [null, expect.stringMatching(/^\d{4}-\d\d-\d\d /)],
}

let database: FreshDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.close())

const importLine = async (line: object) => {
  const directory = await directoryOf({ 'papers.jsonl': `${JSON.stringify(line)}\n` })
  const { totals, problems } = await importing(database.db, 'papers', [directory])
  expect(problems).toEqual([])
  return totals
}

async function storedFacts() {
  const { submitterId, organizationId, ...columns } = getTableColumns(papers)
  const [row] = await database.db
    .select({
      ...columns,
      submitterId: sql`(select handle from users where id = ${submitterId})`,
      organizationId: sql`(select slug from organizations where id = ${organizationId})`,
    })
    .from(papers)
  return Object.fromEntries(FACT_NAMES.map((name) => [name, row?.[name]]))
}

const expectedAfter = (line: 0 | 1) => Object.fromEntries(FACT_NAMES.map((name) => [name, VALUES[name][line]]))

test('every column of papers is a fact with two values here, or is written by the server', () => {
  const covered = Object.entries(VALUES).filter(
    ([name, [first, second]]) => ['factsBy', 'otherStatements'].includes(name) || first !== second,
  )
  const names = [...covered.map(([name]) => name), ...Object.keys(COLUMNS_OF_THE_SERVER)]
  expect(names.toSorted()).toEqual(Object.keys(getTableColumns(papers)).toSorted())
})

test('two imports bring two values of every fact', async () => {
  expect(await importLine(FIRST)).toMatchObject({ created: 1 })
  expect(await storedFacts()).toEqual(expectedAfter(0))
  expect(await importLine(SECOND)).toMatchObject({ updated: 1 })
  expect(await storedFacts()).toEqual(expectedAfter(1))
})

test('the same line again and an older line write nothing', async () => {
  const before = await rowVersions(database.db)
  expect(await importLine(SECOND)).toMatchObject({ unchanged: 1 })
  expect(await importLine(FIRST)).toMatchObject({ unchanged: 1 })
  expect(await rowVersions(database.db)).toEqual(before)
})

test('the schema shows every fact', () => {
  const otherwise: Partial<Record<FactName, string | null>> = {
    submitterId: 'submittedBy',
    organizationId: 'organization',
    // Only the merge needs them.
    factsAsOf: null,
    factsBy: null,
    otherStatements: null,
    // Feeds show it as the moment of the last change.
    rewordedAt: null,
  }
  const fields = FACT_NAMES.map((name) => (name in otherwise ? otherwise[name] : name)).filter((name) => name !== null)
  expect(Object.keys(assertObjectType(schema.getType('Paper')).getFields())).toEqual(expect.arrayContaining(fields))
})
