import type { PaperEntry } from '../../src/ingest/entry.ts'

type Given = Pick<PaperEntry, 'source' | 'asOf' | 'title' | 'publishedAt'> & Partial<PaperEntry>

/** An entry of a source that says nothing about a paper but this. */
export const sparseEntry = (given: Given): PaperEntry => ({
  identifiers: [],
  authors: [],
  topics: [],
  ...given,
})
