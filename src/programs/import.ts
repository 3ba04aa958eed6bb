import { openDatabase } from '../db/client.ts'
import { startDatabase } from '../db/start.ts'
import { type Progress, runImport, SOURCES, type Source, type Totals } from '../ingest/import.ts'
import type { InputProblem } from '../ingest/sources/files.ts'
import { readSettings } from '../settings.ts'
import { OperatorError } from '../values/errors.ts'
import { fail, say, stopOnSignals } from './console.ts'
import { progressDisplay } from './progress.ts'

// `npm run import -- SOURCE FILE…`. Problems and progress go to stderr, the summary to stdout. The exit code is 0 when
// all went in, 1 when something was left out, 2 when the command or the settings were wrong.

const USAGE = `Usage: npm run import -- ${SOURCES.join('|')} FILE…   (files, directories, or - for standard input)`

function readArguments([source, ...inputs]: string[]): { source: Source; inputs: string[] } {
  if (!SOURCES.some((known) => known === source) || inputs.length === 0) throw new OperatorError(USAGE)
  const unknown = inputs.find((input) => /^-./.test(input))
  if (unknown !== undefined) throw new OperatorError(`There is no option ${unknown}.\n${USAGE}`)
  return { source: source as Source, inputs }
}

async function importFiles(): Promise<void> {
  const { source, inputs } = readArguments(process.argv.slice(2))
  const settings = readSettings(process.env)
  const started = Date.now()
  const stop = stopOnSignals()
  const running = await startDatabase(settings, say)
  const database = openDatabase(running.url, { connections: 2, statementTimeout: 0 })
  const progress = progressDisplay<Progress>({
    format: '{records} records · {file}',
    bar: ({ bytes, bytesDone, records, file }) => ({
      done: bytesDone,
      of: bytes,
      values: { records: records.toLocaleString('en'), file },
    }),
    line: ({ records, filesDone, files }) => `${records.toLocaleString('en')} records, ${filesDone} of ${files} files`,
  })
  try {
    const totals = await runImport(database.db, {
      source,
      inputs,
      stdin: process.stdin,
      now: new Date(),
      halfLifeHours: settings.trendingHalfLifeHours,
      onProgress: progress.show,
      onProblem: (problem) => progress.say(problemLine(problem)),
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
  // Standard input that was not read to its end would keep the program waiting for it.
  process.stdin.destroy()
}

function problemLine({ file, position, reason }: InputProblem): string {
  const line = `${file}:${position === null ? '' : `${position}:`} ${reason}`
  // A name or a quoted value may hold what would move the cursor or recolour the terminal.
  return line.replace(/\p{Cc}/gu, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`)
}

function summary({ records, created, updated, unchanged, problems }: Totals, started: number): string {
  const seconds = ((Date.now() - started) / 1000).toFixed(1)
  const count = (number: number, noun: string) => `${number.toLocaleString('en')} ${noun}${number === 1 ? '' : 's'}`
  return (
    `${count(records, 'record')}: ${count(created, 'new paper')}, ${updated.toLocaleString('en')} updated, ` +
    `${unchanged.toLocaleString('en')} unchanged, ${count(problems, 'problem')}, in ${seconds} s`
  )
}

try {
  await importFiles()
} catch (error) {
  fail(error)
}
