import type { PaperEntry } from '../../src/ingest/entry.ts'

type Given = Pick<PaperEntry, 'source' | 'asOf' | 'title' | 'publishedAt'> & Partial<PaperEntry>

/** An entry of a source with these fields and no others, said by a list. */
export const sparseEntry = (given: Given): PaperEntry => ({
  authority: 'LIST',
  identifiers: [],
  authors: [],
  topics: [],
  ...given,
})
