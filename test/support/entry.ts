import type { PaperEntry } from '../../src/ingest/entry.ts'

type Told = Pick<PaperEntry, 'source' | 'asOf' | 'title' | 'publishedAt'> & Partial<PaperEntry>

/** What a source says of a paper of which it knows nothing but this. */
export const sparseEntry = (told: Told): PaperEntry => ({
  arxivId: null,
  doi: null,
  identifiers: [],
  abstract: null,
  summary: null,
  updatedAt: null,
  listedAt: null,
  listedOn: null,
  submitter: null,
  organization: null,
  authors: [],
  topics: [],
  links: null,
  thumbnailUrl: null,
  githubStars: null,
  commentCount: null,
  votes: null,
  ...told,
})
