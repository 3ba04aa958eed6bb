import { readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { givenPapers } from '../support/catalogue.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import { temporaryDirectory } from '../support/directory.ts'
import { Program } from '../support/program.ts'
import { runHere } from '../support/run-here.ts'

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

// As processes of their own, `docs.test.ts` runs them.
async function run([program, ...args]: string[], at: FreshDatabase) {
  const { code, stdout, stderr } = await runHere(`src/programs/${program}.ts`, args, { DATABASE_URL: at.url })
  return { code, stdout: stdout.trimEnd(), stderr: stderr.trimEnd() }
}

test('a catalogue is exported, restored and exported again, and only the owner can read the file', async () => {
  const [file, again] = [join(directory, 'one.gz'), join(directory, 'two.gz')]
  // A slow machine also prints progress.
  const exported = await run(['export', file], database)
  expect(exported).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Exported [\d,]+ rows to .*one\.gz$/) })
  if (process.platform !== 'win32') expect((await stat(file)).mode & 0o777).toBe(0o600)
  const restored = await run(['restore', file], empty)
  expect(restored).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Restored [\d,]+ rows in [\d.]+ s$/) })
  expect((await run(['export', again], empty)).code).toBe(0)
  expect((await readFile(again)).equals(await readFile(file))).toBe(true)

  expect(await run(['restore', file], database)).toEqual({
    code: 2,
    stdout: '',
    stderr: expect.stringMatching(/^The catalogue is not empty: it has users\. Set DATA_DIR /),
  })
})

test('a restore that is killed leaves the database empty, and the next one fills it', async () => {
  const file = join(directory, 'killed.gz')
  await run(['export', file], database)
  const other = await freshDatabase()
  const killed = new Program(`exec "${process.execPath}" src/run.js restore ${file}`, { DATABASE_URL: other.url })
  // From when it has locked the empty tables to its end.
  const locks = async () => {
    const [row] = await other.db.execute<{ locks: number }>(sql`
      select count(*)::int as locks from pg_locks
      where mode = 'AccessExclusiveLock' and database = (select oid from pg_database where datname = current_database())`)
    return row?.locks
  }
  await expect.poll(locks, { interval: 5, timeout: 30_000 }).toBeGreaterThan(0)
  killed.signal('SIGKILL')
  await killed.ended
  expect(killed.stdout).toBe('')

  expect(await run(['restore', file], other)).toMatchObject({ code: 0 })
  const again = join(directory, 'killed-again.gz')
  await run(['export', again], other)
  expect((await readFile(again)).equals(await readFile(file))).toBe(true)
  await other.close()
})

test('the papers of a filter are exported, and names that mean nothing are said', async () => {
  const file = join(directory, 'papers.jsonl')
  expect(await run(['export', '--filter', 'topics=agents,agnets&minVotes=1', file], database)).toEqual({
    code: 0,
    stdout: expect.stringMatching(/^Exported \d+ papers to .*papers\.jsonl$/),
    stderr: '--filter: nothing here is named "agnets" (topics).',
  })
  const lines = (await readFile(file, 'utf8')).trimEnd().split('\n')
  expect(lines.length).toBeGreaterThan(2)
  for (const line of lines)
    expect(JSON.parse(line)).toMatchObject({ v: 1, keywords: expect.arrayContaining(['agents']) })
  const [row] = await database.db.execute<{ count: number }>(sql`select count(*)::int as count from papers`)
  expect(await run(['export', '--filter', '', file], database)).toMatchObject({
    stdout: expect.stringContaining(`Exported ${row?.count} papers`),
  })
})

test('a backup is repeated until a signal', async () => {
  const folder = join(directory, 'backups')
  const backup = new Program(`exec "${process.execPath}" src/run.js backup ${folder} --every 1`, {
    DATABASE_URL: database.url,
  })
  await expect.poll(() => backup.stdout).toMatch(/^Backed up [\d,]+ rows to .*\n$/)
  expect(await backup.stop()).toBe(0)
  expect(await readdir(folder)).toEqual([expect.stringMatching(/^daily-papers-.*Z\.gz$/)])
})

test.each([
  ['export', /^Usage: npm run export -- FILE /],
  ['export a.gz b.gz', /^Usage: npm run export -- FILE /],
  ['export --all a.gz', /^Unknown option '--all'[\s\S]*\nUsage: npm run export/],
  ['export --filter topic=agents a.jsonl', /^--filter: There is no parameter "topic"\. Allowed are topics, /],
  ['export --filter first=3 a.jsonl', /^An export has all papers of a list: "first" has no meaning in --filter\.$/],
  [
    'export --filter listedFrom=2026-02-02&listedTo=2026-02-01 a.jsonl',
    /^--filter: `filter\.listedTo` \(2026-02-01\) must not be before/,
  ],
  ['export missing/a.gz', /^missing\/a\.gz cannot be written: ENOENT/],
  ['backup', /^Usage: npm run backup -- DIRECTORY /],
  ['backup a --keep 0', /^--keep must be a whole number from 1 to 500; it is "0"\.$/],
  ['backup package.json/a', /^package\.json\/a cannot be created: ENOTDIR/],
  ['dump', /^Usage: npm run dump -- DIRECTORY /],
  ['dump package.json/a', /^package\.json\/a cannot be used: ENOTDIR/],
  ['restore', /^Usage: npm run restore -- FILE /],
  ['restore nothing.gz', /^There is no file nothing\.gz\.$/],
])('wrong use is a sentence: %s', async (command, message) => {
  expect(await run(command.split(' '), empty)).toEqual({ code: 2, stdout: '', stderr: expect.stringMatching(message) })
})
