import type { Db } from '../db/client.ts'
import { rebuildIndex } from '../search/index/rebuild.ts'
import { OperatorError } from '../values/errors.ts'
import { refuseArguments, say } from './console.ts'
import { limitHeapGrowth } from './heap-growth.ts'
import { progressDisplay } from './progress.ts'
import { runProgram } from './run-program.ts'
import { withDatabase } from './with-database.ts'

// `npm run index-search` rebuilds the search index. A running server searches the old index until the new one is complete.
// Progress goes to stderr, the summary to stdout. If stopped, the old index stays in use.

const USAGE = 'Usage: npm run index-search   rebuilds the search index'

async function indexSearch(db: Db, signal: AbortSignal): Promise<void> {
  const progress = progressDisplay<{ done: number; of: number }>({
    format: '{value} of {total} papers · {eta_formatted} to go',
    bar: (progress) => progress,
    line: ({ done, of }) => `${done.toLocaleString('en')} of ${of.toLocaleString('en')} papers`,
  })
  const started = Date.now()
  try {
    const papers = await rebuildIndex(db, {
      onProgress: (done, of) => progress.show({ done, of }),
      onStep: (step) => {
        progress.end()
        say(`Search index: ${step}`)
      },
      signal,
    })
    if (papers === null) throw new OperatorError('Another process is already rebuilding the search index.')
    const seconds = ((Date.now() - started) / 1000).toFixed(1)
    process.stdout.write(`Rebuilt the search index: ${papers.toLocaleString('en')} papers in ${seconds} s\n`)
  } finally {
    progress.end()
  }
}

await runProgram({
  usage: USAGE,
  stopped: 'Stopped. The old search index stays in use; the next run or server start removes the unfinished one.',
  run: async (signal) => {
    limitHeapGrowth()
    refuseArguments(USAGE)
    await withDatabase({ use: 'writes', connections: 3 }, (db) => indexSearch(db, signal))
  },
})
