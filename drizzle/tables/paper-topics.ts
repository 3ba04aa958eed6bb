import { sql } from 'drizzle-orm'
import { boolean, index, integer, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import { instant, ref } from './columns.ts'

/**
 * The topics of a paper, in the order of the source. Of several names of one topic, which are those of merged topics, the
 * first is here; `paper_topic_repeats` has the others. Triggers check the references, as those of `paper_authors`.
 */
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
    /** The merged topic that the paper names; null if it names the topic itself. */
    namedTopicId: ref('named_topic_id'),
    /** How the paper writes the topic that it names; null if as its normalized name, which most do. */
    spelling: text('spelling'),
  },
  (t) => [
    primaryKey({ columns: [t.paperId, t.topicId] }),
    index('paper_topics_newest').on(t.topicId, t.publishedAt, t.paperId).where(sql`not ${t.hidden}`),
    index('paper_topics_named').on(t.namedTopicId).where(sql`${t.namedTopicId} is not null`),
  ],
)
