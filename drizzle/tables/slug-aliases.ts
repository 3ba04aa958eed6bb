import { index, pgTable, text } from 'drizzle-orm/pg-core'
import { authors } from './authors.ts'
import { ref } from './columns.ts'
import { topics } from './topics.ts'

// Slugs that topics and authors had before. Addresses and filters with them keep working. If a row has the same slug now, that
// row is meant, or the one that it was merged into.

export const topicAliases = pgTable(
  'topic_aliases',
  {
    slug: text('slug').primaryKey(),
    topicId: ref('topic_id')
      .notNull()
      .references(() => topics.id, { onDelete: 'cascade' }),
  },
  (t) => [index('topic_aliases_of_topic').on(t.topicId)],
)

export const authorAliases = pgTable(
  'author_aliases',
  {
    slug: text('slug').primaryKey(),
    authorId: ref('author_id')
      .notNull()
      .references(() => authors.id, { onDelete: 'cascade' }),
  },
  (t) => [index('author_aliases_of_author').on(t.authorId)],
)
