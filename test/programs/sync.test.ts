import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import postgres from 'postgres'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ArxivOai, HuggingFace, hfItem } from '../ingest/sync/sites.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import { temporaryDirectory } from '../support/directory.ts'
import { Program, startProgram } from '../support/program.ts'
import { type Replay, replay } from '../support/replay.ts'

const NODE = `exec "${process.execPath}" src/run.js`
const SOURCES = 'hf-daily,arxiv:cs.CL,arxiv:cs.AI'
const today = new Date().toISOString().slice(0, 10)
const [hf, arxiv] = [new HuggingFace(), new ArxivOai()]

let directory: string
let database: FreshDatabase
let site: Replay
let env: Record<string, string>
/** Whether arXiv does not respond. */
let isStalling = false

beforeAll(async () => {
  directory = await temporaryDirectory('daily-papers-sync')
  database = await freshDatabase()
  hf.days.set(
    '2026-02-16',
    ['2602.00001', '2602.00002'].map((id) => hfItem(id, '2026-02-16', 1)),
  )
  hf.days.set(
    '2026-02-17',
    Array.from({ length: 120 }, (_, n) => hfItem(`2602.1${String(n).padStart(4, '0')}`, '2026-02-17', n)),
  )
  arxiv.sets.set(
    'cs:cs:CL',
    ['2611.00001', '2611.00002', '2611.00003'].map((id) => ({ id, stamp: today })),
  )
  arxiv.sets.set('cs:cs:AI', [{ id: '2611.00003', stamp: today }])
  site = await replay({ elapsed: () => performance.now(), now: () => new Date() }, (url) =>
    url.pathname === '/oai' ? { ...arxiv.answer(url), ...(isStalling && { fault: 'stall' }) } : hf.answer(url),
  )
  env = {
    SYNC: SOURCES,
    HUGGING_FACE_URL: site.url,
    ARXIV_OAI_URL: `${site.url}/oai`,
    DATABASE_URL: database.url,
    PORT: '0',
  }
})
afterAll(async () => {
  await site?.close()
  await database?.close()
  await rm(directory, { recursive: true, force: true })
})

async function query(url: string, document: string) {
  const response = await fetch(`${url}/graphql?query=${encodeURIComponent(document)}`)
  // biome-ignore lint/suspicious/noExplicitAny: the shape is that of the query
  return ((await response.json()) as { data: any }).data
}

const logged = ({ stdout }: Program): Record<string, unknown>[] =>
  stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line))
const synced = (program: Program) => logged(program).filter(({ msg }) => msg === 'synced')

test('a fresh start with SYNC has every paper of the newest day, and no other edition, in a minute; requests are 3 s apart', async () => {
  const { program, url } = await startProgram(`${NODE} serve`, {
    ...env,
    DATABASE_URL: '',
    DATA_DIR: join(directory, 'data'),
  })
  try {
    await expect.poll(() => synced(program).length, { timeout: 60_000, interval: 100 }).toBe(3)
    expect(await query(url, '{ editions { nodes { date paperCount state } } papers { totalCount } }')).toEqual({
      editions: { nodes: [{ date: '2026-02-17', paperCount: 120, state: 'FINAL' }] },
      papers: { totalCount: 123 },
    })
    expect(program.stderr).not.toContain('sample')
    expect(synced(program)).toMatchObject([
      { source: 'hf-daily', created: 120, newestOn: '2026-02-17', isSuspect: true, level: 40 },
      { source: 'arxiv:cs.CL', created: 3, newestOn: today, newestId: '2611.00003', isSuspect: false, level: 30 },
      { source: 'arxiv:cs.AI', created: 0, unchanged: 1, requests: 1, ms: expect.any(Number) },
    ])
  } finally {
    expect(await program.stop()).toBe(0)
  }
  const times = site.requests.filter(({ target }) => target.startsWith('/oai')).map(({ at }) => at)
  expect(times).toHaveLength(3)
  for (const [place, at] of times.slice(1).entries())
    expect(at - (times[place] as number)).toBeGreaterThanOrEqual(3_000)
}, 90_000)

test('while a server syncs, a command does not; a killed run is continued; the state is shown', async () => {
  isStalling = true
  const { program } = await startProgram(`${NODE} serve`, env)
  await expect.poll(() => site.requests.at(-1)?.target, { timeout: 20_000 }).toMatch(/^\/oai/)
  const command = new Program(`${NODE} sync`, env)
  expect(await command.ended).toBe(2)
  expect(command.stderr).toMatch(/^Another process is syncing, such as the server\./m)
  await program.stop('SIGKILL')
  isStalling = false

  const again = new Program(`${NODE} sync`, env)
  expect(await again.ended, again.stderr).toBe(0)
  expect(again.stdout).toMatch(
    /^arxiv:cs\.AI: \d new papers?, \d updated, \d unchanged, 0 problems, by 1 request in [\d.]+ s$/m,
  )
  expect(again.stdout).toMatch(
    /^ {2}Suspect: it has nothing newer than 2026-02-17, although weekdays have passed since\.$/m,
  )
  const [row] = await database.db.execute<{ papers: number }>('select count(*)::int as papers from papers')
  expect(row?.papers).toBe(123)

  const status = new Program(`${NODE} sync --status`, { ...env, SYNC: `${SOURCES},feed:https://lab.example/feed.xml` })
  expect(await status.ended).toBe(0)
  expect(status.stdout).toMatch(/^hf-daily: suspect\n {2}last run 2\S+Z, last success 2\S+Z, next run 2\S+Z\n/m)
  expect(status.stdout).toMatch(new RegExp(`^arxiv:cs.CL: well$[^:]+[^ ]+.*\\n.*newest ${today} 2611.00003$`, 'm'))
  expect(status.stdout).toMatch(/^feed:https:\/\/lab\.example\/feed\.xml: never run$/m)
}, 90_000)

test('a role that may not create a schema gets the command that its owner has to run', async () => {
  const own = await freshDatabase()
  const name = new URL(own.url).pathname.slice(1)
  const owner = postgres(own.url, { max: 1, onnotice: () => {} })
  try {
    await owner.unsafe(`
      create role syncer login password 'syncer'; revoke create on database ${name} from public;
      grant all on schema public, drizzle to syncer; grant all on all tables in schema public, drizzle to syncer`)
    const url = new URL(own.url)
    url.username = 'syncer'
    url.password = 'syncer'
    const refused = new Program(`${NODE} serve`, { ...env, DATABASE_URL: url.href })
    expect(await refused.ended).toBe(2)
    expect(refused.stderr.trim().split('\n').at(-1)).toMatch(
      /^The job queue, which SYNC needs, .* the role syncer may not create it .*: create schema pgboss authorization "syncer"$/,
    )
    await owner.unsafe('create schema pgboss authorization "syncer"')
    const { program } = await startProgram(`${NODE} serve`, { ...env, DATABASE_URL: url.href })
    await program.stop()
  } finally {
    await owner.unsafe('drop owned by syncer; drop role syncer').catch(() => {})
    await owner.end()
    await own.close()
  }
}, 60_000)
