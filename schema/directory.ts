import type DataLoader from 'dataloader'
import {
  type DirectoryName,
  directoryCount,
  directoryOrder,
  directoryPage,
  MAX_FUZZY_MATCHES,
  MAX_QUERY_LENGTH,
} from '../src/lists/directory.ts'
import { type Order, type PageArgs, pageRequest } from '../src/lists/page.ts'
import { type Connection, connectionOf, type Edge } from './connection.ts'
import type { Context } from './context.ts'

/** All authors, organizations or topics in one order, or those that match what a user typed. */
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

/** The argument `query` of a directory. */
export const directoryQuery = (what: string) => ({
  description: `Search as you type: only ${what} whose name or slug matches this text, ignoring case and accents; at most ${MAX_QUERY_LENGTH} characters. Null or blank for all. Best matches first: exact names and slugs, then names that start with the text, then names in which every typed word starts a word (\`open ai\` also matches OpenAI). Equal matches are in the order of \`orderBy\`. If fewer than ${MAX_FUZZY_MATCHES} names match, up to ${MAX_FUZZY_MATCHES} similar ones follow: with one spelling mistake in a word, then with similar spelling.`,
})
