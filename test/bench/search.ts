import { availableParallelism, loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { sql } from 'drizzle-orm'
import { type Db, openDatabase } from '../../src/db/client.ts'
import type { PaperEntry } from '../../src/ingest/entry.ts'
import { saveEntries } from '../../src/ingest/save/save.ts'
import { fail, helpIfRequested } from '../../src/programs/console.ts'
import { indexPapers } from '../../src/search/index/index-papers.ts'
import { RelatedPapers } from '../../src/search/related.ts'
import { messageOf, OperatorError } from '../../src/values/errors.ts'
import { writing } from '../../src/writes/writing.ts'
import { HALF_LIFE_HOURS } from '../support/catalogue.ts'
import { sparseEntry } from '../support/entry.ts'
import { random } from '../support/random.ts'
import { catalogueOf } from './catalogue.ts'
import { COPIED_PAPERS, copiedCatalogue } from './copied-catalogue.ts'
import { type BenchPostgres, startPostgres } from './postgres.ts'
import { busyOf, residentSize } from './processor.ts'
import { Profiler } from './profiler.ts'
import { longQuery, SEEDS, seedLists, shortQuery, someTexts, type Text } from './search-queries.ts'
import { benchRivals, QUALITY_HEAD, RIVAL_HEAD, rivalQuality, rivalQueries, searchTime } from './search-rivals.ts'
import { type RunningServer, startOurs } from './servers.ts'
import { table } from './table.ts'

// `npm run bench:search -- 5000,100000,1000000`: what search costs over made-up catalogues, which are kept under
// .data/bench for the next run. Not a test: figures depend on the machine.
//
// Searches are requests to the real server, one after the other, each different, without the response cache, after others
// have warmed it up. What counts is the processor time of the server and of Postgres (from /proc), which other programs on
// the machine hardly change.

const SEARCHES = 400
const RELATED_TO = 20
const RELATED = 10
const RELATED_ROUNDS = 60
const SINGLES = 60
const BATCHES = 6
const BATCH = 200

const USAGE = `Usage: npm run bench:search -- [5000,100000,1000000] [--searches N] [--profile] [--rivals] [--collection DIR [--split NAME]]
The numbers of papers, with commas between. More than ${COPIED_PAPERS} are copies of so many.
  --searches N      measures N searches of each form, after as many that warm up (default ${SEARCHES})
  --profile         also prints where the server spends its time in searches of one to three words
  --rivals          also searches the same papers with SQLite's FTS5, MiniSearch and Xapian
  --collection DIR  also compares the quality of these on a collection in the form of BEIR; of a split by --split`

const say = (line: string) => console.error(line)

interface Options {
  sizes: number[]
  searches: number
  profile: boolean
  rivals: boolean
  collection: string | undefined
  split: string | undefined
}

function readArguments(args: string[]): Options {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        searches: { type: 'string', default: String(SEARCHES) },
        profile: { type: 'boolean', default: false },
        rivals: { type: 'boolean', default: false },
        collection: { type: 'string' },
        split: { type: 'string' },
      },
    })
    const sizes = (positionals[0] ?? '5000,100000,1000000').split(',').map(Number)
    if (positionals.length > 1 || !sizes.every((size) => Number.isInteger(size) && size > 0))
      throw new Error('The numbers of papers must be whole numbers from 1 on.')
    const searches = Number(values.searches)
    // A quarter of them are lists of papers that others shall be like.
    if (!Number.isInteger(searches) || searches < 4) throw new Error('--searches must be a whole number from 4 on.')
    const { profile, rivals, collection, split } = values
    return { sizes, searches, profile, rivals, collection, split }
  } catch (error) {
    throw new OperatorError(`${messageOf(error)}\n${USAGE}`)
  }
}

/** What a process and Postgres have worked, in milliseconds. */
interface Work {
  server: number
  postgres: number
}

const NODES = 'nodes { arxivId title }'
const HIGHLIGHTS = `edges { titleHighlights { text isMatch } abstractHighlights { text isMatch } ${NODES.replace('nodes', 'node')} }`

const SEARCH_FORMS = [
  { name: '1 to 3 words: titles', query: shortQuery, selected: NODES },
  { name: '1 to 3 words: titles, total', query: shortQuery, selected: `totalCount ${NODES}` },
  { name: '1 to 3 words: titles, highlights, total', query: shortQuery, selected: `totalCount ${HIGHLIGHTS}` },
  { name: '12 words: titles, highlights, total', query: longQuery, selected: `totalCount ${HIGHLIGHTS}` },
]

