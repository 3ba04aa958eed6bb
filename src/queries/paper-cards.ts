import { authors } from '../../drizzle/tables/authors.ts'
import { topics } from '../../drizzle/tables/topics.ts'
import { packing } from '../db/row-packing.ts'

/**
 * What is packed into the columns of `paper_cards`. Other columns here, or in another order, need a migration that writes
 * every card anew.
 */
export const CARD = {
  authors: packing({ id: authors.id, slug: authors.slug, name: authors.name }),
  topics: packing({ id: topics.id, kind: topics.kind, slug: topics.slug, name: topics.name }),
}
