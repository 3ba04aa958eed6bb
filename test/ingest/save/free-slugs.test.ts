import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { saveEntries } from '../../../src/ingest/save/save.ts'
import { type FreshDatabase, freshDatabase } from '../../support/database.ts'
import { entryOf, HALF_LIFE } from '../fixtures.ts'

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
