import { MAX_PAGE_SIZE, type Page } from '../src/lists/page.ts'
import { builder } from './builder.ts'
import { chain, type MaybePromise, once } from './maybe-promise.ts'

/** The arguments of a list that is read forwards only. */
export const forwardArgs = (what: string) =>
  builder.args((t) => ({
    first: t.int({
      description: `The number of ${what} to return from the start of the list, or after the cursor \`after\`: 1 to ${MAX_PAGE_SIZE}, 20 by default.`,
    }),
    after: t.string({
      description: `Return only ${what} after this cursor, which must come from the same list; null for the start.`,
    }),
  }))

/** An edge as resolvers see it: its node, its cursor, and facts of the relationship. */
export type Edge<Node, Facts = unknown> = { node: Node; cursor: string } & Facts

interface PageInfo {
  hasNextPage: boolean
  hasPreviousPage: boolean
  startCursor: string | null
  endCursor: string | null
}

/** A connection. Each part is read when it is selected, and once. */
export interface Connection<E extends Edge<unknown>> {
  edges(): MaybePromise<E[]>
  /** The nodes of the edges, without creating edges. */
  nodes(): MaybePromise<unknown[]>
  pageInfo(): MaybePromise<PageInfo>
  totalCount(): MaybePromise<number>
}

/**
 * A page of ids as a connection. Nodes that are deleted or hidden between reading the ids and reading the nodes are left
 * out of both `edges` and `nodes`.
 *
 * @param page     reads the ids
 * @param nodesOf  reads the nodes, in the order of the items; a loader's `loadMany`
 * @param count    counts the whole list
 */
export function connectionOf<Item extends { cursor: string }, Node>(
  page: () => MaybePromise<Page<Item>>,
  nodesOf: (items: Item[]) => MaybePromise<ArrayLike<Node | null | Error>>,
  count: () => MaybePromise<number>,
): Connection<Edge<Node, Item>> {
  const thePage = once(page)
  const theNodes = once(() => chain(thePage(), ({ items }) => nodesOf(items)))
  return {
    edges: once(() => chain(thePage(), ({ items }) => chain(theNodes(), (nodes) => edgesOf(items, nodes)))),
    nodes: () => chain(theNodes(), presentOf),
    pageInfo: () =>
      chain(thePage(), ({ items, hasNextPage, hasPreviousPage }) => ({
        hasNextPage,
        hasPreviousPage,
        startCursor: items[0]?.cursor ?? null,
        endCursor: items.at(-1)?.cursor ?? null,
      })),
    totalCount: once(count),
  }
}

/** The nodes that still exist. */
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
    // The item itself, not a copy: a copy would read the getter that encodes the cursor.
    if (node != null) edges.push(Object.assign(item, { node }))
  }
  return edges
}

/**
 * Registers `NameConnection` and `NameEdge` for a node type, with the fields that every connection has.
 *
 * @param name   the first part of both names
 * @param node   the type at the end of an edge
 * @param about  the items in the plural, for descriptions
 * @param count  the cost of `totalCount` for an operation, 0 if the count is known; its description, if it is not the count
 *               of the whole list
 */
export function connectionTypes<Node, E extends Edge<Node>, C extends Connection<E>>(
  name: string,
  node: ReturnType<typeof builder.objectRef<Node>>,
  about: string,
  count: { cost?: number; description?: string } = {},
) {
  const EdgeRef = builder.objectRef<E>(`${name}Edge`)
  EdgeRef.implement({
    description: `An item in a page of ${about}.`,
    fields: (t) => ({
      cursor: t.string({
        description: 'The position of the item in its list, for `after` or `before` of the same list. Opaque.',
        resolve: (edge) => edge.cursor,
      }),
      node: t.field({
        type: node,
        description: 'The item.',
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
        description: 'The items of the page, each with its cursor. Empty if nothing matches.',
        resolve: (connection) => connection.edges(),
      }),
      nodes: t.field({
        type: [node],
        description: 'The items of the page, without cursors. Empty if nothing matches.',
        resolve: (connection) => connection.nodes() as never,
      }),
      pageInfo: t.field({
        type: builder.pageInfoRef(),
        description: 'The position of the page in the list, and whether there are more items.',
        resolve: (connection) => connection.pageInfo(),
      }),
      totalCount: t.int({
        extensions: { cost: count.cost ?? 100 },
        description:
          count.description ??
          'The number of items in the whole list, not only in this page. Counted only if it is selected.',
        resolve: (connection) => connection.totalCount(),
      }),
    }),
  })
  return { Connection: ConnectionRef, Edge: EdgeRef }
}
