import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Database, type Db, openDatabase } from '../../src/db/client.ts'
import { correctPaper } from '../../src/ingest/correct-paper.ts'
import { setHidden } from '../../src/ingest/hiding.ts'
import { type MergedTable, merge, unmerge } from '../../src/ingest/merges.ts'
import { saveEntries } from '../../src/ingest/save/save.ts'
import { operator } from '../../src/writes/audit-log.ts'
import { idsOf } from '../../src/writes/counts.ts'
import { userOfHandle } from '../../src/writes/users.ts'
import { writeVotes } from '../../src/writes/vote-writer.ts'
import { writing } from '../../src/writes/writing.ts'
import { entryOf, person } from '../ingest/fixtures.ts'
import { givenPapers, HALF_LIFE_HOURS } from '../support/catalogue.ts'
import { type FreshDatabase, freshDatabase } from '../support/database.ts'
import { temporaryDirectory } from '../support/directory.ts'
import type { Copy } from '../support/follower.ts'
import { ROOT } from '../support/program.ts'
import { random } from '../support/random.ts'
import { runHere } from '../support/run-here.ts'
import { startServer, type TestServer } from '../support/server.ts'

// Copies of a catalogue to which many write: one that follows from the beginning and is killed again and again, and one that starts
// from a dump. In the end both must be equal to the catalogue. CHANGE_SECONDS sets another time, CHANGE_KILLS another number of kills
// and CHANGE_SEED other writes: `npm run test:long` writes for a minute and kills ten times.

const SECONDS = Number(process.env.CHANGE_SECONDS ?? 2)
const KILLS = Number(process.env.CHANGE_KILLS ?? 2)
const SEED = Number(process.env.CHANGE_SEED ?? 1)
const WRITERS = 20
const CURATOR = operator('a test')

let directory: string
let database: FreshDatabase
let writers: Database
let server: TestServer
beforeAll(async () => {
  directory = await temporaryDirectory('daily-papers-changes')
  database = await freshDatabase()
  await givenPapers(database.db, 60)
  writers = openDatabase(database.url, { connections: 10, statementTimeout: 60_000 })
  server = await startServer(database, { cacheMegabytes: 8 })
})
afterAll(async () => {
  await server?.close()
  await writers?.close()
  await database?.close()
  await rm(directory, { recursive: true, force: true })
})

/** A client of the server that follows its changes, until it is killed. */
class Follower {
  readonly file: string
  #process: ChildProcess | undefined

  constructor(name: string) {
    this.file = join(directory, name)
  }

  start(): void {
    const program = join(ROOT, 'test/support/follower.ts')
    this.#process = spawn(process.execPath, [program, server.url, this.file], {
      stdio: ['ignore', 'ignore', 'inherit'],
    })
  }

  async kill(): Promise<void> {
    const ended = once(this.#process as ChildProcess, 'exit')
    this.#process?.kill('SIGKILL')
    expect(await ended).toEqual([null, 'SIGKILL'])
  }

  async copy(): Promise<Copy> {
    return JSON.parse(await readFile(this.file, 'utf8'))
  }
}

type Write = (db: Db, below: (limit: number) => number) => Promise<unknown>

const options = { halfLifeHours: HALF_LIFE_HOURS }
let moments = Date.parse('2026-11-01T00:00:00Z')
const pick = <T>(list: readonly T[], below: (limit: number) => number): T => list[below(list.length)] as T

async function someIds(db: Db, table: string, below: (limit: number) => number, most: number): Promise<number[]> {
  const rows = await db.execute<{ id: string }>(
    sql`select id from ${sql.identifier(table)} order by hashint8(id + ${below(1_000)}) limit ${most}`,
  )
  return rows.map(({ id }) => Number(id))
}

