import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import { expect, onTestFinished, test } from 'vitest'
import { catchUpIndex, rebuildIndex } from '../../src/search/index/rebuild.ts'
import { contentsOf, expectedContents } from '../search/index-contents.ts'
import { freshDatabase } from '../support/database.ts'
import { Program, ROOT } from '../support/program.ts'
import { random } from '../support/random.ts'

// Processes write papers, rebuild and merge the search index, and search, all at once, and are killed at random moments and
// started again. SEARCH_PROCESSES and SEARCH_SECONDS set how many and for how long: `npm run test:long` takes 20 for two
// minutes.

const PROCESSES = Number(process.env.SEARCH_PROCESSES ?? 4)
const SECONDS = Number(process.env.SEARCH_SECONDS ?? 5)
const SEED = Number(process.env.SEARCH_SEED ?? 1)

/** Of each four: two write, one rebuilds, one searches. */
const ROLES = ['write', 'search', 'rebuild', 'write'] as const

test(
  `${PROCESSES} processes that are killed leave every search and the index right`,
  async () => {
    const database = await freshDatabase()
    onTestFinished(() => database.close())
    const { db } = database
    const [user] = await db.execute<{ id: string }>(sql`insert into users (handle) values ('ada') returning id`)
    const draw = random(SEED)
    let seed = SEED
    const ended: Program[] = []
    const start = (role: string) => {
      seed += 1
      const program = join(ROOT, 'test/search/disturbed.ts')
      return new Program(
        `exec "${process.execPath}" --import ./src/resolution.js ${program} ${role} ${seed} ${user?.id}`,
        { DATABASE_URL: database.url },
      )
    }
    const running = Array.from({ length: PROCESSES }, (_, n) => start(ROLES[n % ROLES.length] as string))
    const hasCompared = () => [...running, ...ended].some(({ stdout }) => stdout.includes('like'))
    const until = Date.now() + SECONDS * 1_000
    let kills = 0
    while (Date.now() < until || !hasCompared()) {
      await setTimeout(draw() * 2_000)
      const n = Math.floor(draw() * PROCESSES)
      const victim = running[n] as Program
      await victim.stop('SIGKILL')
      ended.push(victim)
      kills += 1
      running[n] = start(ROLES[n % ROLES.length] as string)
    }
    await Promise.all(running.map((program) => program.stop('SIGKILL')))
    const all = [...ended, ...running]
    expect(all.map(({ stderr }) => stderr).filter((text) => text !== '')).toEqual([])
    const lines = all.flatMap(({ stdout }) => stdout.trimEnd().split('\n')).filter((line) => line !== '')
    expect(lines.filter((line) => line !== 'like')).toEqual([])
    expect(lines.length).toBeGreaterThanOrEqual(SECONDS / 5)
    expect(kills).toBeGreaterThan(0)

    // As the next start of a server does.
    await catchUpIndex(db)
    const contents = await contentsOf(db)
    expect(contents).toEqual(await expectedContents(db))
    expect(await rebuildIndex(db, { grace: 0 })).toBe(contents.paperCount)
    expect(await contentsOf(db)).toEqual(contents)
  },
  SECONDS * 1_000 + 120_000,
)
