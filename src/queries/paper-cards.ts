import { authors } from '../../drizzle/tables/authors.ts'
import { topics } from '../../drizzle/tables/topics.ts'
import { packing } from '../db/row-packing.ts'

/**
 * The values that the columns of `paper_cards` contain. To change them or their order, add a migration that rewrites every
 * card.
 */
export const CARD = {
  authors: packing({ id: authors.id, slug: authors.slug, name: authors.name }),
  topics: packing({ id: topics.id, kind: topics.kind, slug: topics.slug, name: topics.name }),
}
