import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { sql } from 'drizzle-orm'
import { type Database, openDatabase } from '../../src/db/client.ts'
import { fail, helpIfRequested, say } from '../../src/programs/console.ts'
import { SEARCH_DEPTH } from '../../src/search/query/score.ts'
import { messageOf, OperatorError } from '../../src/values/errors.ts'
import { withBenchDatabase } from '../bench/database.ts'
import { startServer } from '../support/server.ts'
import { readDocuments, readQueries } from './eval/collection.ts'
import { type Loaded, loadCollection, SCHEME } from './eval/load.ts'
import { interval, MEASURES, mean, measuresOf, quantile } from './eval/measures.ts'
import { isTooLong, type Run, runQueries } from './eval/run-queries.ts'

// `npm run search-eval -- DIR` measures the quality of search on a collection of documents, queries and judgements in the
// format of BEIR. It saves the documents as papers into a separate database, with the code of imports, and sends the
// queries unchanged to the public API of the real server.

const USAGE = `Usage: npm run search-eval -- DIR [--split NAME] [--limit N] [--trec FILE] [--plain] [--depth N] [--at-once N] [--keep DATA_DIR]
DIR has corpus.jsonl, queries.jsonl and qrels.tsv (or qrels/test.tsv); of a split qrels-NAME.tsv or qrels/NAME.tsv.
  --limit N      only the first N queries
  --trec FILE    writes the run in the format of TREC
  --plain        removes search syntax from the queries: quotation marks, colons, minus signs and "or"
  --depth N      reads at most N results of a query, for a quick test; MAP is then computed from these
  --at-once N    how many queries are sent at the same time (default 2)
  --keep DIR     keeps the database in DIR, and reads the papers from it the next time`

interface Options {
  directory: string
  split?: string
  limit: number
  trec?: string
  plain: boolean
  depth: number
  atOnce: number
  keep?: string
}

function readArguments(args: string[]): Options {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        split: { type: 'string' },
        limit: { type: 'string' },
        trec: { type: 'string' },
        plain: { type: 'boolean', default: false },
        depth: { type: 'string' },
        'at-once': { type: 'string', default: '2' },
        keep: { type: 'string' },
      },
    })
    const [directory, ...more] = positionals
    if (directory === undefined || more.length > 0) throw new Error('Name one directory.')
    const number = (name: string, text: string) => {
      if (!/^[1-9]\d*$/.test(text)) throw new Error(`--${name} must be a whole number from 1 on.`)
      return Number(text)
    }
    const { split, trec, plain, keep } = values
    const numberOr = (name: 'limit' | 'depth', instead: number) =>
      values[name] === undefined ? instead : number(name, values[name])
    return {
      directory,
      plain,
      limit: numberOr('limit', Number.POSITIVE_INFINITY),
      depth: numberOr('depth', SEARCH_DEPTH),
      atOnce: number('at-once', values['at-once']),
      ...(split !== undefined && { split }),
      ...(trec !== undefined && { trec }),
      ...(keep !== undefined && { keep }),
    }
  } catch (error) {
    throw new OperatorError(`${messageOf(error)}\n${USAGE}`)
  }
}

async function evaluate(options: Options): Promise<void> {
  const { directory, split, limit, plain } = options
  const all = await readQueries(directory, split)
  const queries = all.slice(0, limit).map((query) => (plain ? { ...query, text: withoutSyntax(query.text) } : query))
  await withBenchDatabase(async (url) => {
    const database = openDatabase(url, { connections: options.atOnce + 1, statementTimeout: 0 })
    try {
      const loaded = await loadOnce(database, directory)
      if (loaded.untitled > 0)
        say(
          `${loaded.untitled} documents have no title: their papers have the first words of the text, or the id, instead`,
        )
      const tooLong = queries.filter(isTooLong).length
      if (tooLong > 0) say(`${tooLong} queries are longer than the API accepts, and are truncated`)
      const server = await startServer({ ...database, url })
      try {
        const runs = await runQueries(server, queries, loaded.ids, {
          depth: options.depth,
          atOnce: options.atOnce,
          onProgress: progress('queries', queries.length),
        })
        report(runs, options)
        if (options.trec !== undefined) await writeFile(options.trec, trecOf(runs))
      } finally {
        await server.close()
      }
    } finally {
      await database.close()
    }
  }, options.keep)
}

async function loadOnce({ db }: Database, directory: string): Promise<Loaded> {
  const [kept] = await db.execute<{ papers: number }>(
    sql`select count(*)::int as papers from paper_identifiers where scheme = ${SCHEME}`,
  )
  if (!kept?.papers) return loadCollection(db, directory, progress('documents', null))
  const ids: string[] = []
  for await (const { id } of readDocuments(directory)) ids.push(id)
  if (ids.length !== kept.papers)
    throw new OperatorError(`The kept database has ${kept.papers} documents, and ${directory} has ${ids.length}.`)
  return { ids, untitled: 0 }
}

/** Logs the progress every ten seconds. */
function progress(noun: string, of: number | null): (done: number) => void {
  let said = performance.now()
  return (done) => {
    if (performance.now() - said < 10_000 && done !== of) return
    said = performance.now()
    say(`${done}${of === null ? '' : ` of ${of}`} ${noun}`)
  }
}

/** A query without search syntax. */
const withoutSyntax = (text: string): string => text.replace(/["“”:]|(?<!\S)-|(?<!\S)or(?!\S)/gi, ' ').trim() || text

function report(runs: readonly Run[], { directory, split, atOnce }: Options): void {
  const measured = runs.map(({ ranked, query }) => measuresOf(ranked, query.judged))
  console.log(`${directory}${split === undefined ? '' : `, ${split}`}: ${runs.length} queries`)
  for (const [measure, name] of MEASURES) {
    const values = measured.map((each) => each[measure])
    const [from, to] = interval(values)
    console.log(`${name.padEnd(11)}${mean(values).toFixed(4)}   95 % ${from.toFixed(3)}–${to.toFixed(3)}`)
  }
  const failed = runs.filter(({ problem }) => problem !== null)
  const empty = runs.filter(({ ranked, problem }) => problem === null && ranked.length === 0)
  const corrected = runs.filter(({ corrected }) => corrected !== null)
  console.log(`${empty.length} queries without results, ${failed.length} failed, ${corrected.length} corrected`)
  const times = runs.map(({ milliseconds }) => milliseconds)
  console.log(
    `First page of 100 through HTTP, ${atOnce} at a time: p50 ${quantile(times, 0.5).toFixed(1)} ms, p95 ${quantile(times, 0.95).toFixed(1)} ms`,
  )
  for (const { query } of empty.slice(0, 5)) console.log(`  no results: ${query.id}: ${query.text}`)
  for (const { query, problem } of failed.slice(0, 5)) console.log(`  failed: ${query.id}: ${problem}`)
  for (const { query, corrected: text } of corrected.slice(0, 5)) console.log(`  corrected: ${query.text} → ${text}`)
}

const trecOf = (runs: readonly Run[]): string =>
  runs
    .flatMap(({ query, ranked }) =>
      ranked.map((id, index) => `${query.id} Q0 ${id} ${index + 1} ${1_000 - index} daily-papers\n`),
    )
    .join('')

try {
  helpIfRequested(USAGE)
  await evaluate(readArguments(process.argv.slice(2)))
} catch (error) {
  fail(error)
}
