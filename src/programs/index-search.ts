import { Presets, SingleBar } from 'cli-progress'
import { openDatabase } from '../db/client.ts'
import { startDatabase } from '../db/start.ts'
import { OperatorError } from '../errors.ts'
import { rebuildIndex } from '../search/rebuild.ts'
import { readSettings } from '../settings.ts'
import { fail, say } from './console.ts'

// `npm run index-search`: makes the search index anew, also while the server runs, which answers from the old one until
// the new one is complete. Progress goes to stderr, the summary to stdout. Stopped, it leaves the old index as it was.

/** How often a line says how far it is, where there is no terminal to draw a bar on. */
const LINE_EVERY = 2_000

async function indexSearch(): Promise<void> {
  if (process.argv.length > 2) throw new OperatorError('Usage: npm run index-search')
  const stop = stopOnSignals()
  const running = await startDatabase(readSettings(process.env), say)
  const { db, close } = openDatabase(running.url, { connections: 3, statementTimeout: 0 })
  const progress = process.stderr.isTTY ? progressBar() : progressLines()
  const started = Date.now()
  try {
    const papers = await rebuildIndex(db, {
      onProgress: progress.show,
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

/** Aborted by the first Ctrl-C, so that the batch under way is finished; a second one does not wait. */
function stopOnSignals(): AbortSignal {
  const controller = new AbortController()
  const stop = () => {
    if (controller.signal.aborted) process.exit(130)
    controller.abort()
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  return controller.signal
}

interface ProgressDisplay {
  show(done: number, of: number): void
  end(): void
}

function progressBar(): ProgressDisplay {
  const bar = new SingleBar(
    { format: '{bar} {percentage}% · {value} of {total} papers · {eta_formatted} to go', hideCursor: true, fps: 10 },
    Presets.shades_classic,
  )
  bar.start(1, 0)
  return {
    show: (done, of) => {
      bar.setTotal(Math.max(of, 1))
      bar.update(done)
    },
    end: () => bar.stop(),
  }
}

function progressLines(): ProgressDisplay {
  let last = Date.now()
  return {
    show: (done, of) => {
      if (Date.now() - last < LINE_EVERY) return
      last = Date.now()
      say(`${done.toLocaleString('en')} of ${of.toLocaleString('en')} papers`)
    },
    end: () => {},
  }
}

try {
  await indexSearch()
} catch (error) {
  fail(error)
}
