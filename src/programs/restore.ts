import { parseArgs } from 'node:util'
import { openDatabase } from '../db/client.ts'
import { startDatabase } from '../db/start.ts'
import { restoreCatalogue } from '../ingest/export/restore.ts'
import { readSettings } from '../settings.ts'
import { messageOf, OperatorError } from '../values/errors.ts'
import { abortOnSignals, fail, helpIfRequested, say } from './console.ts'
import { progressDisplay } from './progress.ts'

// `npm run restore -- FILE` fills an empty database from a file of `npm run export`. Progress goes to stderr, the summary to
// stdout. Exit codes: 0, 2 if the file or the database cannot be used, 130 if stopped.

const USAGE = 'Usage: npm run restore -- FILE   fills an empty database from a file of `npm run export`'

function readArguments(args: string[]): { file: string } {
  try {
    const [file, ...more] = parseArgs({ args, allowPositionals: true }).positionals
    if (file !== undefined && more.length === 0) return { file }
  } catch (error) {
    throw new OperatorError(`${messageOf(error)}\n${USAGE}`)
  }
  throw new OperatorError(USAGE)
}

async function restore(): Promise<void> {
  const { file } = readArguments(process.argv.slice(2))
  const stop = abortOnSignals()
  const running = await startDatabase(readSettings(process.env), say, { migrate: false })
  const { db, close } = openDatabase(running.url, { connections: 1, statementTimeout: 0 })
  const progress = progressDisplay<{ step: string; done: number; of: number }>({
    format: '{step}',
    bar: ({ step, done, of }) => ({ done, of, values: { step } }),
    line: ({ step, done, of }) =>
      of > 0 ? `${step}: ${done.toLocaleString('en')} of ${of.toLocaleString('en')}` : step,
  })
  const started = Date.now()
  try {
    const rows = await restoreCatalogue(db, file, { onProgress: progress.show, signal: stop })
    progress.end()
    const seconds = ((Date.now() - started) / 1000).toFixed(1)
    process.stdout.write(`Restored ${rows.toLocaleString('en')} rows in ${seconds} s\n`)
  } catch (error) {
    if (!stop.aborted) throw error
    process.exitCode = 130
    say('Stopped: the database is still empty.')
  } finally {
    progress.end()
    await close()
    await running.stop()
  }
}

try {
  helpIfRequested(USAGE)
  await restore()
} catch (error) {
  fail(error)
}
