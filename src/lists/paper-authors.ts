import { sql } from 'drizzle-orm'
import { paperAuthors } from '../../drizzle/tables/paper-authors.ts'
import type { AuthorRange, AuthorSummary } from '../queries/authors.ts'
import { encodeCursor, type Order, type Page, type PageRequest } from './page.ts'

/** The authors of a paper as printed, from position 1 without gaps. */
export const PAPER_AUTHOR_ORDER: Order = {
  name: 'paper authors',
  key: sql`${paperAuthors.position}`,
  type: 'int4',
  descending: false,
}

/** The range of authors on a page, for the loader. */
export const authorRange = (paperId: number, { after, limit }: PageRequest): AuthorRange => ({
  paperId,
  after: Number(after?.key ?? 0),
  limit,
})

/** The part of a range that is among the first authors of a paper; undefined if others must be read. */
export const rangeOfFirst = <Author>(first: Author[], authorCount: number, { after, limit }: AuthorRange) =>
  first.length < Math.min(after + limit, authorCount) ? undefined : first.slice(after, after + limit)

/** An author's place in a paper, with the author. */
export class AuthorItem {
  readonly author: AuthorSummary
  readonly position: number

  constructor(author: AuthorSummary, position: number) {
    this.author = author
    this.position = position
  }

  get cursor(): string {
    return encodeCursor(PAPER_AUTHOR_ORDER, { key: String(this.position), id: 0 })
  }
}

/**
 * Makes a page of the authors of a range. Positions have no gaps, so they follow from the start of the range. The number of
 * all authors is known, so no further row is read.
 */
export function authorPage(
  authors: readonly AuthorSummary[],
  authorCount: number,
  { after }: AuthorRange,
): Page<AuthorItem> {
  const items = authors.map((author, place) => new AuthorItem(author, after + place + 1))
  return { items, hasNextPage: (items.at(-1)?.position ?? authorCount) < authorCount, hasPreviousPage: after > 0 }
}
