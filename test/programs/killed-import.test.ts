import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { exportCatalogue } from '../../src/ingest/export/export.ts'
import { writeWhole } from '../../src/ingest/export/output-file.ts'
import { hfRecord } from '../ingest/fixtures.ts'
import { contentsOf } from '../search/index-contents.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import { temporaryDirectory } from '../support/directory.ts'
import { ROOT } from '../support/program.ts'
import { random } from '../support/random.ts'
import { recount } from '../support/recount.ts'

// An import is killed at random moments and started again each time. In the end the catalogue must be that of an import that
// nobody disturbed. IMPORT_KILLS sets another number of kills and IMPORT_SEED other moments: `npm run test:long` kills 20 times.

const KILLS = Number(process.env.IMPORT_KILLS ?? 2)
const SEED = Number(process.env.IMPORT_SEED ?? 1)
/**
 * With many kills, some wait until more papers were saved: those of later batches, whose authors are not counted and which are
 * not in the search index yet, or so many that a rebuild of the index follows the import.
 */
const ARE_MANY = KILLS >= 20
const RECORDS = KILLS * (ARE_MANY ? 1_000 : 500)
/** In milliseconds after new papers were saved. */
const LAST_KILL = ARE_MANY ? 700 : 150
const A_DAY = 86_400_000

let directory: string
let undisturbed: FreshDatabase
let killed: FreshDatabase
let input: string
beforeAll(async () => {
  directory = await temporaryDirectory('daily-papers-killed')
  ;[undisturbed, killed] = await Promise.all([freshDatabase(), freshDatabase()])
  input = join(directory, 'lists.jsonl')
  await writeFile(input, lists(random(SEED)))
})
afterAll(async () => {
  await Promise.all([undisturbed?.close(), killed?.close()])
  await rm(directory, { recursive: true, force: true })
})

/** Lists of many days: papers that return with other facts, renamed accounts, shared authors and keywords, bad records. */
function lists(next: () => number): string {
  const below = (limit: number) => Math.floor(next() * limit)
  const pick = (name: string, limit: number) => `${name} ${below(limit)}`
  const lines: string[] = []
  for (let made = 0, day = 0; made < RECORDS; day += 1) {
    const date = new Date(Date.parse('2024-01-01') + day * A_DAY).toISOString().slice(0, 10)
    const records = Array.from({ length: 20 }, () => {
      made += 1
      // One in ten was listed before.
      const number = next() < 0.1 ? below(made) : made
      const who = below(30)
      const user = { _id: `u${who}`, user: `user${who}${day % 40 > 20 ? 'b' : ''}`, fullname: pick('User', 50) }
      return hfRecord(
        {
          id: next() < 0.01 ? 'bad' : `2401.${10_000 + number}`,
          title: `${pick('Tides', 500)} of ${pick('bands', 500)}`,
          submittedOnDailyAt: `${date}T00:00:00.000Z`,
          submittedOnDailyBy: user,
          authors: Array.from({ length: 1 + below(6) }, () => ({ name: pick('Author', RECORDS) })),
          ai_keywords: [pick('Topic', 100), pick('topic', 100)],
          // Papers without votes have their authors counted at the end of the import.
          upvotes: next() < 0.6 ? undefined : below(100),
          githubRepo: `https://github.com/lab/${below(1_000)}`,
          ...(next() < 0.3 && { organization: { _id: `o${who}`, name: `lab${who}`, fullname: pick('Lab', 50) } }),
        },
        { numComments: below(9) },
      )
    })
    lines.push(JSON.stringify({ date, records }))
  }
  return lines.join('\n')
}

function startImport(database: FreshDatabase): ChildProcess {
  const env = { ...process.env, DATABASE_URL: database.url, DATA_DIR: join(directory, 'data') }
  const args = [join(ROOT, 'src/run.js'), 'import', 'hf-daily', input]
  return spawn(process.execPath, args, { env, stdio: 'ignore' })
}

const isOver = ({ exitCode, signalCode }: ChildProcess) => exitCode !== null || signalCode !== null
const ended = async (child: ChildProcess) => (isOver(child) ? undefined : once(child, 'exit'))

const papersOf = async ({ db }: FreshDatabase): Promise<number> => {
  const [row] = await db.execute<{ papers: number }>(sql`select count(*)::int as papers from papers`)
  return row?.papers ?? 0
}

/** How many runs have left authors to be counted. */
const uncountedRuns = () => killed.db.$count(sql`import_runs`, sql`uncounted_from is not null`)

