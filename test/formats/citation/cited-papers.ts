import type { CitedPaper } from '../../../src/formats/citation/citation.ts'
import { random } from '../../support/random.ts'

export const ATTENTION: CitedPaper = {
  number: 7,
  arxivId: '1706.03762',
  doi: null,
  identifiers: [{ scheme: 'arxiv', value: '1706.03762' }],
  title: 'Attention Is All You Need',
  abstract: 'The dominant models\nare complex.',
  publishedAt: '2017-06-12T17:57:34.000Z',
  withdrawnAt: null,
  authors: ['Ashish Vaswani', 'Łukasz Kaiser'],
  categories: ['cs.CL', 'cs.LG'],
  keywords: ['transformers'],
  url: 'https://papers.example/papers/1706.03762',
}
export const cited = (changes: Partial<CitedPaper>): CitedPaper => ({ ...ATTENTION, ...changes })

/** Papers with what titles and names have that is hard to cite, always the same. */
export function randomPapers(count: number): CitedPaper[] {
  const next = random(18)
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(next() * items.length)] as Item
  const words = [
    'learning',
    'LLMs',
    'naïve',
    'Poincaré',
    'C++',
    '50%',
    'R&D',
    'a_b',
    '3D',
    '(why)',
    'Schrödinger’s',
    'ñandú',
    '学习',
    'Erdős',
    'x^2',
    '#1',
    '~5',
    'Šidák',
  ]
  const given = ['Ada', 'Wen-tau', 'J. R.', 'José', 'Zoë', 'Ángel', 'Seung-won', 'Łukasz']
  const family = [
    'Lovelace',
    'van Beethoven',
    'Yih',
    'García',
    'de la Fontaine',
    'Müller',
    'O’Neil',
    'Nguyễn',
    'Özgür',
    'Ørsted',
  ]
  return Array.from({ length: count }, (_, place) =>
    cited({
      number: place,
      arxivId: `2601.${String(place).padStart(5, '0')}`,
      identifiers: [{ scheme: 'arxiv', value: `2601.${String(place).padStart(5, '0')}` }],
      title: Array.from({ length: 1 + Math.floor(next() * 8) }, () => pick(words)).join(' '),
      publishedAt: `${1991 + Math.floor(next() * 35)}-03-01T00:00:00.000Z`,
      authors: Array.from({ length: 1 + Math.floor(next() * 4) }, () => `${pick(given)} ${pick(family)}`),
    }),
  )
}
