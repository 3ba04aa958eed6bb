import { expect, test } from 'vitest'
import { type PaperCard, paperList } from '../../../src/formats/html/paper-card.ts'

const PAPER: PaperCard = {
  id: '1',
  arxivId: null,
  title: 'On Tides',
  url: 'https://papers.example.org/papers/1',
  summary: null,
  thumbnailUrl: null,
  publishedAt: '2026-02-17T00:00:00.000Z',
  listedOn: null,
  voteCount: 0,
  commentCount: 0,
  githubStars: null,
  organization: null,
  submittedBy: null,
  authors: { totalCount: 1, nodes: [{ name: 'Ada Lin', url: 'https://papers.example.org/authors/ada-lin' }] },
  topics: [],
  links: [],
}

test.each([
  [0, '<p class="votes zero">0<span> votes</span></p>'],
  [1, '<p class="votes">1<span> vote</span></p>'],
  [9_999, '<p class="votes">9,999<span> votes</span></p>'],
  // More digits would widen the column.
  [12_345, '<p class="votes">12K<span> votes</span></p>'],
])('%i votes in a list', (voteCount, votes) => {
  const { text } = paperList([{ ...PAPER, voteCount }], { publicUrl: 'https://papers.example.org', target: 'new' })
  expect(text).toContain(votes)
})
