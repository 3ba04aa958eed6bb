import { sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { FIRST_TERM, packWords, unpackWords } from '../../src/search/packed-words.ts'
import { STOP_WORDS, stopWordNumber } from '../../src/search/stop-words.ts'
import { freshDatabase } from '../support/database.ts'
import { random } from '../support/random.ts'

const AT_THE_BOUNDS = [0, 63, 64, 127, 128, 4159, 4160, 266_303, 266_304, 33_820_735]

/** Numbers of all sizes. */
const draw = random(11)
const someNumbers = (count: number) => Array.from({ length: count }, () => Math.floor(draw() ** 8 * 33_820_736))

test('numbers take one byte to four, and are the same after packing', () => {
  expect(AT_THE_BOUNDS.map((number) => packWords([number]).length)).toEqual([1, 1, 2, 2, 2, 2, 3, 3, 4, 4])
  for (const numbers of [[], AT_THE_BOUNDS, someNumbers(1_000)])
    expect(unpackWords(packWords(numbers))).toEqual(numbers)
  expect(() => packWords([33_820_736])).toThrow('The search index has too many terms. Rebuild it: npm run index-search')
})

test('Postgres reads the same numbers', async () => {
  const { db } = await freshDatabase()
  const numbers = [...AT_THE_BOUNDS, ...someNumbers(500)]
  const rows = await db.execute<{ number: number }>(
    sql`select search_word_numbers(${packWords(numbers)}::bytea) as number`,
  )
  expect(rows.map(({ number }) => number)).toEqual(numbers)
})

test('words are found only where they are whole', () => {
  for (let n = 0; n < 2_000; n += 1) {
    const text = someNumbers(12)
    const from = Math.floor(draw() * 10)
    const wanted = n % 2 === 0 ? text.slice(from, from + 1 + Math.floor(draw() * 3)) : someNumbers(1)
    const isThere = text.some((_, at) => wanted.every((number, place) => text[at + place] === number))
    expect(packWords(text).includes(packWords(wanted))).toBe(isThere)
  }
})

test('all stop words have numbers below those of terms, and the frequent ones take one byte', () => {
  expect(STOP_WORDS.length).toBeLessThanOrEqual(FIRST_TERM)
  expect(new Set(STOP_WORDS).size).toBe(STOP_WORDS.length)
  for (const word of ['the', 'of', 'and', 'we', 'which'])
    expect(packWords([stopWordNumber(word) as number])).toHaveLength(1)
})
