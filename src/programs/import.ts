import { openDatabase } from '../db/client.ts'
import { startDatabase } from '../db/start.ts'
import { type ImportTotals, runImport } from '../ingest/import.ts'
import type { InputProblem } from '../ingest/sources/input-files.ts'
import { isSourceName, SOURCE_NAMES, SOURCES, type SourceName } from '../ingest/sources/registry.ts'
import { readSettings } from '../settings.ts'
import { OperatorError } from '../values/errors.ts'
import { abortOnSignals, fail, helpIfRequested, say } from './console.ts'
import { fetcherFor } from './fetcher.ts'
import { importProgress } from './import-progress.ts'

// `npm run import -- SOURCE FILE…` writes problems and progress to stderr and the summary to stdout. Exit codes: 0 if
// everything was imported, 1 if something was left out, 2 if the arguments or the settings are wrong, 130 if stopped.

const LONGEST_SOURCE_NAME = Math.max(...SOURCE_NAMES.map((name) => name.length))

const USAGE = [
  `Usage: npm run import -- ${SOURCE_NAMES.join('|')} FILE…   (files, directories, addresses, or - for standard input)`,
  ...SOURCE_NAMES.map((name) => `  ${name.padEnd(LONGEST_SOURCE_NAME)}  ${SOURCES[name].description}`),
].join('\n')

function readArguments([source, ...inputs]: string[]): { source: SourceName; inputs: string[] } {
  if (source === undefined) throw new OperatorError(USAGE)
  if (!isSourceName(source)) throw new OperatorError(`There is no source ${source}.\n${USAGE}`)
  if (inputs.length === 0) throw new OperatorError(`No files are given.\n${USAGE}`)
  const option = inputs.find((input) => /^-./.test(input))
  if (option !== undefined) throw new OperatorError(`There is no option ${option}.\n${USAGE}`)
  return { source, inputs }
}

async function importFiles(): Promise<void> {
  const { source, inputs } = readArguments(process.argv.slice(2))
  const settings = readSettings(process.env)
  const started = Date.now()
  const stop = abortOnSignals()
  const running = await startDatabase(settings, say)
  const database = openDatabase(running.url, { connections: 2, statementTimeout: 0 })
  const progress = importProgress()
  try {
    const totals = await runImport(database.db, {
      source,
      inputs,
      stdin: process.stdin,
      fetcher: fetcherFor(settings),
      now: new Date(),
      halfLifeHours: settings.trendingHalfLifeHours,
      onProgress: progress.show,
      onProblem: (problem) => progress.say(problemLine(problem)),
      onRetry: (problem) => progress.say(problemLine(problem)),
      signal: stop,
    })
    progress.end()
    process.stdout.write(`${stop.aborted ? 'Stopped: ' : ''}${summary(totals, started)}\n`)
    process.exitCode = stop.aborted ? 130 : totals.problems > 0 ? 1 : 0
  } finally {
    progress.end()
    await database.close()
    await running.stop()
  }
  // Unread standard input would keep the program running.
  process.stdin.destroy()
}

function problemLine({ file, position, reason }: InputProblem): string {
  const line = `${file}:${position === null ? '' : `${position}:`} ${reason}`
  // File names and quoted values may contain control sequences of the terminal.
  return line.replace(/\p{Cc}/gu, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`)
}

function summary({ records, created, updated, unchanged, problems }: ImportTotals, started: number): string {
  const seconds = ((Date.now() - started) / 1000).toFixed(1)
  const count = (number: number, noun: string) => `${number.toLocaleString('en')} ${noun}${number === 1 ? '' : 's'}`
  return (
    `${count(records, 'record')}: ${count(created, 'new paper')}, ${updated.toLocaleString('en')} updated, ` +
    `${unchanged.toLocaleString('en')} unchanged, ${count(problems, 'problem')}, in ${seconds} s`
  )
}

try {
  helpIfRequested(USAGE)
  await importFiles()
} catch (error) {
  fail(error)
}
