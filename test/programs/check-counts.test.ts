import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { checkCounts } from '../../src/writes/check-counts.ts'
import { VoteWriter } from '../../src/writes/vote-writer.ts'
import { type Catalogue, givenPapers, HALF_LIFE_HOURS } from '../support/catalogue.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import { random } from '../support/random.ts'
import { recount } from '../support/recount.ts'
import { runHere } from '../support/run-here.ts'

let database: FreshDatabase
let catalogue: Catalogue
beforeAll(async () => {
  database = await freshDatabase()
  catalogue = await givenPapers(database.db, 300)
})
afterAll(() => database?.close())

// As a process of its own, `docs.test.ts` runs it.
async function run(...args: string[]): Promise<{ code: number; lines: string[] }> {
  const { code, stdout, stderr } = await runHere('src/programs/check-counts.ts', args, {
    DATABASE_URL: database.url,
    // Not that of the stored scores, which are checked with their own.
    TRENDING_HALF_LIFE_HOURS: '24',
  })
  const lines = `${stderr}${stdout}`.trimEnd().split('\n')
  // On a busy machine there are lines of progress, too.
  return { code, lines: lines.filter((line) => !/^\w+: [\d,]+ rows$/.test(line)) }
}

test('lists and fixes differences', async () => {
  expect(await run()).toEqual({
    code: 0,
    lines: [expect.stringMatching(/^No differences: the counts, scores and cards of [\d,]+ rows are right\.$/)],
  })

  const damage = [
    `update papers set vote_count = vote_count + 3 where id = 2`,
    `update papers set trending_score = 'NaN' where id = 3`,
    `update papers set author_count = 0 where id > 200 and id <= 230`,
    `update outside_counts set increment = increment + 1 where paper_id = 4`,
    `update authors set paper_count = 0 where id = 1`,
    `update organizations set vote_count = 0 where id = 1`,
    `update topics set paper_count = paper_count - 1, trending_score = trending_score + 1e-5 where id = 1`,
    `update paper_cards set topics = '' where paper_id = 5`,
    // A suspension that was not finished.
    `update users set suspended_at = now() where id = (select min(user_id) from votes)`,
    // Less than votes could have drifted.
    `update topics set trending_score = trending_score + 1e-7 where id = 2`,
  ]
  for (const statement of damage) await database.db.execute(sql.raw(statement))
  const found = await run()
  expect(found.code).toBe(1)
  expect(found.lines).toContainEqual(expect.stringMatching(/^papers 2: vote_count is \d+, computed \d+$/))
  expect(found.lines).toContainEqual(expect.stringMatching(/^papers 3: trending_score is NaN, computed [\d.]+$/))
  expect(found.lines).toContain('papers: and 12 more')
  expect(found.lines).toContainEqual(expect.stringMatching(/^outside_counts 4 made-up 2026-\S+ \S+: increment is /))
  expect(found.lines).toContainEqual(
    expect.stringMatching(/^topics 1: paper_count is \d+, computed \d+; trending_score is /),
  )
  expect(found.lines.filter((line) => /^(authors|organizations) 1: /.test(line))).toHaveLength(2)
  expect(found.lines).toContainEqual(
    expect.stringMatching(/^paper_cards 5: topics is empty, computed \d+ CATEGORY \S+ \S+/),
  )
  expect(found.lines).toContainEqual(expect.stringMatching(/^votes \d+ \d+: table is votes, computed suspended_votes$/))
  expect(found.lines.filter((line) => line.startsWith('topics 2:'))).toEqual([])
  expect(found.lines.at(-1)).toMatch(/ rows differ from the computed values\. To fix: npm run check-counts -- --fix$/)

  const fixed = await run('--fix')
  expect(fixed.code).toBe(0)
  expect(fixed.lines.at(-1)).toMatch(/^Fixed \d+ of [\d,]+ rows, and the sums that include them\.$/)
  expect((await run()).code).toBe(0)
  expect(await recount(database.db)).toEqual([])

  await database.db.execute(sql`update users set suspended_at = null`)
  expect((await run()).lines[0]).toMatch(/^votes \d+ \d+: table is suspended_votes, computed votes$/)
  await run('--fix')
  expect((await run()).code).toBe(0)
  expect(await recount(database.db)).toEqual([])
})

test('finds nothing wrong, and does nothing wrong, while people vote', async () => {
  const { db } = database
  const draw = random(7)
  const pick = (ids: readonly number[]) => ids[Math.floor(draw() * ids.length)] as number
  const writer = new VoteWriter(db, { halfLifeHours: HALF_LIFE_HOURS, now: () => new Date() })
  let isOver = false
  const voting = Promise.all(
    Array.from({ length: 8 }, async () => {
      while (!isOver)
        await writer.write({ paperId: pick(catalogue.paperIds), userId: pick(catalogue.userIds), voted: draw() < 0.5 })
    }),
  )
  for (const fix of [false, false, true, false]) {
    // So that the one that mends has something to do.
    if (fix) await db.execute(sql`update papers set vote_count = vote_count + 1 where id % 7 = 0`)
    const checks = await checkCounts(db, { fix, halfLifeHours: HALF_LIFE_HOURS })
    expect(checks.some(({ differences }) => differences.length > 0)).toBe(fix)
  }
  isOver = true
  await voting
  expect(await recount(db)).toEqual([])
})

test('wrong use is a sentence', async () => {
  expect(await run('--mend')).toEqual({
    code: 2,
    lines: [
      expect.stringMatching(/^Unknown option '--mend'/),
      'Usage: npm run check-counts [-- --fix]   compares stored counts with computed ones; --fix corrects them',
    ],
  })
})

test('a check without a fix stores nothing, not even the first half-life', async () => {
  const empty = await freshDatabase()
  try {
    await empty.db.execute(
      sql`insert into topics (kind, slug, name, normalized_name, paper_count) values ('KEYWORD', 'tides', 'Tides', 'tides', 3)`,
    )
    const checks = await checkCounts(empty.db, { fix: false, halfLifeHours: HALF_LIFE_HOURS })
    expect(checks.find(({ table }) => table === 'topics')?.differences).toHaveLength(1)
    expect(await empty.db.execute(sql`select from trending_basis`)).toHaveLength(0)
  } finally {
    await empty.close()
  }
})
