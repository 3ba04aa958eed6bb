import { index, integer, pgTable, primaryKey, text } from 'drizzle-orm/pg-core'
import { ref } from './columns.ts'
import { papers } from './papers.ts'
import { topics } from './topics.ts'

/**
 * Names of topics that a paper has already by an earlier name, because one was merged into the other. Lists do not read them.
 * They are kept so that a merge can be undone, and so that an import can tell what a source has changed.
 */
export const paperTopicRepeats = pgTable(
  'paper_topic_repeats',
  {
    paperId: ref('paper_id')
      .notNull()
      .references(() => papers.id, { onDelete: 'cascade' }),
    /** The topic that the paper names, merged or not. */
    namedTopicId: ref('named_topic_id')
      .notNull()
      .references(() => topics.id),
    /** As in `paper_topics`. */
    position: integer('position').notNull(),
    spelling: text('spelling'),
  },
  (t) => [
    primaryKey({ columns: [t.paperId, t.namedTopicId] }),
    index('paper_topic_repeats_of_topic').on(t.namedTopicId),
  ],
)
