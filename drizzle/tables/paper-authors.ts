import { sql } from 'drizzle-orm'
import { boolean, check, index, integer, pgTable, primaryKey } from 'drizzle-orm/pg-core'
import { instant, ref } from './columns.ts'

/**
 * The authors of a paper in the order printed on it, from position 1. One paper can have the same name twice.
 *
 * Triggers check the references to papers and authors, once for each statement. Foreign keys check each row, which took three
 * times as long as writing it.
 */
export const paperAuthors = pgTable(
  'paper_authors',
  {
    paperId: ref('paper_id').notNull(),
    position: integer('position').notNull(),
    authorId: ref('author_id').notNull(),
    /** The merged author whose name the paper prints; null if it prints that of the author. */
    namedAuthorId: ref('named_author_id'),
    /** Whether the same author has an earlier position in this paper: an author's list must not show the paper twice. */
    repeated: boolean('repeated').notNull().default(false),
    /** Copied from the paper, so that an author's newest papers are one index range. */
    publishedAt: instant('published_at').notNull(),
    /** Whether the paper is hidden. Copied, so that the index range contains only visible papers. */
    hidden: boolean('hidden').notNull().default(false),
  },
  (t) => [
    primaryKey({ columns: [t.paperId, t.position] }),
    index('paper_authors_newest')
      .on(t.authorId, t.publishedAt, t.paperId)
      .where(sql`not ${t.repeated} and not ${t.hidden}`),
    index('paper_authors_named').on(t.namedAuthorId).where(sql`${t.namedAuthorId} is not null`),
    check('paper_authors_position_from_one', sql`${t.position} >= 1`),
  ],
)
