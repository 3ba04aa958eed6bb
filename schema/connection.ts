import { MAX_PAGE_SIZE, type Page } from '../src/lists/page.ts'
import { builder } from './builder.ts'

/** The arguments of a list that is read forwards only. */
export const forwardArgs = (what: string) =>
  builder.args((t) => ({
    first: t.int({
      description: `How many to answer from the beginning, or after the cursor \`after\`: 1 to ${MAX_PAGE_SIZE}; 20 by default.`,
    }),
    after: t.string({ description: `Answer only the ${what} after this cursor, which this list gave.` }),
  }))

/** An edge as resolvers see it: its node, its cursor, and what the relationship itself says. */
export type Edge<Node, Facts = unknown> = { node: Node; cursor: string } & Facts

/** What may be there already. A list within each paper of a list is, and need not be waited for. */
type Soon<T> = T | Promise<T>

interface PageInfo {
  hasNextPage: boolean
  hasPreviousPage: boolean
  startCursor: string | null
  endCursor: string | null
}

/** A connection whose parts are fetched when they are asked for, and once. */
export interface Connection<E extends Edge<unknown>> {
  edges(): Soon<E[]>
  /** The nodes of the edges, which need not be made for them. */
  nodes(): Soon<unknown[]>
  pageInfo(): Soon<PageInfo>
  totalCount(): Soon<number>
}

/**
 * A page of ids as a connection. What is gone between the reading of the ids and of the nodes is left out.
 *
 * @param page     reads the ids
 * @param nodesOf  reads the nodes, in the order of the items; a loader's `loadMany`
 * @param count    counts the whole list
 */
export function connectionOf<Item extends { cursor: string }, Node>(
  page: () => Soon<Page<Item>>,
  nodesOf: (items: Item[]) => Soon<ArrayLike<Node | null | Error>>,
  count: () => Soon<number>,
): Connection<Edge<Node, Item>> {
  const thePage = once(page)
  const theNodes = once(() => then(thePage(), ({ items }) => nodesOf(items)))
  return {
    edges: once(() => then(thePage(), ({ items }) => then(theNodes(), (nodes) => edgesOf(items, nodes)))),
    nodes: () => then(theNodes(), presentOf),
    pageInfo: () =>
      then(thePage(), ({ items, hasNextPage, hasPreviousPage }) => ({
        hasNextPage,
        hasPreviousPage,
        startCursor: items[0]?.cursor ?? null,
        endCursor: items.at(-1)?.cursor ?? null,
      })),
    totalCount: once(count),
  }
}

/** Without those that are gone. */
function presentOf<Node>(nodes: ArrayLike<Node | null | Error>): Node[] {
  const present: Node[] = []
  for (let place = 0; place < nodes.length; place += 1) {
    const node = nodes[place]
    if (node instanceof Error) throw node
    if (node != null) present.push(node)
  }
  return present
}

function edgesOf<Item extends { cursor: string }, Node>(
  items: Item[],
  nodes: ArrayLike<Node | null | Error>,
): Edge<Node, Item>[] {
  const edges: Edge<Node, Item>[] = []
  for (const [place, item] of items.entries()) {
    const node = nodes[place]
    if (node instanceof Error) throw node
    // The item itself and no copy, which would have its cursor written.
    if (node != null) edges.push(Object.assign(item, { node }))
  }
  return edges
}

/** What follows from a value, at once where the value is there. */
const then = <T, Result>(value: Soon<T>, next: (value: T) => Soon<Result>): Soon<Result> =>
  value instanceof Promise ? value.then(next) : next(value)

/** The function, run at its first call only. */
export function once<T>(run: () => Soon<T>): () => Soon<T> {
  let result: { value: Soon<T> } | undefined
  return () => {
    result ??= { value: run() }
    return result.value
  }
}

/**
 * Registers `NameConnection` and `NameEdge` for a node type, with the fields that every connection has.
 *
 * @param name   the first part of both names
 * @param node   the type at the end of an edge
 * @param about  what a page is of, in the plural: it goes into the descriptions
 * @param count  what counting the whole list costs an operation, 0 where the count is known; what the count says, where
 *               it is not that of the whole list
 */
export function connectionTypes<Node, E extends Edge<Node>, C extends Connection<E>>(
  name: string,
  node: ReturnType<typeof builder.objectRef<Node>>,
  about: string,
  count: { cost?: number; description?: string } = {},
) {
  const EdgeRef = builder.objectRef<E>(`${name}Edge`)
  EdgeRef.implement({
    description: `A place in a page of ${about}.`,
    fields: (t) => ({
      cursor: t.string({
        description: 'This place in the list, to be given as `after` or `before` of the same list. Opaque.',
        resolve: (edge) => edge.cursor,
      }),
      node: t.field({
        type: node,
        description: 'What is at this place.',
        resolve: (edge) => edge.node as never,
      }),
    }),
  })
  const ConnectionRef = builder.objectRef<C>(`${name}Connection`)
  ConnectionRef.implement({
    description: `A page of ${about}.`,
    fields: (t) => ({
      edges: t.field({
        type: [EdgeRef],
        description: 'The page, with a cursor for each place; empty where nothing fits.',
        resolve: (connection) => connection.edges(),
      }),
      nodes: t.field({
        type: [node],
        description: 'The same page without the cursors.',
        resolve: (connection) => connection.nodes() as never,
      }),
      pageInfo: t.field({
        type: builder.pageInfoRef(),
        description: 'Where this page begins and ends, and whether there is more.',
        resolve: (connection) => connection.pageInfo(),
      }),
      totalCount: t.int({
        extensions: { cost: count.cost ?? 100 },
        description:
          count.description ?? 'How many the whole list has, whatever the page. Counted only when asked for.',
        resolve: (connection) => connection.totalCount(),
      }),
    }),
  })
  return { Connection: ConnectionRef, Edge: EdgeRef }
}
