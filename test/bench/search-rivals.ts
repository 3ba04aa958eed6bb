import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { type Db, openDatabase } from '../../src/db/client.ts'
import { say } from '../../src/programs/console.ts'
import { type Query, readDocuments, readQueries } from '../search/eval/collection.ts'
import { loadCollection } from '../search/eval/load.ts'
import { mean, measuresOf } from '../search/eval/measures.ts'
import { runQueries } from '../search/eval/run-queries.ts'
import { temporaryDirectory } from '../support/directory.ts'
import { random } from '../support/random.ts'
import { startServer } from '../support/server.ts'
import { withBenchDatabase } from './database.ts'
import { BENCH_DIRECTORY } from './postgres.ts'
import { busyOf, residentSize } from './processor.ts'
import { hasXapian, RIVALS, Rival, type RivalProgram, type RivalText } from './rivals/rival.ts'
import { longQuery, shortQuery, someTexts } from './search-queries.ts'

const PAGE = 20
const BATCH = 2_000
const ADDED = 40
/** What a rival that keeps its index in memory needs for a paper: MiniSearch took 3.3 GB for 100,000. */
const BYTES_IN_MEMORY = 33_400
const DEPTH = 100

export const RIVAL_HEAD = ['', '1 to 3 words', '12 words', 'index a paper', 'kB a paper', 'MB of memory']

/** What searches have to find: the same words for every system, drawn from papers of the catalogue. */
export async function rivalQueries(
  db: Db,
  papers: number,
  searches: number,
): Promise<{ short: string[]; long: string[] }> {
  const draw = random(papers + 3)
  const texts = () => someTexts(db, papers, 2 * searches, draw)
  return {
    short: (await texts()).map((text) => shortQuery(text, draw)),
    long: (await texts()).map((text) => longQuery(text, draw)),
  }
}

/**
 * Milliseconds of processor time of a search for the first page and the number of all papers found: of the second half of
 * the queries, after the first half has warmed the system up.
 */
export async function searchTime(
  pids: readonly number[],
  queries: readonly string[],
  search: (query: string) => Promise<unknown>,
): Promise<number> {
  const half = queries.length / 2
  for (const query of queries.slice(0, half)) await search(query)
  const busy = () => pids.reduce((sum, pid) => sum + busyOf(pid), 0)
  const before = busy()
  for (const query of queries.slice(half)) await search(query)
  return (busy() - before) / half
}

