import type { Db } from '../db/client.ts'
import { restoreCatalogue } from '../ingest/export/restore.ts'
import { OperatorError } from '../values/errors.ts'
import { limitHeapGrowth } from './heap-growth.ts'
import { progressDisplay } from './progress.ts'
import { readOptions, runProgram } from './run-program.ts'
import { withDatabase } from './with-database.ts'

// `npm run restore -- FILE` fills an empty database from a file of `npm run export`. Progress goes to stderr, the summary to
// stdout. Exit codes: 0, 2 if the file or the database cannot be used, 130 if stopped.

const USAGE = 'Usage: npm run restore -- FILE   fills an empty database from a file of `npm run export`'

function readFileName(): string {
  const [file, ...more] = readOptions({ allowPositionals: true }, USAGE).positionals
  if (file === undefined || more.length > 0) throw new OperatorError(USAGE)
  return file
}

async function restore(db: Db, file: string, signal: AbortSignal): Promise<void> {
  const progress = progressDisplay<{ step: string; done: number; of: number }>({
    format: '{step}',
    bar: ({ step, done, of }) => ({ done, of, values: { step } }),
    line: ({ step, done, of }) =>
      of > 0 ? `${step}: ${done.toLocaleString('en')} of ${of.toLocaleString('en')}` : step,
  })
  const started = Date.now()
  try {
    const rows = await restoreCatalogue(db, file, { onProgress: progress.show, signal })
    progress.end()
    const seconds = ((Date.now() - started) / 1000).toFixed(1)
    process.stdout.write(`Restored ${rows.toLocaleString('en')} rows in ${seconds} s\n`)
  } finally {
    progress.end()
  }
}

await runProgram({
  usage: USAGE,
  stopped: 'Stopped: the database is still empty.',
  run: (signal) => {
    limitHeapGrowth()
    const file = readFileName()
    return withDatabase({ use: 'writes', migrate: false }, (db) => restore(db, file, signal))
  },
})
