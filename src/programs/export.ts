import { pipeline } from 'node:stream/promises'
import type { Db } from '../db/client.ts'
import { parsePaperQuery } from '../formats/query-string.ts'
import { exportCatalogue } from '../ingest/export/export.ts'
import { exportPapers } from '../ingest/export/export-papers.ts'
import { writeWhole } from '../ingest/export/output-file.ts'
import { PaperSelection } from '../lists/paper-list.ts'
import { UnknownMembers } from '../lists/unknown-members.ts'
import { BadUserInput, OperatorError } from '../values/errors.ts'
import { say } from './console.ts'
import { progressDisplay } from './progress.ts'
import { readOptions, runProgram } from './run-program.ts'
import { withDatabase } from './with-database.ts'

// `npm run export -- FILE` writes the whole catalogue, or the papers of a list, to a file; the server may be running. Progress
// goes to stderr, the summary to stdout. Exit codes: 0, 2 if the arguments or the settings are wrong, 130 if stopped.

const USAGE = `Usage: npm run export -- FILE                    writes everything, for npm run restore -- FILE
       npm run export -- --filter FILTER FILE    writes the papers of a list, for npm run import -- papers FILE
FILTER is written as in addresses of feeds, such as 'topics=agents&minVotes=10'; '' is all papers.`

interface Arguments {
  file: string
  /** The papers to export; null for everything. */
  selection: PaperSelection | null
}

function readArguments(): Arguments {
  const { values, positionals } = readOptions(
    { allowPositionals: true, options: { filter: { type: 'string' } } },
    USAGE,
  )
  const [file, ...more] = positionals
  if (file === undefined || more.length > 0) throw new OperatorError(USAGE)
  return { file, selection: values.filter === undefined ? null : selectionOf(values.filter) }
}

function selectionOf(text: string): PaperSelection {
  try {
    const { query, given } = parsePaperQuery(new URLSearchParams(text), { orderBy: 'NEWEST', first: 1 })
    const meaningless = (['orderBy', 'first'] as const).find((name) => given[name] !== undefined)
    if (meaningless !== undefined)
      throw new OperatorError(`An export has all papers of a list: "${meaningless}" has no meaning in --filter.`)
    return new PaperSelection(query.filter, {}, new UnknownMembers())
  } catch (error) {
    throw error instanceof BadUserInput ? new OperatorError(`--filter: ${error.message}`) : error
  }
}

async function exportEverything(db: Db, file: string, signal: AbortSignal): Promise<void> {
  const progress = progressDisplay<{ done: number; of: number }>({
    format: '{value} of {total} rows · {eta_formatted} to go',
    bar: (progress) => progress,
    line: ({ done, of }) => `${done.toLocaleString('en')} of ${of.toLocaleString('en')} rows`,
  })
  try {
    const rows = await writeWhole(file, (to) =>
      exportCatalogue(db, to, { onProgress: (done, of) => progress.show({ done, of }), signal }),
    )
    progress.end()
    process.stdout.write(`Exported ${rows.toLocaleString('en')} rows to ${file}\n`)
  } finally {
    progress.end()
  }
}

async function exportSelection(db: Db, file: string, selection: PaperSelection, signal: AbortSignal): Promise<void> {
  const papers = await writeWhole(file, (to) =>
    exportPapers(db, selection, (texts) => pipeline(texts, to, { signal })),
  ).catch((error) => {
    throw error instanceof BadUserInput ? new OperatorError(`--filter: ${error.message}`) : error
  })
  for (const [field, names] of Object.entries(selection.unknown?.found ?? {}))
    say(`--filter: nothing here is named ${names.map((name) => `"${name}"`).join(', ')} (${field}).`)
  process.stdout.write(`Exported ${papers.toLocaleString('en')} papers to ${file}\n`)
}

await runProgram({
  usage: USAGE,
  stopped: 'Stopped: nothing was exported.',
  run: (signal) => {
    const { file, selection } = readArguments()
    return withDatabase({ use: 'reads' }, (db) =>
      selection === null ? exportEverything(db, file, signal) : exportSelection(db, file, selection, signal),
    )
  },
})
