import { openDatabase } from '../db/client.ts'
import { startDatabase } from '../db/start.ts'
import { rebuildIndex } from '../search/index/rebuild.ts'
import { readSettings } from '../settings.ts'
import { OperatorError } from '../values/errors.ts'
import { abortOnSignals, fail, helpIfRequested, refuseArguments, say } from './console.ts'
import { progressDisplay } from './progress.ts'

// `npm run index-search` rebuilds the search index. A running server searches the old index until the new one is complete.
// Progress goes to stderr, the summary to stdout. If stopped, the old index stays in use.

const USAGE = 'Usage: npm run index-search   rebuilds the search index'

async function indexSearch(): Promise<void> {
  refuseArguments(USAGE)
  const stop = abortOnSignals()
  const running = await startDatabase(readSettings(process.env), say)
  const { db, close } = openDatabase(running.url, { connections: 3, statementTimeout: 0 })
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
      signal: stop,
    })
    if (papers === null) throw new OperatorError('Another process is already rebuilding the search index.')
    const seconds = ((Date.now() - started) / 1000).toFixed(1)
    process.stdout.write(`Rebuilt the search index: ${papers.toLocaleString('en')} papers in ${seconds} s\n`)
  } catch (error) {
    if (!stop.aborted) throw error
    process.exitCode = 130
    say('Stopped. The old search index stays in use; the next run or server start removes the unfinished one.')
  } finally {
    progress.end()
    await close()
    await running.stop()
  }
}

try {
  helpIfRequested(USAGE)
  await indexSearch()
} catch (error) {
  fail(error)
}
