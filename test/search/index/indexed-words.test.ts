import { expect, test } from 'vitest'
import { wordsOf } from '../../../src/search/analyzer.ts'
import { IndexedWords } from '../../../src/search/index/indexed-words.ts'
import { stopWordNumber } from '../../../src/search/stop-words.ts'
import { random } from '../../support/random.ts'

test('a word has its stem, however many others there are', () => {
  const draw = random(3)
  const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'
  const word = () =>
    Array.from({ length: 1 + Math.floor(draw() ** 4 * 70) }, () => letters[Math.floor(draw() * letters.length)]).join(
      '',
    )
  const written = ['the', 'The', 'models', 'Model', 'MODELS', ...Array.from({ length: 1_500 }, word)]
  const words = new IndexedWords()
  const numbers = new Set<number>()
  for (let repeat = 0; repeat < 2; repeat += 1)
    for (const each of written) {
      const text = `(${each})`
      const number = words.numberOf(text, 1, text.length - 1)
      const stem = wordsOf(each)[0]?.parts[0] as string
      const term = words.terms[number] as number
      expect(term < 0 ? -1 - term : words.vocabulary.termOf(term)).toBe(stopWordNumber(stem) ?? stem)
      numbers.add(number)
    }
  expect(numbers.size).toBe(new Set(written.map((each) => each.toLowerCase())).size)
})
