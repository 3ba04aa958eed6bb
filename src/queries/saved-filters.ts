import { desc, type SQL, sql } from 'drizzle-orm'
import { authors } from '../../drizzle/tables/authors.ts'
import { organizations } from '../../drizzle/tables/organizations.ts'
import { papers } from '../../drizzle/tables/papers.ts'
import { savedFilters } from '../../drizzle/tables/saved-filters.ts'
import { topics } from '../../drizzle/tables/topics.ts'
import { users } from '../../drizzle/tables/users.ts'
import type { Db } from '../db/client.ts'
import { executePrepared } from '../db/prepared.ts'
import { statement } from '../db/statement.ts'

/** The list fields of a filter whose members can be followed. */
export type SubjectField = 'topics' | 'authors' | 'organizations' | 'submitters'

/** Whom or what a follow follows. */
export interface Subject {
  field: SubjectField
  id: number
}

/** A subject as text, for sets. */
export const subjectKey = ({ field, id }: Subject): string => `${field} ${id}`

export interface SavedFilterRow {
  id: number
  userId: number
  name: string
  /** As it was saved; `subjectSlug` replaces the member of a follow. */
  query: string
  feedToken: string
  createdAt: string
  subjectField: SubjectField | null
  subjectId: number | null
  /** The slug or handle that the subject has now. */
  subjectSlug: string | null
}

const { topicId, authorId, organizationId, submitterId } = savedFilters
const subjectField = sql<SubjectField | null>`case when ${topicId} is not null then 'topics' when ${authorId} is not null then 'authors' when ${organizationId} is not null then 'organizations' when ${submitterId} is not null then 'submitters' end`
const SUBJECT_COLUMNS = {
  topics: 'topicId',
  authors: 'authorId',
  organizations: 'organizationId',
  submitters: 'submitterId',
} as const satisfies Record<SubjectField, keyof typeof savedFilters>
/** A follow of what a curator has merged follows the row that stands for it. */
const followedTopic = sql`coalesce((select one.merged_into from ${topics} as one where one.id = ${topicId}), ${topicId})`
const followedAuthor = sql`coalesce((select one.merged_into from ${authors} as one where one.id = ${authorId}), ${authorId})`
const subjectId = sql<
  number | null
>`coalesce(${followedTopic}, ${followedAuthor}, ${organizationId}, ${submitterId})`.mapWith(savedFilters.id)

/** What a user saved reaches nobody while the user is suspended. Another table name: `users` is the followed submitter. */
const isOfActiveUser = sql`not exists (select from ${users} as owner where owner.id = ${savedFilters.userId} and owner.suspended_at is not null)`

/** The saved filters that meet a condition, newest first. */
const read = (db: Db, where: SQL) =>
  db
    .select({
      id: savedFilters.id,
      userId: savedFilters.userId,
      name: savedFilters.name,
      query: savedFilters.query,
      feedToken: savedFilters.feedToken,
      createdAt: savedFilters.createdAt,
      subjectField,
      subjectId,
      subjectSlug: sql<
        string | null
      >`coalesce(${topics.slug}, ${authors.slug}, ${organizations.slug}, ${users.handle})`,
    })
    .from(savedFilters)
    .leftJoin(topics, sql`${topics.id} = ${followedTopic}`)
    .leftJoin(authors, sql`${authors.id} = ${followedAuthor}`)
    .leftJoin(organizations, sql`${organizations.id} = ${organizationId}`)
    .leftJoin(users, sql`${users.id} = ${submitterId}`)
    .where(where)
    .orderBy(desc(savedFilters.createdAt), desc(savedFilters.id))

