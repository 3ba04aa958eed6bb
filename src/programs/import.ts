import { join } from 'node:path'
import type { Db } from '../db/client.ts'
import { type ImportTotals, runImport } from '../ingest/import.ts'
import { printable, RejectedRecords } from '../ingest/rejected-records.ts'
import type { InputProblem } from '../ingest/sources/input-files.ts'
import { isSourceName, SOURCE_NAMES, SOURCES, type SourceName } from '../ingest/sources/registry.ts'
import { PacedRequests } from '../ingest/sync/paced-requests.ts'
import type { Settings } from '../settings.ts'
import { messageOf, OperatorError } from '../values/errors.ts'
import { shellWord } from '../values/shell.ts'
import { fetcherFor } from './fetcher.ts'
import { limitHeapGrowth } from './heap-growth.ts'
import { importProgress } from './import-progress.ts'
import { progressDisplay } from './progress.ts'
import { runProgram } from './run-program.ts'
import { MACHINE_TIME } from './sync-parts.ts'
import { withDatabase } from './with-database.ts'

// `npm run import -- SOURCE FILE…` writes problems and progress to stderr, the summary to stdout, and rejected records to
// files in the folder `rejected` of DATA_DIR. Exit codes: 0 if everything was imported, 1 if something was left out, 2 if the
// arguments or the settings are wrong, 130 if stopped.

const WITHOUT_SEARCH = '--without-search'
const LONGEST_SOURCE_NAME = Math.max(...SOURCE_NAMES.map((name) => name.length))

const USAGE = [
  `Usage: npm run import -- ${SOURCE_NAMES.join('|')} FILE…   (files, directories, addresses, or - for standard input)`,
  ...SOURCE_NAMES.map((name) => `  ${name.padEnd(LONGEST_SOURCE_NAME)}  ${SOURCES[name].description}`),
  `${WITHOUT_SEARCH} leaves new papers out of the search index, until npm run index-search`,
].join('\n')

interface Arguments {
  source: SourceName
  inputs: string[]
  withoutSearch: boolean
}

function readArguments(args: string[]): Arguments {
  const [source, ...inputs] = args.filter((each) => each !== WITHOUT_SEARCH)
  if (source === undefined) throw new OperatorError(USAGE)
  if (!isSourceName(source)) throw new OperatorError(`There is no source ${source}.\n${USAGE}`)
  if (inputs.length === 0) throw new OperatorError(`No files are given.\n${USAGE}`)
  const option = inputs.find((input) => /^-./.test(input))
  if (option !== undefined) throw new OperatorError(`There is no option ${option}.\n${USAGE}`)
  return { source, inputs, withoutSearch: args.includes(WITHOUT_SEARCH) }
}

async function importFiles(
  db: Db,
  { source, inputs, withoutSearch }: Arguments,
  settings: Settings,
  signal: AbortSignal,
): Promise<void> {
  const started = Date.now()
  const progress = importProgress()
  const indexing = progressDisplay<{ done: number; of: number }>({
    format: '{value} of {total} papers in the search index · {eta_formatted} to go',
    bar: (indexed) => indexed,
    line: ({ done, of }) => `${done.toLocaleString('en')} of ${of.toLocaleString('en')} papers in the search index`,
  })
  const counting = progressDisplay<{ done: number; of: number }>({
    format: '{value} of {total} authors counted · {eta_formatted} to go',
    bar: (counted) => counted,
    line: ({ done, of }) => `${done.toLocaleString('en')} of ${of.toLocaleString('en')} authors counted`,
  })
  const rejected = new RejectedRecords(join(settings.dataDir, 'rejected', `${source}-${fileStamp(new Date())}`))
  let keepsRejected = true
  const keep = (problem: InputProblem) => {
    try {
      if (keepsRejected) rejected.add(problem)
    } catch (error) {
      keepsRejected = false
      progress.say(`Rejected records are not kept, because the file for them cannot be written: ${messageOf(error)}.`)
    }
  }
  try {
    const totals = await runImport(db, {
      source,
      inputs,
      stdin: process.stdin,
      fetcher: new PacedRequests(db, { clock: MACHINE_TIME, signal }).withPaceOfArxiv(fetcherFor(settings)),
      now: new Date(),
      halfLifeHours: settings.trendingHalfLifeHours,
      onProgress: progress.show,
      onProblem: (problem) => {
        progress.say(problemLine(problem))
        keep(problem)
      },
      onRetry: (problem) => progress.say(problemLine(problem)),
      withoutSearch,
      onIndexing: (done, of) => {
        progress.end()
        counting.end()
        indexing.show({ done, of })
      },
      onCounting: (done, of) => {
        progress.end()
        counting.show({ done, of })
      },
      signal,
    })
    progress.end()
    counting.end()
    indexing.end()
    process.stdout.write(`${signal.aborted ? 'Stopped: ' : ''}${summary(totals, started)}\n`)
    for (const file of rejected.close()) process.stdout.write(`${advice(source, file)}\n`)
    process.exitCode = signal.aborted ? 130 : totals.problems > 0 ? 1 : 0
  } finally {
    progress.end()
    counting.end()
    indexing.end()
    rejected.close()
    // Unread standard input would keep the program running.
    process.stdin.destroy()
  }
}

const problemLine = ({ file, position, reason }: InputProblem): string =>
  printable(`${file}:${position === null ? '' : `${position}:`} ${reason}`)

/** Such as `20261128-093015-127`. With the dashes of a day, the file would be taken for the list of that day. */
const fileStamp = (now: Date): string =>
  now.toISOString().replace(/^(\d+)-(\d+)-(\d+)T(\d+):(\d+):(\d+)\.(\d+)Z$/, '$1$2$3-$4$5$6-$7')

const count = (number: number, noun: string): string =>
  `${number.toLocaleString('en')} ${noun}${number === 1 ? '' : 's'}`

const advice = (source: SourceName, { path, records }: { path: string; records: number }): string =>
  `${count(records, 'rejected record')} with the reasons: correct ${path}, then npm run import -- ${source} ${shellWord(path)}`

function summary({ records, created, updated, unchanged, problems }: ImportTotals, started: number): string {
  const seconds = ((Date.now() - started) / 1000).toFixed(1)
  return (
    `${count(records, 'record')}: ${count(created, 'new paper')}, ${updated.toLocaleString('en')} updated, ` +
    `${unchanged.toLocaleString('en')} unchanged, ${count(problems, 'problem')}, in ${seconds} s`
  )
}

await runProgram({
  usage: USAGE,
  stopped: 'Stopped.',
  run: (signal) => {
    limitHeapGrowth()
    const given = readArguments(process.argv.slice(2))
    return withDatabase({ use: 'writes', connections: 5 }, (db, settings) => importFiles(db, given, settings, signal))
  },
})
