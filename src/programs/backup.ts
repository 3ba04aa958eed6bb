import { setTimeout } from 'node:timers/promises'
import { backUp } from '../ingest/export/backup.ts'
import { messageOf, OperatorError } from '../values/errors.ts'
import { say } from './console.ts'
import { readOptions, runProgram } from './run-program.ts'
import { withDatabase } from './with-database.ts'

// `npm run backup -- DIRECTORY` exports everything to a new file, once or again and again; the server may be running. A line
// for each backup goes to stdout, failures to stderr. Exit codes: 0, 1 or 2 if a single backup failed, 130 if one was stopped.

const USAGE = `Usage: npm run backup -- DIRECTORY [--keep NUMBER] [--every HOURS]
Writes a file for \`npm run restore\` to the directory and deletes the oldest, so that NUMBER (7) are kept. With --every it
goes on until it is stopped, and a backup that fails is tried again at the next time.`

interface Arguments {
  directory: string
  keep: number
  /** In milliseconds; null for a single backup. */
  every: number | null
}

function readArguments(): Arguments {
  const options = { keep: { type: 'string', default: '7' }, every: { type: 'string' } } as const
  const { values, positionals } = readOptions({ allowPositionals: true, options }, USAGE)
  const [directory, ...more] = positionals
  if (directory === undefined || more.length > 0) throw new OperatorError(USAGE)
  return {
    directory,
    keep: numberOf('keep', values.keep),
    every: values.every === undefined ? null : numberOf('every', values.every) * 3_600_000,
  }
}

/** At most 500 hours, because a timer cannot be longer than 24 days. */
function numberOf(option: string, text: string): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || value < 1 || value > 500)
    throw new OperatorError(`--${option} must be a whole number from 1 to 500; it is ${JSON.stringify(text)}.`)
  return value
}

async function run(signal: AbortSignal): Promise<void> {
  const { every, ...target } = readArguments()
  if (every === null) return backUpOnce(target, signal)
  for (;;) {
    const started = Date.now()
    await backUpOnce(target, signal).catch((error) => {
      if (signal.aborted) throw error
      say(`Backup failed: ${messageOf(error)}`)
    })
    const isOver = await setTimeout(Math.max(started + every - Date.now(), 0), false, { signal }).catch(() => true)
    if (isOver) return say('Stopped.')
  }
}

/** The database is started for each backup, so that an embedded one does not run only for this program. */
const backUpOnce = ({ directory, keep }: Omit<Arguments, 'every'>, signal: AbortSignal): Promise<void> =>
  withDatabase({ use: 'reads' }, async (db) => {
    const { file, rows, deleted } = await backUp(db, directory, { keep, now: new Date(), signal })
    const more = deleted.length > 0 ? `; deleted ${deleted.join(', ')}` : ''
    process.stdout.write(`Backed up ${rows.toLocaleString('en')} rows to ${file}${more}\n`)
  })

await runProgram({ usage: USAGE, stopped: 'Stopped.', run })