const NEWEST = `orderBy: NEWEST, first: 20) { totalCount ${NODES} }`
const FILTER_FORMS = [
  { name: 'for comparison: trending, first 20', query: () => null, selected: `first: 20) { ${NODES} }` },
  { name: 'papers with a word, newest 20, total', query: (word: string) => word, selected: NEWEST },
  { name: 'papers without a word, newest 20, total', query: (word: string) => `-${word}`, selected: NEWEST },
]

const LIKE = `query ($query: [String!]) {
  papers(filter: { like: $query }, orderBy: LIKENESS, first: 20) { totalCount edges { likeness } ${NODES} }
}`

async function ask(server: RunningServer, query: string, variables: Record<string, unknown>): Promise<void> {
  const response = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ query, variables }),
  })
  const body = await response.text()
  if (!response.ok || body.includes('"errors"')) throw new Error(`${JSON.stringify(variables)}: ${body.slice(0, 500)}`)
}

/** The work of each of some requests: the server's and that of its connections, on average. */
async function workOf(
  server: RunningServer,
  postgres: BenchPostgres,
  runs: readonly (() => Promise<void>)[],
): Promise<Work> {
  const now = (): Work => ({ server: busyOf(server.pid), postgres: busyOf(postgres.pid) })
  const before = now()
  for (const run of runs) await run()
  const after = now()
  return {
    server: (after.server - before.server) / runs.length,
    postgres: (after.postgres - before.postgres) / runs.length,
  }
}

const milliseconds = (value: number): string => value.toFixed(2)

async function benchSearches(
  db: Db,
  postgres: BenchPostgres,
  url: string,
  papers: number,
  { searches, profile }: Pick<Options, 'searches' | 'profile'>,
) {
  const draw = random(papers)
  const server = await startOurs(url, { cacheMegabytes: 0, nodeArgs: profile ? ['--inspect=127.0.0.1:0'] : [] })
  const rows: string[][] = []
  const add = async (name: string, document: string, queries: readonly (string | string[] | null)[]) => {
    const runs = queries.map((query) => () => ask(server, document, { query }))
    const work = await workOf(server, postgres, runs)
    rows.push([name, milliseconds(work.server), milliseconds(work.postgres), milliseconds(work.server + work.postgres)])
    return runs
  }
  const queriesOf = async <Query>(form: (text: Text) => Query, count: number) =>
    (await someTexts(db, papers, count, draw)).map(form)
  try {
    for (const { name, query, selected } of SEARCH_FORMS) {
      const document = `query ($query: String!) { search(query: $query, first: 20) { ${selected} } }`
      const form = (text: Text) => query(text, draw)
      const warming = await queriesOf(form, searches)
      // Of Postgres, too, if this program has started it on a catalogue of an earlier run.
      if (rows.length === 0) await add(`${name}, the first ${searches} of a new server`, document, warming)
      else for (const warm of warming) await ask(server, document, { query: warm })
      const runs = await add(name, document, await queriesOf(form, searches))
      if (!profile || query !== shortQuery) continue
      const profiler = await Profiler.attach(server)
      const { byPlace, byFunction } = await profiler.during(() => workOf(server, postgres, runs))
      console.log(`\n${name}: microseconds of the server by place and function`)
      for (const { name, microseconds } of [...byPlace, ...byFunction.slice(0, 40)])
        console.log(`${(microseconds / runs.length).toFixed(0).padStart(8)}  ${name}`)
    }
    for (const { name, query, selected } of FILTER_FORMS) {
      const document = `query ($query: String) { papers(filter: { query: $query }, ${selected} }`
      const form = (text: Text) => query(shortQuery(text, draw).split(' ')[0] as string)
      for (const warm of await queriesOf(form, searches)) await ask(server, document, { query: warm })
      await add(name, document, await queriesOf(form, searches))
    }
    const ofLists = Math.floor(searches / 4)
    // Copies have no topics.
    const seeds: Record<string, string[][]> =
      papers > COPIED_PAPERS ? {} : await seedLists(db, papers, 2 * ofLists, draw)
    for (const [name, lists] of Object.entries(seeds)) {
      for (const warm of lists.slice(0, ofLists)) await ask(server, LIKE, { query: warm })
      await add(`papers like ${SEEDS} ${name}, nearest 20, total`, LIKE, lists.slice(ofLists))
    }
    console.log(`\n${papers} papers: milliseconds of processor time a request`)
    console.log(table(['', 'server', 'Postgres', 'both'], rows))
    console.log(`Memory of the server afterwards: ${residentSize(server.pid).toFixed(0)} MB`)
  } finally {
    await server.stop()
  }
}

