import { openDatabase } from '../db/client.ts'
import { startDatabase } from '../db/start.ts'
import { rebuildIndex } from '../search/index/rebuild.ts'
import { readSettings } from '../settings.ts'
import { OperatorError } from '../values/errors.ts'
import { abortOnSignals, fail, say } from './console.ts'
import { progressDisplay } from './progress.ts'

// `npm run index-search`: makes the search index anew, also while the server runs, which answers from the old one until
// the new one is complete. Progress goes to stderr, the summary to stdout. Stopped, it leaves the old index as it was.

async function indexSearch(): Promise<void> {
  if (process.argv.length > 2) throw new OperatorError('Usage: npm run index-search')
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
        say(`The search index: ${step}`)
      },
      signal: stop,
    })
    if (papers === null) throw new OperatorError('Another process is making the search index already.')
    const seconds = ((Date.now() - started) / 1000).toFixed(1)
    process.stdout.write(`The search index is made anew: ${papers.toLocaleString('en')} papers, in ${seconds} s\n`)
  } catch (error) {
    if (!stop.aborted) throw error
    process.exitCode = 130
    say(
      'Stopped. What was there to search is still there; the next run, or start, clears away what was made beside it.',
    )
  } finally {
    progress.end()
    await close()
    await running.stop()
  }
}

try {
  await indexSearch()
} catch (error) {
  fail(error)
}