/**
 * Starts the import and kills it: soon after new papers are saved, or, if nothing new comes or by chance, at any moment. Returns whether it was killed before it ended by itself.
 */
async function startAndKill(next: () => number): Promise<boolean> {
  const before = await papersOf(killed)
  const child = startImport(killed)
  if (next() < 0.25) await setTimeout(next() * 1_500)
  else {
    const kind = next()
    const more = !ARE_MANY || kind < 0.6 ? 0 : kind < 0.95 ? 1_000 : 3_000
    while (!isOver(child) && (await papersOf(killed)) <= before + more) await setTimeout(5)
    await setTimeout(next() * LAST_KILL)
  }
  child.kill('SIGKILL')
  await ended(child)
  return child.signalCode === 'SIGKILL'
}

/**
 * The rows of an export without the runs and the clock of changes. Ids depend on what was undone: each is replaced by its place among those of its
 * table. Of the moments at which a paper or its text was changed here, only that there is one is the same.
 */
async function exported({ db }: FreshDatabase, name: string): Promise<Record<string, unknown[]>> {
  const file = join(directory, name)
  await writeWhole(file, (to) => exportCatalogue(db, to))
  const [, ...lines] = gunzipSync(await readFile(file))
    .toString()
    .trimEnd()
    .split('\n')
    .slice(0, -1)
  const rows = lines.map((line) => Object.entries(JSON.parse(line) as Record<string, Row>)[0] as [string, Row])
  const places = new Map<string, number>()
  const tables: Record<string, unknown[]> = {}
  for (const [table, row] of rows) {
    tables[table] ??= []
    if ('id' in row) places.set(`${table} ${row.id}`, tables[table].length)
    const placed = Object.entries(row).map(([column, value]) => {
      if (column === 'id') return [column, places.get(`${table} ${value}`)]
      if (column === 'reworded_at' || column === 'changed_at') return [column, value !== null]
      const target = /^(.*)_id$/.exec(column)?.[1]
      if (target === undefined || target === 'arxiv' || value === null) return [column, value]
      const place = places.get(`${REFERENCES[target] ?? `${target}s`} ${value}`)
      if (place === undefined) throw new Error(`${table}.${column} refers to no row that was exported before: ${value}`)
      return [column, place]
    })
    tables[table].push(Object.fromEntries(placed))
  }
  const { import_runs: _, change_clock: __, ...others } = tables
  return others
}
type Row = Record<string, unknown>
const REFERENCES: Record<string, string> = { submitter: 'users' }

test(`an import that is killed ${KILLS} times and started again gives the same catalogue`, async () => {
  const whole = startImport(undisturbed)
  await ended(whole)
  // Because of the bad records.
  expect(whole.exitCode).toBe(1)

  const next = random(SEED + 1)
  let kills = 0
  let uncounted = 0
  let notSearched = 0
  for (let attempts = 0; kills < KILLS && attempts < 4 * KILLS; attempts += 1) {
    if (await startAndKill(next)) kills += 1
    const [{ half } = { half: null }] = await killed.db.execute<{ half: number }>(sql`
      select count(*)::int as half from papers
      where not exists (select from paper_authors where paper_id = papers.id)
        or not exists (select from paper_cards where paper_id = papers.id)`)
    expect(half).toBe(0)
    const [index] = await killed.db.execute<{ counted: number; stored: number; visible: number }>(sql`
      select paper_count as counted, (select count(*)::int from papers) as visible,
        (select count(*)::int from search_papers where generation = serving.generation) as stored
      from search_generations as serving where serving`)
    expect(index?.stored).toBe(index?.counted)
    notSearched += (index?.visible as number) - (index?.stored as number)
    uncounted += await uncountedRuns()
  }
  expect(kills).toBe(KILLS)
  const last = startImport(killed)
  await ended(last)
  expect(last.exitCode).toBe(1)

  const [expected, actual] = [await exported(undisturbed, 'a.gz'), await exported(killed, 'b.gz')]
  expect(Object.keys(actual)).toEqual(Object.keys(expected))
  for (const [table, rows] of Object.entries(expected)) expect({ table, rows: actual[table] }).toEqual({ table, rows })
  expect(expected.papers?.length).toBeGreaterThan(RECORDS / 2)
  const termsOf = async ({ db }: FreshDatabase) => (await contentsOf(db)).terms
  expect(await termsOf(killed)).toEqual(await termsOf(undisturbed))
  expect(await recount(killed.db)).toEqual([])
  if (ARE_MANY) expect(Math.min(uncounted, notSearched)).toBeGreaterThan(0)
  expect(await uncountedRuns()).toBe(0)
})
