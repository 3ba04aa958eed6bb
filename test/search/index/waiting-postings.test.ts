import { expect, test } from 'vitest'
import { WaitingPostings } from '../../../src/search/index/waiting-postings.ts'
import { random } from '../../support/random.ts'

test('postings are taken by term, each with its papers in order, some terms at a time', () => {
  const draw = random(5)
  const waiting = new WaitingPostings(40_000)
  for (const round of [1, 2]) {
    const expected = new Map<number, { papers: number[]; impacts: number[] }>()
    let paper = round * 1_000_000
    for (; waiting.hasRoomFor(paper, 30); paper += 1) {
      const termIds = [...new Set(Array.from({ length: 30 }, () => Math.floor(draw() ** 3 * 2 ** 31)))]
      const impacts = termIds.map(() => 1 + Math.floor(draw() * 200))
      waiting.add(paper, termIds, impacts)
      termIds.forEach((termId, n) => {
        const of = expected.get(termId) ?? { papers: [], impacts: [] }
        of.papers.push(paper)
        of.impacts.push(impacts[n] as number)
        expected.set(termId, of)
      })
    }
    const slices = [...waiting.take()]
    expect(slices.length).toBeGreaterThan(1)
    const taken = slices.flat()
    expect(taken.map(({ termId }) => termId)).toEqual([...expected.keys()].sort((a, b) => a - b))
    expect(taken.every(({ termId, papers }) => papers.join() === expected.get(termId)?.papers.join())).toBe(true)
    expect(taken.every(({ termId, impacts }) => impacts.join() === expected.get(termId)?.impacts.join())).toBe(true)
    expect([...waiting.take()]).toEqual([])
  }
})
