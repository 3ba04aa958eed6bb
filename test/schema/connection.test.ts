import { describe, expect, test } from 'vitest'
import { connectionOf } from '../../schema/connection.ts'

const PAGE = {
  items: [
    { id: 1, cursor: 'one' },
    { id: 2, cursor: 'two' },
    { id: 3, cursor: 'three' },
  ],
  hasNextPage: true,
  hasPreviousPage: false,
}

describe.each([
  ['at once', <T>(value: T) => value],
  ['later', <T>(value: T) => Promise.resolve(value)],
] as const)('a connection whose parts arrive %s', (_, when) => {
  test('leaves nodes that were deleted meanwhile out of edges and nodes, and keeps the cursors of the others', async () => {
    const connection = connectionOf(
      () => when(PAGE) as typeof PAGE,
      () => when([{ title: 'first' }, null, { title: 'third' }]) as ({ title: string } | null)[],
      () => 3,
    )
    expect(await connection.nodes()).toEqual([{ title: 'first' }, { title: 'third' }])
    expect(await connection.edges()).toEqual([
      { id: 1, cursor: 'one', node: { title: 'first' } },
      { id: 3, cursor: 'three', node: { title: 'third' } },
    ])
    // The page itself is as it was read: the next one begins after its last place.
    expect(await connection.pageInfo()).toEqual({
      hasNextPage: true,
      hasPreviousPage: false,
      startCursor: 'one',
      endCursor: 'three',
    })
  })

  test('reads page, nodes and count once each, and only if they are selected', async () => {
    const calls = { page: 0, nodes: 0, count: 0 }
    const connection = connectionOf(
      () => {
        calls.page += 1
        return when(PAGE) as typeof PAGE
      },
      (items) => {
        calls.nodes += 1
        return when(items.map(({ id }) => ({ id }))) as { id: number }[]
      },
      () => {
        calls.count += 1
        return when(3) as number
      },
    )
    await connection.pageInfo()
    expect(calls).toEqual({ page: 1, nodes: 0, count: 0 })
    await Promise.all([connection.edges(), connection.nodes(), connection.edges()])
    await Promise.all([connection.totalCount(), connection.totalCount()])
    expect(calls).toEqual({ page: 1, nodes: 1, count: 1 })
  })

  test('fails with the error of a node that could not be read', async () => {
    const failing = connectionOf(
      () => PAGE,
      () => [{ id: 1 }, new Error('no such table'), { id: 3 }],
      () => 3,
    )
    await expect(async () => await failing.nodes()).rejects.toThrow('no such table')
    await expect(async () => await failing.edges()).rejects.toThrow('no such table')
  })
})
