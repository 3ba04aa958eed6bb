import { expect, test } from 'vitest'
import { voteCurve } from '../../../src/formats/html/vote-curve.ts'

const days = (...counts: number[]) =>
  counts.map((voteCount, place) => ({
    date: new Date(Date.UTC(2026, 0, 1 + place)).toISOString().slice(0, 10),
    voteCount,
  }))

test('the curve begins at the day before the first vote, and ends soon after the last change', () => {
  const curve = voteCurve(days(0, 0, 0, 2, 6, 6, 10, ...Array(300).fill(10)))
  const { text } = curve || { text: '' }
  expect(text).toContain('aria-label="Votes from 2026-01-03 to 2026-01-08: 10 at the end, 10 at most"')
  expect(text).toContain('class="line" d="M0.0 62.0L64.0 50.0L128.0 26.0L192.0 26.0L256.0 2.0L320.0 2.0"')
})

test('withdrawn votes lower it', () => {
  const { text } = voteCurve(days(1, 4, 2)) || { text: '' }
  expect(text).toContain('2 at the end, 4 at most')
})

test('thousands of days are a few points, with the last one', () => {
  const { text } = voteCurve(days(...Array.from({ length: 1_800 }, (_, place) => place))) || { text: '' }
  const points = /class="line" d="([^"]+)"/.exec(text)?.[1]?.split('L') ?? []
  expect(points.length).toBeLessThanOrEqual(82)
  expect(points.at(-1)).toBe('320.0 2.0')
})

test.each([[days()], [days(0, 0)], [days(0, 5, 5, 5)], [days(5)]])('%j draws nothing', (history) => {
  expect(voteCurve(history)).toBe(false)
})
