import { describe, expect, test } from 'vitest'
import {
  BLOCK_SIZE,
  type Postings,
  packBlock,
  splitIntoBlocks,
  unpackPostings,
  withChanges,
} from '../../src/search/posting-list.ts'
import { random } from '../support/random.ts'

const draw = random(17)
const below = (n: number) => Math.floor(draw() * n)

/** Random postings, in close or in distant papers. */
function somePostings(most: number, leastImpact: 0 | 1 = 1): Postings {
  const reach = 10 ** below(10)
  const papers = [...new Set(Array.from({ length: below(most) }, () => below(most + reach)))].sort((a, b) => a - b)
  return { papers, impacts: papers.map(() => leastImpact + below(256 - leastImpact)) }
}

const mapOf = ({ papers, impacts }: Postings) => new Map(papers.map((paper, n) => [paper, impacts[n] as number]))

describe('packed postings', () => {
  test('unpack to what was packed, whatever the blocks', () => {
    for (let round = 0; round < 60; round += 1) {
      const postings = somePostings(3 * BLOCK_SIZE)
      const { full, rest } = splitIntoBlocks(postings)
      const blocks = (rest.papers.length > 0 ? [...full, rest] : full).map(packBlock)
      expect(full.every(({ papers }) => papers.length === BLOCK_SIZE)).toBe(true)
      expect(rest.papers.length).toBeLessThan(BLOCK_SIZE)
      expect(unpackPostings(Buffer.concat(blocks))).toEqual(postings)
    }
  })

  test.each([
    [[0], 3],
    [[127, 255], 6],
    [[128], 4],
    [[2 ** 31, 2 ** 32 + 5, 2 ** 53 - 2], 22],
    [[65_535, 65_536, 131_072], 11],
  ])('papers %j take %i bytes', (papers, length) => {
    const postings = { papers, impacts: papers.map(() => 220) }
    const bytes = packBlock(postings)
    expect(bytes).toHaveLength(length)
    expect(unpackPostings(bytes)).toEqual(postings)
  })

  test('no postings are no bytes', () => {
    expect(unpackPostings(new Uint8Array())).toEqual({ papers: [], impacts: [] })
  })
})

describe('changes', () => {
  test('add, replace and remove postings', () => {
    for (let round = 0; round < 200; round += 1) {
      const postings = somePostings(60)
      const changes = somePostings(60, 0)
      for (const [n] of changes.papers.entries()) if (draw() < 0.3) (changes.impacts as number[])[n] = 0
      const expected = mapOf(postings)
      for (const [paper, impact] of mapOf(changes)) {
        if (impact > 0) expected.set(paper, impact)
        else expected.delete(paper)
      }
      const changed = withChanges(postings, changes)
      expect([...mapOf(changed)]).toEqual([...expected].sort(([a], [b]) => a - b))
    }
  })
})
