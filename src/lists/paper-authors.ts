import { sql } from 'drizzle-orm'
import { paperAuthors } from '../../drizzle/tables/paper-authors.ts'
import type { AuthorRange, PlacedAuthor } from '../queries/authors.ts'
import { encodeCursor, type Order, type Page, type PageRequest } from './page.ts'

/** The authors of a paper as printed, from position 1 without gaps. */
export const PAPER_AUTHOR_ORDER: Order = {
  name: 'paper authors',
  key: sql`${paperAuthors.position}`,
  type: 'int4',
  descending: false,
}

/** The authors that a page has, for the loader. */
export const authorRange = (paperId: number, { after, limit }: PageRequest): AuthorRange => ({
  paperId,
  after: Number(after?.key ?? 0),
  limit,
})

/** A range among the first authors of a paper; undefined where others would have to be read. */
export const rangeOfFirst = <Author>(first: Author[], authorCount: number, { after, limit }: AuthorRange) =>
  first.length < Math.min(after + limit, authorCount) ? undefined : first.slice(after, after + limit)

/** An author's place in a paper, with the author. */
export interface AuthorItem {
  author: PlacedAuthor
  position: number
  cursor: string
}

/** The authors of a range as a page; how many there are in all is known, so no row too many is read. */
export function authorPage(authors: PlacedAuthor[], authorCount: number, request: PageRequest): Page<AuthorItem> {
  return {
    items: authors.map((author) => ({
      author,
      position: author.position,
      get cursor() {
        return encodeCursor(PAPER_AUTHOR_ORDER, { key: String(author.position), id: 0 })
      },
    })),
    hasNextPage: (authors.at(-1)?.position ?? authorCount) < authorCount,
    hasPreviousPage: request.after !== null,
  }
}
