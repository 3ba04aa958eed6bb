import { readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { givenPapers } from '../support/catalogue.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import { temporaryDirectory } from '../support/directory.ts'
import { Program } from '../support/program.ts'

let directory: string
let database: FreshDatabase
let empty: FreshDatabase

beforeAll(async () => {
  directory = await temporaryDirectory('daily-papers-programs')
  ;[database, empty] = await Promise.all([freshDatabase(), freshDatabase()])
  await givenPapers(database.db, 60)
})
afterAll(async () => {
  await Promise.all([database?.close(), empty?.close()])
  await rm(directory, { recursive: true, force: true })
})

async function run(command: string, at: FreshDatabase) {
  const program = new Program(`"${process.execPath}" src/run.js ${command}`, { DATABASE_URL: at.url })
  const code = await program.ended
  return { code, stdout: program.stdout.trimEnd(), stderr: program.stderr.trimEnd() }
}

test('a catalogue is exported, restored and exported again, and only the owner can read the file', async () => {
  const [file, again] = [join(directory, 'one.gz'), join(directory, 'two.gz')]
  const exported = await run(`export ${file}`, database)
  expect(exported).toEqual({
    code: 0,
    stdout: expect.stringMatching(/^Exported [\d,]+ rows to .*one\.gz$/),
    stderr: '',
  })
  if (process.platform !== 'win32') expect((await stat(file)).mode & 0o777).toBe(0o600)
  const restored = await run(`restore ${file}`, empty)
  expect(restored).toEqual({ code: 0, stdout: expect.stringMatching(/^Restored [\d,]+ rows in [\d.]+ s$/), stderr: '' })
  expect((await run(`export ${again}`, empty)).code).toBe(0)
  expect((await readFile(again)).equals(await readFile(file))).toBe(true)

  expect(await run(`restore ${file}`, database)).toEqual({
    code: 2,
    stdout: '',
    stderr: expect.stringMatching(/^The catalogue is not empty: it has users\. Set DATA_DIR /),
  })
})

test('the papers of a filter are exported, and names that mean nothing are said', async () => {
  const file = join(directory, 'papers.jsonl')
  expect(await run(`export --filter 'topics=agents,agnets&minVotes=1' ${file}`, database)).toEqual({
    code: 0,
    stdout: expect.stringMatching(/^Exported \d+ papers to .*papers\.jsonl$/),
    stderr: '--filter: nothing here is named "agnets" (topics).',
  })
  const lines = (await readFile(file, 'utf8')).trimEnd().split('\n')
  expect(lines.length).toBeGreaterThan(2)
  for (const line of lines)
    expect(JSON.parse(line)).toMatchObject({ v: 1, keywords: expect.arrayContaining(['agents']) })
  const [row] = await database.db.execute<{ count: number }>(sql`select count(*)::int as count from papers`)
  expect(await run(`export --filter '' ${file}`, database)).toMatchObject({
    stdout: expect.stringContaining(`Exported ${row?.count} papers`),
  })
})

test.each([
  ['export', /^Usage: npm run export -- FILE /],
  ['export a.gz b.gz', /^Usage: npm run export -- FILE /],
  ['export --all a.gz', /^Unknown option '--all'[\s\S]*\nUsage: npm run export/],
  ["export --filter 'topic=agents' a.jsonl", /^--filter: There is no parameter "topic"\. Allowed are topics, /],
  ["export --filter 'first=3' a.jsonl", /^An export has all papers of a list: "first" has no meaning in --filter\.$/],
  [
    "export --filter 'listedFrom=2026-02-02&listedTo=2026-02-01' a.jsonl",
    /^--filter: `filter\.listedTo` \(2026-02-01\) must not be before/,
  ],
  ['export missing/a.gz', /^missing\/a\.gz cannot be written: ENOENT/],
  ['restore', /^Usage: npm run restore -- FILE /],
  ['restore nothing.gz', /^There is no file nothing\.gz\.$/],
])('wrong use is a sentence: %s', async (command, message) => {
  expect(await run(command, empty)).toEqual({ code: 2, stdout: '', stderr: expect.stringMatching(message) })
})
