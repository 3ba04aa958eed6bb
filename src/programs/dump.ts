import type { Db } from '../db/client.ts'
import { readingSnapshot } from '../db/snapshot.ts'
import { readChangeLines } from '../http/graphql/change-lines.ts'
import { writeDump } from '../ingest/export/dump.ts'
import { countShownChanges } from '../lists/changes.ts'
import { MAX_PAGE_SIZE } from '../lists/page.ts'
import type { Settings } from '../settings.ts'
import { OperatorError } from '../values/errors.ts'
import { progressDisplay } from './progress.ts'
import { queryPartsOf } from './query-parts.ts'
import { readOptions, runProgram } from './run-program.ts'
import { withDatabase } from './with-database.ts'

// `npm run dump -- DIRECTORY` writes what everybody may read to a directory; the server may be running. Progress goes to stderr,
// the summary to stdout. Exit codes: 0, 2 if the arguments or the directory cannot be used, 130 if stopped.

const USAGE = `Usage: npm run dump -- DIRECTORY [--license TEXT]
Writes all papers that can be seen, without votes, as lines of /changes.jsonl, and a manifest with the cursor to go on from.
DIRECTORY must be empty or missing. TEXT is the licence of the metadata in the manifest; the default says what is known.`

const LICENSE =
  'Metadata of papers on arXiv: CC0-1.0, https://info.arxiv.org/help/license. What other sources and users added keeps the terms of its source.'

interface Arguments {
  directory: string
  license: string
}

function readArguments(): Arguments {
  const { values, positionals } = readOptions(
    { allowPositionals: true, options: { license: { type: 'string', default: LICENSE } } },
    USAGE,
  )
  const [directory, ...more] = positionals
  if (directory === undefined || more.length > 0) throw new OperatorError(USAGE)
  return { directory, license: values.license }
}

async function dump(db: Db, settings: Settings, { directory, license }: Arguments, signal: AbortSignal): Promise<void> {
  const server = settings.publicUrl ?? `http://${settings.host}:${settings.port}`
  const progress = progressDisplay<{ done: number; of: number }>({
    format: '{value} of {total} papers · {eta_formatted} to go',
    bar: (progress) => progress,
    line: ({ done, of }) => `${done.toLocaleString('en')} of ${of.toLocaleString('en')} papers`,
  })
  try {
    // One moment, so that each paper is there once, and the last change is where a copy goes on.
    const { papers, bytes } = await readingSnapshot(db, async (tx) => {
      const of = await countShownChanges(tx)
      const parts = queryPartsOf(tx, settings, server)
      let after: string | null = null
      async function* pages() {
        let done = 0
        for (let hasNextPage = true; hasNextPage; ) {
          const page = await readChangeLines(parts, { after, first: MAX_PAGE_SIZE })
          const lines = page.lines.flatMap(({ kind, text }) => (kind === 'UPSERT' ? text : []))
          yield lines
          done += lines.length
          progress.show({ done, of })
          ;({ endCursor: after, hasNextPage } = page)
        }
      }
      return writeDump(directory, pages(), () => ({ server, after: after as string, license }), signal)
    })
    progress.end()
    const megabytes = (bytes / 1_000_000).toLocaleString('en', { maximumFractionDigits: 1 })
    process.stdout.write(`Dumped ${papers.toLocaleString('en')} papers to ${directory}, ${megabytes} MB\n`)
  } finally {
    progress.end()
  }
}

await runProgram({
  usage: USAGE,
  stopped: 'Stopped: the dump is not complete.',
  run: (signal) => {
    const given = readArguments()
    return withDatabase({ use: 'reads' }, (db, settings) => dump(db, settings, given, signal))
  },
})
