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

test('equal slugs of authors are numbered in the order of arrival', async () => {
  const save = (arxivId: string, names: string[]) =>
    saveEntries(
      database.db,
      [entryOf({ arxivId, authors: names.map((name) => ({ name, account: null })), topics: [] })],
      { halfLifeHours: HALF_LIFE },
    )
  await save('2611.00001', ['Zoë Li', 'Zoe Li', 'Zoe-Li 2', 'ZOE LI'])
  // A former slug may be in addresses that somebody keeps.
  await database.db.execute(sql`insert into author_aliases select 'zoe-li-4', id from authors where name = 'ZOE LI'`)
  await save('2611.00002', ['Zoé Li', 'Zoe Li', 'zoe li'])

  expect([...(await database.db.execute(sql`select name, slug from authors order by id`))]).toEqual([
    { name: 'Zoë Li', slug: 'zoe-li' },
    { name: 'Zoe Li', slug: 'zoe-li-2' },
    { name: 'Zoe-Li 2', slug: 'zoe-li-2-2' },
    { name: 'ZOE LI', slug: 'zoe-li-3' },
    { name: 'Zoé Li', slug: 'zoe-li-5' },
    { name: 'zoe li', slug: 'zoe-li-6' },
  ])
})