/** What the runs cost in processor time of this process and of Postgres, and how long they take. */
async function timed(
  postgres: BenchPostgres,
  runs: readonly (() => Promise<unknown>)[],
  things = 1,
): Promise<string[]> {
  const now = () => {
    const { user, system } = process.cpuUsage()
    return { here: (user + system) / 1_000, postgres: busyOf(postgres.pid), time: performance.now() }
  }
  const before = now()
  for (const run of runs) await run()
  const after = now()
  const count = runs.length * things
  const inPostgres = (after.postgres - before.postgres) / count
  const here = (after.here - before.here) / count
  return [here, inPostgres, here + inPostgres, (after.time - before.time) / count].map(milliseconds)
}

/** The papers related to each of a page of papers, when none is cached. */
async function benchRelated(db: Db, postgres: BenchPostgres, papers: number): Promise<string[]> {
  const draw = random(papers + 2)
  const page = () =>
    Array.from({ length: RELATED_TO }, () => ({ paperId: 1 + Math.floor(draw() * papers), limit: RELATED }))
  const runs = Array.from({ length: RELATED_ROUNDS }, () => {
    const requested = page()
    return () => new RelatedPapers().of(db, requested)
  })
  for (const run of runs.slice(0, RELATED_ROUNDS / 2)) await run()
  return [
    `the ${RELATED} papers related to each of ${RELATED_TO}`,
    ...(await timed(postgres, runs.slice(RELATED_ROUNDS / 2))),
  ]
}

const SINGLE = 'index a single paper'

class Undo extends Error {}

/** In a transaction that is rolled back, so that the catalogue stays as it is. */
async function undone<T>(db: Db, run: (tx: Db) => Promise<T>): Promise<T> {
  let result: { value: T } | undefined
  await db
    .transaction(async (tx) => {
      result = { value: await run(tx) }
      throw new Undo()
    })
    .catch((error) => {
      if (!(error instanceof Undo)) throw error
    })
  return (result as { value: T }).value
}

/** What a paper costs to put into the index, and to save with all that belongs to it. */
async function benchInserts(db: Db, postgres: BenchPostgres, papers: number): Promise<string[][]> {
  const draw = random(papers + 1)
  const idsOf = (count: number) => Array.from({ length: count }, () => 1 + Math.floor(draw() * papers))
  const indexing = (count: number, rounds: number) =>
    undone(db, async (tx) => {
      const lists = Array.from({ length: rounds + 1 }, () => idsOf(count))
      await tx.execute(sql`select search_forget(${sql.param([...new Set(lists.flat())])}::bigint[])`)
      const [, ...measured] = lists.map((ids) => () => writing(tx, (open) => indexPapers(open, ids)))
      await writing(tx, (open) => indexPapers(open, lists[0] as number[]))
      return timed(postgres, measured, count)
    })
  const saving = async (count: number, rounds: number) => {
    const texts = await someTexts(db, papers, count * (rounds + 1), draw)
    const entries = texts.map(entryOf)
    return undone(db, async (tx) => {
      const batches = Array.from({ length: rounds + 1 }, (_, n) => entries.slice(n * count, (n + 1) * count))
      const [first, ...measured] = batches.map(
        (batch) => () => saveEntries(tx, batch, { halfLifeHours: HALF_LIFE_HOURS }),
      )
      await first?.()
      return timed(postgres, measured, count)
    })
  }
  return [
    [`index a paper, of ${BATCH} at once`, ...(await indexing(BATCH, BATCHES))],
    [SINGLE, ...(await indexing(1, SINGLES))],
    [`save and index a paper, of ${BATCH} at once`, ...(await saving(BATCH, BATCHES))],
    ['save and index a single paper', ...(await saving(1, SINGLES))],
  ]
}

