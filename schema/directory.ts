import type DataLoader from 'dataloader'
import {
  type DirectoryName,
  directoryCount,
  directoryOrder,
  directoryPage,
  MAX_QUERY_LENGTH,
  MOST_NEAR,
} from '../src/lists/directory.ts'
import { type Order, type PageArgs, pageRequest } from '../src/lists/page.ts'
import { type Connection, connectionOf, type Edge } from './connection.ts'
import type { Context } from './context.ts'

/** All authors, organizations or topics in one order, or those that fit what somebody types. */
export function directoryConnection<Row>(
  { db, counting }: Context,
  name: DirectoryName,
  order: Order,
  args: PageArgs & { query?: string | null },
  loader: DataLoader<number, Row | null>,
): Connection<Edge<Row>> {
  const list = { name, order, query: args.query ?? null }
  const request = pageRequest(args, directoryOrder(list))
  return connectionOf(
    () => directoryPage(db, list, request),
    (items) => loader.loadMany(items.map((item) => item.id)),
    () => directoryCount(counting, list),
  )
}

/** What the `query` argument of a directory promises. */
export const directoryQuery = (what: string) => ({
  description: `Only ${what} whose name or slug fits what somebody types, whatever the case and accents; at most ${MAX_QUERY_LENGTH} characters. Null or blank for all. The best come first, and equals in the order asked for: the very name or slug; names that begin with it; names in which each typed word begins a word, also where words that are typed apart are one in the name. Where fewer than ${MOST_NEAR} names fit like that, up to ${MOST_NEAR} more follow: those that fit but for one mistake in each word, then those that are spelled much like it.`,
})