const importSome: Write = (db, below) => {
  const entries = Array.from({ length: 1 + below(5) }, () => {
    moments += 1_000
    const group = below(4)
    return entryOf({
      arxivId: `2603.${String(below(150)).padStart(5, '0')}`,
      asOf: new Date(moments).toISOString(),
      title: `Title ${below(1_000)}`,
      abstract: below(3) === 0 ? null : `Abstract ${below(1_000)}`,
      authors: Array.from({ length: 1 + below(4) }, () => ({ name: `Author ${below(12)}`, account: null })),
      topics: [{ kind: 'KEYWORD', names: [pick(['agents', 'Agents', 'AGENTS', 'maps', 'Maps', 'tides'], below)] }],
      organization: {
        slug: `group-${group}-${below(2)}`,
        name: `Group ${below(9)}`,
        avatarUrl: null,
        sourceKey: `g${group}`,
      },
      submitter: { ...person(`person-${group}-${below(2)}`, `p${group}`), name: `Person ${below(9)}` },
      listedAt: '2026-03-05T08:00:00.000Z',
      listedOn: '2026-03-05',
      links: below(2) === 0 ? [] : [{ kind: 'CODE', url: `https://code.example/${below(9)}`, title: null }],
      votes: { count: below(9), countedAt: new Date(moments).toISOString() },
    })
  })
  return saveEntries(db, entries, options)
}

const vote: Write = async (db, below) => {
  const { user } = await userOfHandle(db, `voter-${below(9)}`)
  const changes = (await someIds(db, 'papers', below, 3)).map((paperId) => ({
    paperId,
    userId: user.id,
    voted: below(3) > 0,
  }))
  await writeVotes(db, changes, { now: new Date(), halfLifeHours: HALF_LIFE_HOURS })
}

const hide: Write = async (db, below) =>
  setHidden(db, { paperIds: await someIds(db, 'papers', below, 3), isHidden: below(2) === 0 }, CURATOR, HALF_LIFE_HOURS)

const remove: Write = async (db, below) => {
  const chosen = await someIds(db, 'papers', below, 1)
  return writing(db, async (open) => {
    const ids = await open.lock('papers', idsOf(chosen))
    await open.tx.execute(sql`delete from papers where id in (${idsOf(ids)})`)
    open.announceChange()
  })
}

/** Commits later than others that began later. */
const dawdle: Write = async (db, below) => {
  const chosen = await someIds(db, 'papers', below, 1)
  return writing(db, async (open) => {
    const ids = await open.lock('papers', idsOf(chosen))
    await open.tx.execute(sql`update papers set summary = ${`Summary ${below(1_000)}`} where id in (${idsOf(ids)})`)
    await open.tx.execute(sql`select pg_sleep(${below(100) / 1_000})`)
    open.announceChange()
  })
}

const mergeSome: Write = async (db, below) => {
  const table: MergedTable = below(2) === 0 ? 'topics' : 'authors'
  const [id = 0, intoId = 0] = await someIds(db, table, below, 2)
  if (below(2) === 0) return merge(db, table, { id, intoId }, CURATOR, HALF_LIFE_HOURS)
  return unmerge(db, table, id, CURATOR, HALF_LIFE_HOURS)
}

const correct: Write = async (db, below) => {
  const [id = 0] = await someIds(db, 'papers', below, 1)
  return correctPaper(db, id, { title: `Corrected ${below(1_000)}` }, CURATOR, HALF_LIFE_HOURS)
}

const WRITES = [
  vote,
  vote,
  vote,
  importSome,
  importSome,
  importSome,
  hide,
  hide,
  remove,
  dawdle,
  dawdle,
  mergeSome,
  correct,
]

/** Writes until the time is over, and returns how often. */
async function write(seed: number, until: number): Promise<number> {
  const next = random(seed)
  const below = (limit: number) => Math.floor(next() * limit)
  let count = 0
  for (; performance.now() < until; count += 1) await pick(WRITES, below)(writers.db, below)
  return count
}

/** What the catalogue shows, read in another way than by its changes. */
async function catalogue(): Promise<Record<string, unknown>> {
  const query = `query ($after: String) {
    papers(orderBy: OLDEST, first: 100, after: $after) {
      nodes {
        id arxivId doi identifiers { scheme value } title abstract summary publishedAt updatedAt withdrawnAt listedAt listedOn
        submittedBy { id handle name avatarUrl } organization { id slug name avatarUrl }
        authors(first: 100) { nodes { id slug name } } topics { id slug name kind } links { kind url title }
        url thumbnailUrl githubStars
      }
      pageInfo { hasNextPage endCursor }
    }
  }`
  const papers: Record<string, unknown> = {}
  let after: string | null = null
  do {
    const { data } = await server.ask(query, { after })
    for (const { authors, ...paper } of data.papers.nodes) papers[paper.id] = { ...paper, authors: authors.nodes }
    after = data.papers.pageInfo.hasNextPage ? data.papers.pageInfo.endCursor : null
  } while (after !== null)
  return papers
}

