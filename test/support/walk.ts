import { expect } from 'vitest'
import type { TestServer } from './server.ts'

interface PageAnswer {
  edges: { cursor: string; node: { id: string } }[]
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string | null; endCursor: string | null }
  totalCount: number
}

/**
 * Reads a connection from end to end, forwards and backwards, page by page. Checks the `pageInfo` of each
 * page and that both ways give the same list. Returns the ids of the list.
 *
 * @param list     a selection with `ARGS` in the place of its page arguments, such as `papers(orderBy: NEWEST, ARGS)`
 * @param within   the object around it, such as `topic(slug: "agents")`, or nothing
 * @param forwards whether the list can be read forwards only
 */
export async function walk(
  { ask }: TestServer,
  list: string,
  { within, size = 7, forwardsOnly = false }: { within?: string; size?: number; forwardsOnly?: boolean } = {},
): Promise<string[]> {
  const name = (/^\w+/.exec(list) as RegExpExecArray)[0]
  // Cursors are variables, so that the server parses and compiles two operations and not one for each page.
  const page = async (args: string, cursor: string | null): Promise<PageAnswer> => {
    const selection = `${list.replace('ARGS', args)} {
      edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } totalCount }`
    const whole = within ? `around: ${within} { ${selection} }` : selection
    const { data, errors } = await ask(`query ($size: Int!, $cursor: String) { ${whole} }`, { size, cursor })
    expect(errors).toBeUndefined()
    return within ? data.around[name] : data[name]
  }

  const forwards: string[] = []
  for (let after: string | null = null; ; ) {
    const { edges, pageInfo, totalCount }: PageAnswer = await page('first: $size, after: $cursor', after)
    forwards.push(...edges.map((edge) => edge.node.id))
    expect(pageInfo.startCursor).toBe(edges[0]?.cursor ?? null)
    expect(pageInfo.endCursor).toBe(edges.at(-1)?.cursor ?? null)
    expect(pageInfo.hasPreviousPage).toBe(after !== null)
    expect(pageInfo.hasNextPage).toBe(forwards.length < totalCount)
    if (!pageInfo.hasNextPage) {
      expect(forwards.length).toBe(totalCount)
      break
    }
    expect(edges.length).toBe(size)
    after = pageInfo.endCursor
  }
  expect(new Set(forwards).size).toBe(forwards.length)
  if (forwardsOnly) return forwards

  const backwards: string[] = []
  for (let before: string | null = null; ; ) {
    const { edges, pageInfo, totalCount }: PageAnswer = await page('last: $size, before: $cursor', before)
    backwards.unshift(...edges.map((edge) => edge.node.id))
    expect(pageInfo.hasNextPage).toBe(before !== null)
    expect(pageInfo.hasPreviousPage).toBe(backwards.length < totalCount)
    if (!pageInfo.hasPreviousPage) break
    before = pageInfo.startCursor
  }
  expect(backwards).toEqual(forwards)
  return forwards
}
