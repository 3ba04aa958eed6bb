import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Db } from '../../../src/db/client.ts'
import { exportPapers } from '../../../src/ingest/export/export-papers.ts'
import { writeWhole } from '../../../src/ingest/export/output-file.ts'
import { setHidden } from '../../../src/ingest/hiding.ts'
import { runImport } from '../../../src/ingest/import.ts'
import type { PaperFilter } from '../../../src/lists/paper-filter.ts'
import { PaperSelection } from '../../../src/lists/paper-list.ts'
import { paperCount } from '../../../src/lists/papers.ts'
import { operator } from '../../../src/writes/audit-log.ts'
import { type Catalogue, givenPapers, HALF_LIFE_HOURS } from '../../support/catalogue.ts'
import { type FreshDatabase, freshDatabase } from '../../support/database.ts'
import { temporaryDirectory } from '../../support/directory.ts'

let directory: string
let first: FreshDatabase
let second: FreshDatabase
let catalogue: Catalogue

beforeAll(async () => {
  directory = await temporaryDirectory('daily-papers-list')
  ;[first, second] = await Promise.all([freshDatabase(), freshDatabase()])
  catalogue = await givenPapers(first.db, 120)
  await setHidden(
    first.db,
    { paperIds: [catalogue.paperIds[3] as number], isHidden: true },
    operator(),
    HALF_LIFE_HOURS,
  )
  await first.db.execute(
    sql`insert into paper_identifiers (scheme, value, paper_id) values ('feed', 'tag:x', 1), ('s2', 'b', 1), ('s2', 'a', 1)`,
  )
})
afterAll(async () => {
  await Promise.all([first?.close(), second?.close()])
  await rm(directory, { recursive: true, force: true })
})

async function exported(
  db: Db,
  filter: PaperFilter,
  name = 'papers.jsonl',
): Promise<{ file: string; lines: string[] }> {
  const file = join(directory, name)
  const count = await writeWhole(file, (to) =>
    exportPapers(db, new PaperSelection(filter), (texts) => pipeline(texts, to)),
  )
  const lines = (await readFile(file, 'utf8')).split('\n')
  expect(lines.pop()).toBe('')
  expect(lines).toHaveLength(count)
  return { file, lines }
}

async function imported(db: Db, file: string) {
  return runImport(db, {
    source: 'papers',
    inputs: [file],
    stdin: Readable.from([]),
    now: new Date(),
    halfLifeHours: HALF_LIFE_HOURS,
    onProgress: () => {},
    onProblem: ({ reason }) => expect.fail(reason),
  })
}

test('the papers of a list are imported elsewhere, from where the same export is equal', async () => {
  const { file, lines } = await exported(first.db, {})
  // One is hidden.
  expect(lines).toHaveLength(119)
  expect(await imported(second.db, file)).toMatchObject({ records: 119, created: 119, problems: 0 })
  expect((await exported(second.db, {}, 'again.jsonl')).lines).toEqual(lines)
  expect(await imported(second.db, file)).toMatchObject({ unchanged: 119 })
})

test('a line has every field that its paper has, and no other', async () => {
  const { lines } = await exported(first.db, {})
  expect(JSON.parse(lines[0] as string)).toEqual({
    v: 1,
    identifiers: { arxiv: '2601.00001', s2: 'a' },
    title: expect.any(String),
    abstract: expect.any(String),
    summary: expect.any(String),
    publishedAt: '2026-01-25T00:00:00.000Z',
    updatedAt: '2026-01-28T00:00:00.000Z',
    listedAt: '2026-01-26T00:00:00.000Z',
    listedOn: '2026-01-26',
    submittedBy: { handle: 'ada-a', name: 'Ada Abara' },
    organization: { slug: 'northlight-lab', name: 'Northlight Lab', avatarUrl: expect.stringMatching(/^https:/) },
    authors: [{ name: 'Ada Abara', handle: 'ada-a' }],
    categories: ['cs.CL', 'cs.LG'],
    links: [
      { kind: 'CODE', url: expect.stringMatching(/^https:/), title: 'code' },
      { kind: 'DISCUSSION', url: expect.stringMatching(/^https:/) },
    ],
    thumbnailUrl: expect.stringMatching(/^https:/),
    githubStars: 0,
    commentCount: 0,
    asOf: '2026-02-24T00:00:00.000Z',
  })
})

test('votes are one count: of their source if there is one only', async () => {
  const { lines } = await exported(first.db, {})
  const found = lines.map((line) => JSON.parse(line).votes)
  const [row] = await first.db.execute<{ votes: string }>(
    sql`select sum(vote_count) as votes from papers where hidden_at is null`,
  )
  expect(found.reduce((sum, votes) => sum + (votes?.count ?? 0), 0)).toBe(Number(row?.votes))
  expect(new Set(found.map((votes) => votes?.source))).toEqual(new Set(['made-up', 'papers', undefined]))
})

test.each<[PaperFilter]>([[{ topics: ['agents'] }], [{ topics: ['agents'], minVotes: 5 }], [{ query: 'attention' }]])(
  'only the papers of %o',
  async (filter) => {
    const { lines } = await exported(first.db, filter)
    expect(lines.length).toBeGreaterThan(5)
    expect(lines).toHaveLength(await paperCount(first.db, new PaperSelection(filter)))
    const all = (await exported(first.db, {})).lines
    expect(all.filter((line) => lines.includes(line))).toEqual(lines)
  },
)

test('a topic that does not exist has no papers', async () => {
  expect((await exported(first.db, { topics: ['nothing'] })).lines).toEqual([])
})
