import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { saveEntries } from '../../../src/ingest/save/save.ts'
import { categorySlug, keywordSlug, slugOf } from '../../../src/values/slugs.ts'
import { type FreshDatabase, freshDatabase } from '../../support/database.ts'
import { entryOf, HALF_LIFE } from '../fixtures.ts'

test.each([
  ['Zoë Müller-Lüdenscheidt', 'zoe-muller-ludenscheidt'],
  ['  J. R. R.  Tolkien ', 'j-r-r-tolkien'],
  ['李明', '李明'],
  ['Łukasz Ødegård', 'łukasz-ødegard'],
  ['Ｆｕｌｌ ｗｉｄｔｈ', 'full-width'],
  ['김민수', '김민수'],
  ['***', 'author'],
  ['x'.repeat(300), 'x'.repeat(100)],
])('the slug of %s', (name, slug) => {
  expect(slugOf(name, 'author')).toBe(slug)
})

test.each([
  ['C', 'c'],
  ['C++', 'c-plus-plus'],
  ['C#', 'c-sharp'],
  ['SFT+RL pipeline', 'sft-plus-rl-pipeline'],
  ['GPT-4.5', 'gpt-4-5'],
  ['$\\ell_1$', 'ell-1'],
  ['∞', 'topic'],
])('the slug of the keyword %s', (keyword, slug) => {
  expect(keywordSlug(keyword)).toBe(slug)
})

test('the slug of a category keeps its dot', () => {
  expect(categorySlug('cs.CL')).toBe('cs.cl')
  expect(categorySlug('cond-mat.mtrl-sci')).toBe('cond-mat.mtrl-sci')
})

let database: FreshDatabase
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(() => database.close())

test('equal slugs are numbered in the order of arrival', async () => {
  const save = (arxivId: string, names: string[], keywords: string[]) =>
    saveEntries(
      database.db,
      [
        entryOf({
          arxivId,
          authors: names.map((name) => ({ name, account: null })),
          topics: [{ kind: 'KEYWORD', names: keywords }],
        }),
      ],
      { halfLifeHours: HALF_LIFE },
    )
  await save('2611.00001', ['Zoë Li', 'Zoe Li', 'Zoe-Li 2', 'ZOE LI'], ['C++', 'c++', 'C', 'C#', 'Ünder'])
  await save('2611.00002', ['Zoé Li', 'Zoe Li', 'zoe li'], ['C', 'under', 'C plus plus'])

  expect([...(await database.db.execute(sql`select name, slug from authors order by id`))]).toEqual([
    { name: 'Zoë Li', slug: 'zoe-li' },
    { name: 'Zoe Li', slug: 'zoe-li-2' },
    { name: 'Zoe-Li 2', slug: 'zoe-li-2-2' },
    { name: 'ZOE LI', slug: 'zoe-li-3' },
    { name: 'Zoé Li', slug: 'zoe-li-4' },
    { name: 'zoe li', slug: 'zoe-li-5' },
  ])
  expect([...(await database.db.execute(sql`select name, slug, paper_count from topics order by id`))]).toEqual([
    { name: 'C++', slug: 'c-plus-plus', paper_count: 1 },
    { name: 'C', slug: 'c', paper_count: 2 },
    { name: 'C#', slug: 'c-sharp', paper_count: 1 },
    { name: 'Ünder', slug: 'under', paper_count: 1 },
    { name: 'under', slug: 'under-2', paper_count: 1 },
    { name: 'C plus plus', slug: 'c-plus-plus-2', paper_count: 1 },
  ])
})
