import type { PaperCard } from './paper-card.ts'

/** The fields of a paper that its page and its Markdown show. */
export interface PaperView extends PaperCard {
  abstract: string | null
  doi: string | null
  identifiers: { scheme: string; value: string }[]
  updatedAt: string | null
}