const entryOf = ({ title, abstract }: Text, place: number): PaperEntry =>
  sparseEntry({
    source: 'bench',
    asOf: '2026-07-01T00:00:00Z',
    identifiers: [{ scheme: 'bench', value: String(place) }],
    title,
    abstract,
    publishedAt: '2026-07-01T00:00:00Z',
  })

const INDEX_TABLES = sql`('search_papers', 'search_lists', 'search_blocks', 'search_recent', 'search_terms')`

async function showSizes(db: Db, papers: number) {
  const rows = await db.execute<{ name: string; rows: number; table: string; indexes: string }>(sql`
    select relname as name, reltuples::int8 as rows, pg_table_size(oid) as table, pg_indexes_size(oid) as indexes
    from pg_class where relname = 'papers' or relname in ${INDEX_TABLES} order by relname`)
  const kilobytes = (bytes: number) => (bytes / papers / 1_000).toFixed(2)
  console.log(`\n${papers} papers: kilobytes a paper`)
  console.log(
    table(
      ['', 'rows a paper', 'table', 'indexes'],
      rows.map((row) => [
        row.name,
        (Number(row.rows) / papers).toFixed(1),
        kilobytes(Number(row.table)),
        kilobytes(Number(row.indexes)),
      ]),
    ),
  )
}

/** Our search beside its rivals: milliseconds of processor time, of all processes together. */
async function showRivals(
  db: Db,
  postgres: BenchPostgres,
  url: string,
  papers: number,
  searches: number,
  toIndex: string,
): Promise<void> {
  const queries = await rivalQueries(db, papers, searches)
  const server = await startOurs(url, { cacheMegabytes: 0 })
  const document = `query ($query: String!) { search(query: $query, first: 20) { totalCount ${NODES} } }`
  const search = (query: string) => ask(server, document, { query })
  const pids = [server.pid, postgres.pid]
  const ours = ['ours, through GraphQL']
  for (const words of [queries.short, queries.long]) ours.push(milliseconds(await searchTime(pids, words, search)))
  const [size] = await db.execute<{ bytes: string }>(sql`
    select sum(pg_total_relation_size(oid)) as bytes from pg_class where relname in ${INDEX_TABLES} and relkind = 'r'`)
  ours.push(toIndex, (Number(size?.bytes) / papers / 1_000).toFixed(2), residentSize(server.pid).toFixed(0))
  await server.stop()
  const catalogue = new URL(url).pathname.slice(1)
  console.log(`\n${papers} papers beside others: milliseconds of processor time`)
  console.log(table(RIVAL_HEAD, [ours, ...(await benchRivals(db, papers, catalogue, queries))]))
}

async function bench({ sizes, searches, profile, rivals, collection, split }: Options): Promise<void> {
  const postgres = await startPostgres(say)
  console.log(`Postgres ${postgres.version}; Node ${process.versions.node}; ${availableParallelism()} processors`)
  for (const papers of sizes) {
    const url = await (papers > COPIED_PAPERS ? copiedCatalogue : catalogueOf)(postgres, papers, say)
    const { db, close } = openDatabase(url, { connections: 1, statementTimeout: 0 })
    await benchSearches(db, postgres, url, papers, { searches, profile })
    const inserts = await benchInserts(db, postgres, papers)
    const rows = [await benchRelated(db, postgres, papers), ...inserts]
    console.log(`\n${papers} papers: milliseconds`)
    console.log(table(['', 'here', 'Postgres', 'both', 'until done'], rows))
    // The rolled-back rows are on nearly every page and would slow down the searches of the next run.
    await db.execute(sql`vacuum search_terms, search_papers, search_lists, search_blocks, search_recent`)
    await showSizes(db, papers)
    if (rivals)
      await showRivals(
        db,
        postgres,
        url,
        papers,
        Math.ceil(searches / 2),
        inserts.find(([name]) => name === SINGLE)?.[3] as string,
      )
    console.log(`Load of the machine in the last minute: ${loadavg()[0]?.toFixed(1)}`)
    await close()
  }
  await postgres.stop()
  if (collection === undefined) return
  console.log(`\n${collection}${split === undefined ? '' : `, ${split}`}`)
  console.log(table(QUALITY_HEAD, await rivalQuality(collection, split)))
}

try {
  helpIfRequested(USAGE)
  await bench(readArguments(process.argv.slice(2)))
  process.exit()
} catch (error) {
  fail(error)
}
