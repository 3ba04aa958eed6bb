import { sql } from 'drizzle-orm'
import { boolean, check, index, integer, pgTable, primaryKey } from 'drizzle-orm/pg-core'
import { authors } from './authors.ts'
import { instant, ref } from './columns.ts'
import { papers } from './papers.ts'

/** The authors of a paper in the order printed on it, from position 1. The same name can stand twice in one paper. */
export const paperAuthors = pgTable(
  'paper_authors',
  {
    paperId: ref('paper_id')
      .notNull()
      .references(() => papers.id, { onDelete: 'cascade' }),
    position: integer('position').notNull(),
    authorId: ref('author_id')
      .notNull()
      .references(() => authors.id),
    /** True where the same author stands earlier in the same paper: an author's list must not show the paper twice. */
    repeated: boolean('repeated').notNull().default(false),
    /** The paper's, repeated here so that an author's newest papers are one index range. */
    publishedAt: instant('published_at').notNull(),
    /** Whether the paper is hidden, repeated here so that the range has only papers that are shown. */
    hidden: boolean('hidden').notNull().default(false),
  },
  (t) => [
    primaryKey({ columns: [t.paperId, t.position] }),
    index('paper_authors_newest')
      .on(t.authorId, t.publishedAt, t.paperId)
      .where(sql`not ${t.repeated} and not ${t.hidden}`),
    check('paper_authors_position_from_one', sql`${t.position} >= 1`),
  ],
)
