import { sql } from 'drizzle-orm'
import { check, index, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core'
import { authors } from './authors.ts'
import { id, instant, ref } from './columns.ts'
import { organizations } from './organizations.ts'
import { topics } from './topics.ts'
import { users } from './users.ts'

/**
 * Lists that a user keeps. A follow is one whose filter has nothing but one topic, author, organization or submitter. That
 * subject is stored as a row, because slugs and handles change and `query` keeps them as they were.
 */
export const savedFilters = pgTable(
  'saved_filters',
  {
    id: id(),
    userId: ref('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    name: text('name').notNull(),
    /** The filter and order as `formatPaperQuery` writes them, so equal lists have equal text. */
    query: text('query').notNull(),
    topicId: ref('topic_id').references(() => topics.id, { onDelete: 'cascade' }),
    authorId: ref('author_id').references(() => authors.id, { onDelete: 'cascade' }),
    organizationId: ref('organization_id').references(() => organizations.id, { onDelete: 'cascade' }),
    submitterId: ref('submitter_id').references(() => users.id, { onDelete: 'cascade' }),
    /** Part of the address of the private feeds. Not a hash, because the user is shown the address; it opens nothing but a list. */
    feedToken: text('feed_token').notNull().unique(),
    createdAt: instant('created_at').notNull().default(sql`now()`),
  },
  (t) => [
    uniqueIndex('saved_filters_of_user').on(t.userId, t.query),
    // For the removal of what they refer to.
    index('saved_filters_by_topic').on(t.topicId).where(sql`${t.topicId} is not null`),
    index('saved_filters_by_author').on(t.authorId).where(sql`${t.authorId} is not null`),
    index('saved_filters_by_organization').on(t.organizationId).where(sql`${t.organizationId} is not null`),
    index('saved_filters_by_submitter').on(t.submitterId).where(sql`${t.submitterId} is not null`),
    check(
      'saved_filters_one_subject',
      sql`num_nonnulls(${t.topicId}, ${t.authorId}, ${t.organizationId}, ${t.submitterId}) <= 1`,
    ),
  ],
)