/** A row for each rival, of the texts and queries of a catalogue. Their indexes are kept for the next run. */
export async function benchRivals(
  db: Db,
  papers: number,
  catalogue: string,
  queries: { short: readonly string[]; long: readonly string[] },
): Promise<string[][]> {
  if (!hasXapian) say("Xapian is left out: install Debian's python3-xapian to compare with it.")
  const rows: string[][] = []
  for (const program of RIVALS) {
    const [needed, free] = [papers * BYTES_IN_MEMORY, process.availableMemory()]
    if (program.inMemory && needed > free) {
      const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`
      say(
        `${program.name} is left out: its index would need ${gigabytes(needed)} of memory; ${gigabytes(free)} are free.`,
      )
      continue
    }
    rows.push([program.name, ...(await benchRival(program, db, papers, catalogue, queries))])
  }
  return rows
}

async function benchRival(
  program: RivalProgram,
  db: Db,
  papers: number,
  catalogue: string,
  { short, long }: { short: readonly string[]; long: readonly string[] },
): Promise<string[]> {
  const kept = join(BENCH_DIRECTORY, 'rivals')
  await mkdir(kept, { recursive: true })
  const path = join(kept, `${program.name.replace(' ', '-')}-${catalogue}`)
  let rival = new Rival(program, path)
  if ((await rival.size()).papers < papers) {
    await rival.stop()
    // One that was left half made.
    await rm(path, { recursive: true, force: true })
    rival = new Rival(program, path)
    await fill(rival, program.name, db, papers)
  }
  const { bytes, papers: indexed } = await rival.size()
  const times: number[] = []
  for (const queries of [short, long])
    times.push(await searchTime([rival.pid], queries, (query) => rival.search(query, PAGE)))
  const added = await addTime(rival, indexed)
  const memory = residentSize(rival.pid)
  await rival.stop()
  return [...times, added, bytes / indexed / 1_000].map((value) => value.toFixed(2)).concat(memory.toFixed(0))
}

async function fill(rival: Rival, name: string, db: Db, papers: number): Promise<void> {
  say(`${name}: indexing ${papers} papers`)
  for (let after = 0; after < papers; after += BATCH) {
    const rows = await db.execute<{ id: string; title: string; abstract: string | null }>(sql`
      select id, title, abstract from papers where id > ${after} and id <= ${after + BATCH} order by id`)
    await rival.add(rows.map(({ id, title, abstract }) => ({ id: Number(id), title, abstract: abstract ?? '' })))
    if (after % 20_000 === 0 && after > 0) say(`${name}: ${after} of ${papers} papers`)
  }
}

/** The processor time to index a single new paper, in milliseconds. Ids of earlier runs are not used again. */
async function addTime(rival: Rival, indexed: number): Promise<number> {
  let busy = 0
  for (let n = 1; n <= ADDED; n += 1) {
    const id = indexed + n
    const word = `zyxq${id}`
    const before = busyOf(rival.pid)
    await rival.add([{ id, title: `A paper on ${word}`, abstract: 'It proves that new papers are found at once.' }])
    busy += busyOf(rival.pid) - before
    const { ids } = await rival.search(word, PAGE)
    if (ids[0] !== id) throw new Error(`A rival does not find the paper ${id} that it has just indexed.`)
  }
  return busy / ADDED
}

export const QUALITY_HEAD = ['', 'nDCG@10', 'Recall@100']

/** How well this search and its rivals answer the queries of a collection in the form of BEIR. */
export async function rivalQuality(directory: string, split: string | undefined): Promise<string[][]> {
  const queries = await readQueries(directory, split)
  const rows = [['ours', ...(await ourQuality(directory, queries))]]
  for (const program of RIVALS) {
    const folder = await temporaryDirectory('daily-papers-rival')
    const rival = new Rival(program, join(folder, 'index'))
    const ids: string[] = []
    let batch: RivalText[] = []
    const flush = async () => {
      await rival.add(batch)
      batch = []
    }
    for await (const { id, title, text } of readDocuments(directory)) {
      batch.push({ id: ids.push(id), title, abstract: text })
      if (batch.length === BATCH) await flush()
    }
    await flush()
    const ranked: string[][] = []
    for (const { text } of queries)
      ranked.push((await rival.search(text, DEPTH)).ids.map((number) => ids[number - 1] as string))
    await rival.stop()
    await rm(folder, { recursive: true })
    rows.push([program.name, ...qualityOf(queries, ranked)])
  }
  return rows
}

async function ourQuality(directory: string, queries: readonly Query[]): Promise<string[]> {
  const ranked: string[][] = []
  await withBenchDatabase(async (url) => {
    const database = openDatabase(url, { connections: 3, statementTimeout: 0 })
    const { ids } = await loadCollection(database.db, directory, () => {})
    const server = await startServer({ ...database, url })
    const runs = await runQueries(server, queries, ids, { depth: DEPTH, atOnce: 2, onProgress: () => {} })
    ranked.push(...runs.map((run) => run.ranked))
    await server.close()
    await database.close()
  })
  return qualityOf(queries, ranked)
}

function qualityOf(queries: readonly Query[], ranked: readonly string[][]): string[] {
  const measures = queries.map(({ id, judged }, place) =>
    measuresOf(
      (ranked[place] as string[]).filter((found) => found !== id),
      judged,
    ),
  )
  return [mean(measures.map(({ ndcg10 }) => ndcg10)), mean(measures.map(({ recall100 }) => recall100))].map((value) =>
    value.toFixed(4),
  )
}
