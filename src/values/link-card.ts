/** What is drawn on a link card, which sites show for a link. */
export interface LinkCard {
  /** What it is, above the title. */
  kicker: string
  title: string
  /** In place of a title in letters that the font lacks, such as Chinese. */
  instead: string
  /** One or a few lines below the title, each of which is cut off at the edge. */
  lines: readonly string[]
  /** Below a triangle, as on the pages; null for none. */
  votes: string | null
  /** On the last line: the number of papers, and the site. */
  facts: string
}
