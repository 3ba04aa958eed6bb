import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { saveEntries } from '../../../src/ingest/save/save.ts'
import { PaperSelection } from '../../../src/lists/paper-list.ts'
import { queryCondition } from '../../../src/lists/paper-query.ts'
import { paperCount } from '../../../src/lists/papers.ts'
import { searchPapers } from '../../../src/lists/search.ts'
import { mergeRecent } from '../../../src/search/index/merge.ts'
import { SCORE_SCALE } from '../../../src/search/query/term-weights.ts'
import { entryOf, HALF_LIFE } from '../../ingest/fixtures.ts'
import { type FreshDatabase, freshDatabase } from '../../support/database.ts'
import { random } from '../../support/random.ts'
import { Scan } from '../scan.ts'

const WORDS = (
  'sparse tides of graph-based agents in the deep GPT-4o gpt4o GPT 4o 3D 3-D 3 D in-out 图像生成 图像 retrieval Erdős c++ ' +
  'LLaMA-3.1 learning to reason with language models and memory over long horizons who is he Lin Fei-Fei survey be or not'
).split(' ')
const NAMES = ['Ada Lin', 'Bo Čapek', 'Fei-Fei Li', 'Feifei Ma', '王小明', "Ó'Hara", 'He He']
const PAPERS = 160
/** `npm run test:long` tries more. */
const QUERIES = Number(process.env.SEARCH_QUERIES ?? 60)
const draw = random(17)
const pick = <T>(list: readonly T[]): T => list[Math.floor(draw() * list.length)] as T
const some = (most: number) => Array.from({ length: 1 + Math.floor(draw() * most) }, () => pick(WORDS)).join(' ')

let database: FreshDatabase
let scan: Scan

beforeAll(async () => {
  database = await freshDatabase()
  // Papers on both sides of the edge of a window of ids.
  await database.db.execute(sql`alter sequence papers_id_seq restart with 65456`)
  const entries = Array.from({ length: PAPERS }, (_, n) =>
    entryOf({
      arxivId: `2611.${String(n).padStart(5, '0')}`,
      title: n % 40 === 7 ? 'sparse retrieval retrieval of models models' : some(8),
      abstract: draw() < 0.2 ? null : some(25),
      authors: [...new Set([pick(NAMES), pick(NAMES)])].map((name) => ({ name, account: null })),
    }),
  )
  // Half of them in packed lists, the others recent.
  await saveEntries(database.db, entries.slice(0, PAPERS / 2), { halfLifeHours: HALF_LIFE })
  await mergeRecent(database.db)
  await saveEntries(database.db, entries.slice(PAPERS / 2), { halfLifeHours: HALF_LIFE })
  scan = await Scan.of(database.db)
})
afterAll(() => database?.close())

const PIECES: (() => string)[] = [
  () => pick(WORDS),
  () => some(3),
  () => `"${some(2)}"`,
  () => `-${pick(WORDS)}`,
  () => `-"${some(2)}"`,
  () => `author:${pick(NAMES).split(' ').at(-1)}`,
  () => `author:"${pick(NAMES)}"`,
  () => pick(NAMES),
  () => `${pick(WORDS)} or ${pick(WORDS)}`,
  () => `"${pick(WORDS)}" or ${pick(WORDS)}`,
]
const FIXED = [
  '"the"',
  '"in-out"',
  '-survey',
  '-survey -"of the"',
  '"the" -the',
  '"to be or not"',
  'he he',
  '"the" or sparse',
  '"retrieval retrieval"',
  'models models',
]
const queries = [
  ...FIXED,
  ...Array.from({ length: QUERIES }, () =>
    Array.from({ length: 1 + Math.floor(draw() * 3) }, () => pick(PIECES)()).join(' '),
  ),
]

async function found(query: string) {
  const { page, correctedQuery, paperIds } = await searchPapers(
    database.db,
    { query, selection: new PaperSelection({}) },
    { limit: 1_000, backwards: false, after: null, before: null },
  )
  return {
    hits: page.items.map(({ id, score }) => ({ id, score: Math.round(score * SCORE_SCALE) })),
    correctedQuery,
    paperIds,
  }
}

async function kept(query: string) {
  const condition = await queryCondition(database.db, query)
  if (condition === null) return { where: [], probe: [], count: 0 }
  const value = sql`${sql.param(condition.value)}`
  const ids = async (test: ReturnType<typeof sql>) =>
    (await database.db.execute<{ id: string }>(sql`select id from papers where ${test} order by id`)).map(({ id }) =>
      Number(id),
    )
  return {
    where: await ids(condition.where(value)),
    probe: await ids((condition.probe ?? condition.where)(value)),
    count: await paperCount(database.db, new PaperSelection({ query })),
  }
}

const byId = (ids: readonly number[]) => ids.toSorted((a, b) => a - b)

test('search and filter find what a scan of all papers finds', async () => {
  const unlike: string[] = []
  const check = (query: string, what: string, actual: unknown, expected: unknown) => {
    if (JSON.stringify(actual) !== JSON.stringify(expected))
      unlike.push(`${query}: ${what}: ${JSON.stringify(actual)} instead of ${JSON.stringify(expected)}`)
  }
  for (const query of queries) {
    const { hits, correctedQuery, paperIds } = await found(query)
    const matching = scan.matching(query)
    const { where, probe, count } = await kept(query)
    check(query, 'filter', where, matching)
    check(query, 'filter, row by row', probe, matching)
    check(query, 'count of the filter', count, matching.length)
    // A search finds whatever the filter keeps. What it finds besides lacks some of the words.
    check(query, 'search', byId(matching.filter((id) => !paperIds.includes(id))), [])
    const scanned = scan.search(correctedQuery ?? query)
    const place = hits.findIndex((hit, n) => JSON.stringify(hit) !== JSON.stringify(scanned[n]))
    check(query, 'number found', hits.length, scanned.length)
    check(query, `place ${place}`, hits[place], scanned[place])
  }
  expect(unlike).toEqual([])
})

test.each([
  ['gpt4o', 'gpt-4o', 'GPT 4o'],
  ['3D', '3-D', '3 D'],
  ['"3D models"', '"3-D models"', '"3 D models"'],
  ['llama3.1', 'LLaMA-3.1', 'llama 3.1'],
])('%s, %s and %s find the same', async (...forms) => {
  const [first, ...others] = await Promise.all(forms.map(async (form) => [await found(form), await kept(form)]))
  for (const other of others) expect(other).toEqual(first)
})
