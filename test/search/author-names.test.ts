import { expect, test } from 'vitest'
import { wordsOf } from '../../src/search/analyzer.ts'
import { nameAlternatives, nameTerms } from '../../src/search/author-names.ts'
import { IMPACT_SCALE, impactIn, impactsOf } from '../../src/search/index/impact.ts'
import { IndexedWords } from '../../src/search/index/indexed-words.ts'

/** Whether a query of these words matches an author of that name. */
function isFound(name: string, by: string): boolean {
  const terms = new Set(nameTerms(name).map(({ term }) => term))
  return nameAlternatives(wordsOf(by)).some((alternative) => alternative.every((term) => terms.has(term)))
}

test.each([
  'Wei Zhang',
  'Lester James V. Miranda',
  'Celso M de Melo',
  'Blaise Agüera y Arcas',
  'Jean-Baptiste Alayrac',
  "Kyle O'Brien",
  'Madonna',
  '何恺明',
  'The Team of the Very Large Language Model Group',
])('%s is found by the same name', (name) => expect(isFound(name, name)).toBe(true))

test.each([
  ['Wei Zhang', 'zhang wei'],
  ['Wei Zhang', 'zhang'],
  ['Yoshua Bengio', 'Y. Bengio'],
  ['Geoffrey E. Hinton', 'geoffrey hinton'],
  ['Fei-Fei Li', 'Fei Fei Li'],
  ['Fei Fei Li', 'Fei-Fei Li'],
  ['Xiaoming Liu', 'Xiao-Ming Liu'],
  ['Chung Hyung Won', 'Hyung Won Chung'],
  ['Jean Baptiste Lamy', 'jean lamy'],
  ['Kaiming He', 'he kaiming'],
])('%s is found by %s', (name, by) => expect(isFound(name, by)).toBe(true))

test.each([
  ['Luca Bianchi', 'lucas'],
  ['Wei Zhang', 'wei li'],
  ['Ingrid Quine', 'ingrid halvorsen'],
])('%s is not found by %s', (name, by) => expect(isFound(name, by)).toBe(false))

test('the first author has the greatest impact, and of equal terms the greatest counts', () => {
  const words = new IndexedWords()
  const authors = ['Ada Lin', 'Bo Lin', 'Chen Ada']
  const { terms, impacts } = impactsOf({ title: '', abstract: null, authors }, words)
  const impactOf = (term: string) => impactIn(impacts[terms.indexOf(words.vocabulary.numberOf(term))] ?? 0)
  const scaled = ['@lin', '@ada', '@bo', '@ada lin'].map((term) => impactOf(term) / IMPACT_SCALE)
  expect(scaled.map((impact) => impact.toFixed(1))).toEqual(['2.0', '1.0', '0.5', '2.0'])
})