const dump = (to: string) =>
  runHere('src/programs/dump.ts', [to], { DATABASE_URL: database.url, PUBLIC_URL: server.url })

/** The copy that a dump is. */
async function copyOfDump(from: string): Promise<Copy> {
  const manifest = JSON.parse(await readFile(join(from, 'manifest.json'), 'utf8'))
  const [{ name, bytes, lines, sha256 }] = manifest.files
  const packed = await readFile(join(from, name))
  expect({ bytes, sha256 }).toEqual({ bytes: packed.length, sha256: createHash('sha256').update(packed).digest('hex') })
  const papers = gunzipSync(packed).toString().trimEnd().split('\n')
  expect([lines, manifest.papers]).toEqual([papers.length, papers.length])
  const read = papers.map((line) => JSON.parse(line))
  return {
    after: manifest.changes.after,
    papers: Object.fromEntries(read.map(({ paperId, paper }) => [paperId, paper])),
  }
}

test(`copies follow ${WRITERS} writers for ${SECONDS} s, one killed ${KILLS} times and one from a dump`, async () => {
  const next = random(SEED)
  const until = performance.now() + SECONDS * 1_000
  const writing = Promise.all(Array.from({ length: WRITERS }, (_, n) => write(SEED * 1_000 + n, until)))
  const [killed, dumped] = [new Follower('killed.json'), new Follower('dumped.json')]
  const killing = async () => {
    for (let kill = 0; kill < KILLS; kill += 1) {
      killed.start()
      await setTimeout((SECONDS * 1_000 * (0.5 + next())) / (KILLS + 1))
      await killed.kill()
    }
    killed.start()
  }
  const dumping = async () => {
    await setTimeout(SECONDS * 500)
    const to = join(directory, 'dump')
    expect(await dump(to)).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Dumped \d+ papers to /) })
    await writeFile(dumped.file, JSON.stringify(await copyOfDump(to)))
    dumped.start()
  }
  const [counts] = await Promise.all([writing, killing(), dumping()])
  for (const count of counts) expect(count).toBeGreaterThan(0)
  const papers = await catalogue()
  expect(Object.keys(papers).length).toBeGreaterThan(20)
  for (const follower of [killed, dumped]) {
    await expect.poll(async () => (await follower.copy()).papers, { timeout: 30_000 }).toEqual(papers)
    await follower.kill()
  }
  // The dump of a catalogue at rest is the catalogue, and the end of the changes.
  const last = join(directory, 'last')
  expect((await dump(last)).code).toBe(0)
  expect(await copyOfDump(last)).toEqual({ papers, after: (await killed.copy()).after })
}, 600_000)

test('a dump is refused in a directory that is not empty, and one that is stopped has no manifest', async () => {
  const used = join(directory, 'used')
  await mkdir(used)
  await writeFile(join(used, 'notes.txt'), '')
  expect(await dump(used)).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringContaining('is not empty: it has notes.txt'),
  })
  expect(await readdir(used)).toEqual(['notes.txt'])
  const file = join(directory, 'file')
  await writeFile(file, '')
  expect(await dump(file)).toMatchObject({ code: 2, stderr: expect.stringContaining(`${file} cannot be used: EEXIST`) })

  const stopped = join(directory, 'stopped')
  const program = spawn(process.execPath, ['src/run.js', 'dump', stopped], {
    cwd: ROOT,
    env: { ...process.env, DATABASE_URL: database.url },
    stdio: 'ignore',
  })
  await database.db.transaction(async (tx) => {
    await tx.execute(sql`lock table paper_cards in access exclusive mode`)
    await expect
      .poll(
        () =>
          stat(stopped).then(
            () => true,
            () => false,
          ),
        { timeout: 20_000 },
      )
      .toBe(true)
    program.kill('SIGTERM')
  })
  expect(await once(program, 'exit')).toEqual([130, null])
  expect(await readdir(stopped)).toEqual([])
})
