import { expect, test } from 'vitest'
import { arrayIn } from '../../../src/ingest/sources/json-elements.ts'

test.each([
  ['[1.0, {"a":[1,2]},"],[\\"",[]\n]', ['1.0', '{"a":[1,2]}', '"],[\\""', '[]'], '['],
  ['[]', [], '['],
  ['[[1],[2]]', ['[1]', '[2]'], '['],
  ['{"a":"x","items":[ 2510.10490 ,{"items":[3]}],"b":[4]}', ['2510.10490', '{"items":[3]}'], '{"a":"x","items":['],
  ['{"x":{"items":[1]},"items":[2]}', ['2'], '{"x":{"items":[1]},"items":['],
  // Of equal members the last one counts, in whatever spelling.
  ['{"items":[1],"\\u0069tems":[2,3]}', ['2', '3'], '{"items":[1],"\\u0069tems":['],
])('the elements of %j', (json, elements, before) => {
  const found = arrayIn(json, 'items')
  expect(found?.elements).toEqual(elements)
  expect(found?.before).toBe(before)
  expect(json.endsWith(found?.after ?? '?')).toBe(true)
  expect(JSON.stringify(found?.elements.map((element) => JSON.parse(element)))).toBe(
    JSON.stringify(Array.isArray(JSON.parse(json)) ? JSON.parse(json) : JSON.parse(json).items),
  )
})

test.each(['{"items":{"a":[1]}}', '{"other":[1]}', '7', '"items"'])('%s has no such array', (json) => {
  expect(arrayIn(json, 'items')).toBeNull()
})

test('no depth is too large', () => {
  const deep = '['.repeat(20_000) + ']'.repeat(20_000)
  expect(arrayIn(`[1,${deep}]`, 'items')?.elements[1]).toHaveLength(deep.length)
})