const ofUser = statement('saved filters of a user', (db) =>
  read(
    db,
    sql`${savedFilters.userId} = ${sql.placeholder('userId')}::bigint and (not ${sql.placeholder('follows')}::boolean or num_nonnulls(${topicId}, ${authorId}, ${organizationId}, ${submitterId}) = 1)`,
  ).limit(sql.placeholder('limit')),
)
const byIds = statement('saved filters by ids', (db) =>
  read(
    db,
    sql`${savedFilters.userId} = ${sql.placeholder('userId')}::bigint and ${savedFilters.id} = any(${sql.placeholder('ids')}::bigint[])`,
  ),
)
const listsByIds = statement('saved lists by ids', (db) =>
  read(db, sql`${savedFilters.id} = any(${sql.placeholder('ids')}::bigint[])`),
)
const byToken = statement('saved filter by token', (db) =>
  read(db, sql`${savedFilters.feedToken} = ${sql.placeholder('token')} and ${isOfActiveUser}`),
)
const activeListsByIds = statement('saved lists of active users by ids', (db) =>
  read(db, sql`${savedFilters.id} = any(${sql.placeholder('ids')}::bigint[]) and ${isOfActiveUser}`),
)
const subjectsOfUser = statement('followed subjects', (db) =>
  db
    .selectDistinct({ field: subjectField, id: subjectId })
    .from(savedFilters)
    .where(
      sql`${savedFilters.userId} = ${sql.placeholder('userId')}::bigint and num_nonnulls(${topicId}, ${authorId}, ${organizationId}, ${submitterId}) = 1`,
    ),
)

const IDS_OF_SUBJECTS = {
  topics: followedTopic,
  authors: followedAuthor,
  organizations: organizationId,
  submitters: submitterId,
} as const satisfies Record<SubjectField, unknown>

/** Selects the ids of the topics, authors, organizations or submitters that a user follows. */
export const followedIds = (field: SubjectField, userId: SQL): SQL =>
  sql`select ${IDS_OF_SUBJECTS[field]} from ${savedFilters} where ${savedFilters.userId} = ${userId}::bigint and ${savedFilters[SUBJECT_COLUMNS[field]]} is not null`

const counted = (userId: SQL) => {
  const countsOf = (field: SubjectField, table: typeof topics | typeof authors | typeof organizations) =>
    sql`select ${table.paperCount}::bigint as papers from ${table} where ${table.id} = any(array(${followedIds(field, userId)}))`
  return sql`
    ${countsOf('topics', topics)} union all ${countsOf('authors', authors)} union all ${countsOf('organizations', organizations)}
    union all select count(*) from ${papers} where ${papers.hiddenAt} is null and ${papers.submitterId} = any(array(${followedIds('submitters', userId)}))`
}

/** How many papers those have whom and what a user follows, each counted as often as it is followed. */
export async function followedPaperCount(db: Db, userId: number): Promise<number> {
  const [row] = await executePrepared<{ papers: string }>(
    db,
    sql`select coalesce(sum(papers), 0) as papers from (${counted(sql`${userId}`)}) as counted`,
  )
  return Number(row?.papers)
}

/**
 * The newest saved filters of a user, newest first.
 *
 * @param which all, or those that follow somebody or something
 */
export const savedFiltersOf = (
  db: Db,
  userId: number,
  which: 'all' | 'follows',
  limit: number,
): Promise<SavedFilterRow[]> => ofUser(db, { userId, follows: which === 'follows', limit })

/** Those of the saved filters that a user has, in no order. */
export const savedFiltersByIds = (db: Db, userId: number, ids: readonly number[]): Promise<SavedFilterRow[]> =>
  byIds(db, { userId, ids })

/** Saved filters, whoever has them, in no order. */
export const savedListsByIds = (db: Db, ids: readonly number[]): Promise<SavedFilterRow[]> => listsByIds(db, { ids })

/** The same without those of suspended users, for what is sent. */
export const activeSavedListsByIds = (db: Db, ids: readonly number[]): Promise<SavedFilterRow[]> =>
  activeListsByIds(db, { ids })

/** The saved filter of a private feed; null if no feed has this token, or if its user is suspended. */
export const savedFilterOfToken = async (db: Db, token: string): Promise<SavedFilterRow | null> =>
  (await byToken(db, { token }))[0] ?? null

/** Whom and what a user follows. */
export const followedSubjects = async (db: Db, userId: number): Promise<Subject[]> =>
  (await subjectsOfUser(db, { userId })) as Subject[]
