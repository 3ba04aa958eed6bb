import { expect, test } from 'vitest'
import { numberArray } from '../../src/db/number-array.ts'

test('numbers of any size are written as Postgres reads them', () => {
  const numbers = [0, 7, 9, 10, 99, 100, 2 ** 31 - 1, 2 ** 31, 9_999_999_999, 10_000_000_000, Number.MAX_SAFE_INTEGER]
  expect(numberArray(numbers)).toBe(`{${numbers.join(',')}}`)
  expect(numberArray(Uint8Array.of(0, 255))).toBe('{0,255}')
  expect(numberArray([])).toBe('{}')
})
