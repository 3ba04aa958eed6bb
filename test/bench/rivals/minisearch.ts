import MiniSearch from 'minisearch'
import stem from 'wink-porter2-stemmer'
import { Memo } from '../../../src/search/memo.ts'
import type { RivalText } from './rival.ts'
import { serveLines } from './serve-lines.ts'

// MiniSearch, which keeps its index in memory, with the stemmer that our search has. A word of a title counts twice.

const empty = memory()
/** The stemmer takes most of the time to index papers without it. */
const stems = new Memo(stem)
const index = new MiniSearch<RivalText>({
  fields: ['title', 'abstract'],
  processTerm: (term) => stems.of(term.toLowerCase()),
  searchOptions: { combineWith: 'OR', boost: { title: 2 } },
})

/** Bytes in use after a collection of garbage. */
function memory(): number {
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}

await serveLines({
  add: (papers) => index.addAll(papers),
  search(query, limit) {
    const found = index.search(query)
    return { ids: found.slice(0, limit).map(({ id }) => id), total: found.length }
  },
  size: () => ({ papers: index.documentCount, bytes: memory() - empty }),
})
