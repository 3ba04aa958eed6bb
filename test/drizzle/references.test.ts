import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { messageOf } from '../../src/values/errors.ts'
import { givenPapers } from '../support/catalogue.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'

// The references of the tables that imports write most are checked by triggers, once for each statement.

let database: FreshDatabase
beforeAll(async () => {
  database = await freshDatabase()
  await givenPapers(database.db, 20)
})
afterAll(() => database?.close())

const refusal = (statement: string) =>
  database.db.execute(sql.raw(statement)).then(
    () => null,
    (error) => `${error.cause.code} ${messageOf(error.cause)}`,
  )
const counts = async (where: string) => {
  const [row] = await database.db.execute(
    sql.raw(
      `select ${['paper_authors', 'paper_topics', 'paper_cards', 'search_papers'].map((table) => `(select count(*)::int from ${table} ${where}) as ${table}`).join(', ')}`,
    ),
  )
  return row
}

test.each([
  [
    'insert into paper_authors (paper_id, position, author_id, published_at) select 1, 100 + n, n * 999999, now() from generate_series(1, 2) n',
    '23503 paper_authors.author_id is 999999, and authors has no such row',
  ],
  [
    'insert into paper_authors (paper_id, position, author_id, published_at) values (999999, 1, 1, now())',
    '23503 paper_authors.paper_id is 999999, and papers has no such row',
  ],
  [
    'update paper_authors set author_id = 999999 where paper_id = 1',
    '23503 paper_authors.author_id is 999999, and authors has no such row',
  ],
  [
    'insert into paper_topics (paper_id, position, topic_id, published_at) values (1, 100, 999999, now())',
    '23503 paper_topics.topic_id is 999999, and topics has no such row',
  ],
  [
    'update paper_topics set paper_id = 999999 where paper_id = 1',
    '23503 paper_topics.paper_id is 999999, and papers has no such row',
  ],
  [
    `insert into paper_cards (paper_id, authors, topics) values (999999, '', '')`,
    '23503 paper_cards.paper_id is 999999, and papers has no such row',
  ],
  [
    'delete from authors where id = (select author_id from paper_authors where paper_id = 1 limit 1)',
    expect.stringMatching(/^23503 paper_authors refers to row \d+ of authors$/),
  ],
  [
    'delete from topics where id = (select topic_id from paper_topics where paper_id = 1 limit 1)',
    expect.stringMatching(/^23503 paper_topics refers to row \d+ of topics$/),
  ],
])('%s', async (statement, message) => {
  expect(await refusal(statement)).toEqual(message)
})

test('a deleted paper takes its rows along', async () => {
  const before = await counts('where paper_id = 2')
  expect(before).toMatchObject({ paper_cards: 1, search_papers: 1 })
  expect(before?.paper_authors).toBeGreaterThan(0)
  expect(before?.paper_topics).toBeGreaterThan(0)
  await database.db.execute(sql`delete from papers where id = 2`)
  expect(await counts('where paper_id = 2')).toEqual({
    paper_authors: 0,
    paper_topics: 0,
    paper_cards: 0,
    search_papers: 0,
  })
  expect((await counts(''))?.paper_cards).toBe(19)
})
