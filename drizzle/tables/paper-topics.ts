import { sql } from 'drizzle-orm'
import { boolean, index, integer, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import { instant, ref } from './columns.ts'

/** The topics of a paper, in the order of the source. Triggers check the references, as those of `paper_authors`. */
export const paperTopics = pgTable(
  'paper_topics',
  {
    paperId: ref('paper_id').notNull(),
    topicId: ref('topic_id').notNull(),
    position: integer('position').notNull(),
    /** Copied from the paper, so that a topic's newest papers are one index range. */
    publishedAt: instant('published_at').notNull(),
    /** Whether the paper is hidden. Copied, so that the index range contains only visible papers. */
    hidden: boolean('hidden').notNull().default(false),
    /** How the paper writes the topic; null if as its normalized name, which most do. */
    spelling: text('spelling'),
  },
  (t) => [
    primaryKey({ columns: [t.paperId, t.topicId] }),
    index('paper_topics_newest').on(t.topicId, t.publishedAt, t.paperId).where(sql`not ${t.hidden}`),
  ],
)
