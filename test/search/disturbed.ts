import { setTimeout } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import { openDatabase } from '../../src/db/client.ts'
import { PaperSelection } from '../../src/lists/paper-list.ts'
import { searchPapers } from '../../src/lists/search.ts'
import { mergeRecent } from '../../src/search/index/merge.ts'
import { rebuildIndex } from '../../src/search/index/rebuild.ts'
import { SCORE_SCALE } from '../../src/search/query/term-weights.ts'
import { random } from '../support/random.ts'
import { NAMES, randomWrites, WORDS } from './random-writes.ts'
import { Scan } from './scan.ts'

// A program for `test/programs/killed-search.test.ts`: until it is killed, it writes random papers, rebuilds the index, or
// compares searches with a scan. Arguments: what it does, a seed, and the id of the user who submits.

const [role, seed, submitterId] = process.argv.slice(2)
const { db } = openDatabase(process.env.DATABASE_URL as string, { connections: 1, statementTimeout: 0 })
const draw = random(Number(seed))
const pick = <T>(list: readonly T[]): T => list[Math.floor(draw() * list.length)] as T

const FORMS = [
  () => pick(WORDS),
  () => `${pick(WORDS)} ${pick(WORDS)}`,
  () => `${pick(WORDS)} ${pick(WORDS)} ${pick(WORDS)} ${pick(WORDS)}`,
  () => `${pick(WORDS)} -${pick(WORDS)}`,
  () => `"${pick(WORDS)} ${pick(WORDS)}"`,
  () => `author:"${pick(NAMES)}"`,
]

/**
 * Searches in one snapshot, as requests do, with what this process keeps of postings from earlier ones, and compares the
 * answers with a scan of the papers in the same snapshot.
 */
async function search(): Promise<void> {
  // The pool has one connection, so that all of its statements are in this transaction.
  await db.execute(sql`begin isolation level repeatable read`)
  const scan = await Scan.of(db)
  const unlike: string[] = []
  for (let n = 0; n < 8; n += 1) {
    const query = pick(FORMS)()
    const { page, correctedQuery } = await searchPapers(
      db,
      { query, selection: new PaperSelection({}) },
      { limit: 1_000, backwards: false, after: null, before: null },
    )
    const found = page.items.map(({ id, score }) => `${id}: ${Math.round(score * SCORE_SCALE)}`)
    const expected = scan.search(correctedQuery ?? query).map(({ id, score }) => `${id}: ${score}`)
    if (found.join() !== expected.join()) unlike.push(`${query}: ${found} instead of ${expected}`)
  }
  await db.execute(sql`commit`)
  process.stdout.write(unlike.length === 0 ? 'like\n' : unlike.map((line) => `unlike ${line}\n`).join(''))
}

const next = {
  write: randomWrites(db, Number(seed), Number(submitterId)),
  rebuild: async () => {
    if (draw() < 0.5) await rebuildIndex(db, { grace: 20, batch: 20 })
    else await mergeRecent(db)
    await setTimeout(50)
  },
  search,
}[role as 'write' | 'rebuild' | 'search']

for (;;) await next()
