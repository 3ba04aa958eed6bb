import type { Page } from '../src/lists/page.ts'
import { builder } from './builder.ts'

/** An edge as resolvers see it: its node, its cursor, and what the relationship itself says. */
export type Edge<Node, Facts = unknown> = { node: Node; cursor: string } & Facts

/** A connection whose parts are fetched when they are asked for, and once. */
export interface Connection<E extends Edge<unknown>> {
  edges(): Promise<E[]>
  pageInfo(): Promise<{
    hasNextPage: boolean
    hasPreviousPage: boolean
    startCursor: string | null
    endCursor: string | null
  }>
  totalCount(): Promise<number>
}

/**
 * A page of ids as a connection. What is gone between the reading of the ids and of the nodes is left out.
 *
 * @param page     reads the ids
 * @param nodesOf  reads the nodes, in the order of the items; a loader's `loadMany`
 * @param count    counts the whole list
 */
export function connectionOf<Item extends { cursor: string }, Node>(
  page: () => Promise<Page<Item>>,
  nodesOf: (items: Item[]) => Promise<ArrayLike<Node | null | Error>>,
  count: () => Promise<number>,
): Connection<Edge<Node, Item>> {
  const thePage = once(page)
  return {
    edges: once(async () => {
      const { items } = await thePage()
      const nodes = await nodesOf(items)
      return items.flatMap((item, place) => {
        const node = nodes[place]
        if (node instanceof Error) throw node
        return node == null ? [] : [{ ...item, node }]
      })
    }),
    pageInfo: async () => {
      const { items, hasNextPage, hasPreviousPage } = await thePage()
      return {
        hasNextPage,
        hasPreviousPage,
        startCursor: items[0]?.cursor ?? null,
        endCursor: items.at(-1)?.cursor ?? null,
      }
    },
    totalCount: once(count),
  }
}

/** The function, run at its first call only. */
export function once<T>(run: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined
  return () => (result ??= run())
}

/**
 * Registers `NameConnection` and `NameEdge` for a node type, with the fields that every connection has.
 *
 * @param name   the first part of both names
 * @param node   the type at the end of an edge
 * @param about  what the list is of, in the plural: it goes into the descriptions
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
    description: `One of ${about} and its place in the list.`,
    fields: (t) => ({
      cursor: t.string({
        description: 'This place in the list, to be given as `after` or `before` of the same list. Opaque.',
        resolve: (edge) => edge.cursor,
      }),
      node: t.field({
        type: node,
        description: `The one of ${about} that stands here.`,
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
        description: 'The page with a cursor for each place; empty where nothing fits.',
        resolve: (connection) => connection.edges(),
      }),
      nodes: t.field({
        type: [node],
        description: 'The same page without the cursors.',
        resolve: async (connection) => (await connection.edges()).map((edge) => edge.node) as never,
      }),
      pageInfo: t.field({
        type: builder.pageInfoRef(),
        description: 'Where this page begins and ends, and whether there is more.',
        resolve: (connection) => connection.pageInfo(),
      }),
      totalCount: t.int({
        extensions: { cost: count.cost ?? 100 },
        description:
          count.description ??
          `How many of ${about} the whole list has, whatever the page. Counted only when asked for.`,
        resolve: (connection) => connection.totalCount(),
      }),
    }),
  })
  return { Connection: ConnectionRef, Edge: EdgeRef }
}
