import { randomBytes } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { savedFilters } from '../../drizzle/tables/saved-filters.ts'
import type { Db } from '../db/client.ts'
import type { Subject, SubjectField } from '../queries/saved-filters.ts'
import { type Writing, writing } from './writing.ts'

/** So many saved filters, with follows, one user can have. */
export const MOST_SAVED_FILTERS = 500

/** What a user saves. */
export interface SavedList {
  name: string
  /** The canonical query string of its filter and order. */
  query: string
  /** What it follows; null if its filter says more, or less, than one member. */
  subject: Subject | null
}

/** A saved filter, or why none was saved: the user has an equal one, of this name, or as many as they may have. */
export type Saved = { id: number } | { equalTo: string } | 'full'

const COLUMNS = {
  topics: 'topicId',
  authors: 'authorId',
  organizations: 'organizationId',
  submitters: 'submitterId',
} as const satisfies Record<SubjectField, keyof typeof savedFilters.$inferInsert>

const SUBJECTS = { topicId: null, authorId: null, organizationId: null, submitterId: null }

const columnsOf = ({ name, query, subject }: SavedList) => ({
  name,
  query,
  ...SUBJECTS,
  ...(subject && { [COLUMNS[subject.field]]: subject.id }),
})

/** 192 random bits: nobody guesses the address of a private feed. */
const newToken = (): string => randomBytes(24).toString('base64url')

export const createSavedFilter = (db: Db, userId: number, list: SavedList): Promise<Saved> =>
  writing(db, async (open) => {
    await lockUser(open, userId)
    return insert(open, userId, list)
  })

/** The saved filter by which a user follows a subject: the one that there is, or a new one. */
export const follow = (db: Db, userId: number, list: SavedList & { subject: Subject }): Promise<Saved> =>
  writing(db, async (open) => {
    await lockUser(open, userId)
    const [known] = await open.tx
      .select({ id: savedFilters.id })
      .from(savedFilters)
      .where(isFollow(userId, list.subject))
      .orderBy(savedFilters.id)
      .limit(1)
    return known ?? insert(open, userId, list)
  })

/** Ends a follow, with its feeds. @returns whether there was one */
export const unfollow = (db: Db, userId: number, subject: Subject): Promise<boolean> =>
  writing(db, async (open) => {
    const gone = await open.tx.delete(savedFilters).where(isFollow(userId, subject)).returning({ id: savedFilters.id })
    // Empties the caches, in which its feeds may be.
    if (gone.length > 0) open.announceChange()
    return gone.length > 0
  })

/** Replaces the name, filter and order of a saved filter; null if the user has none of this id. */
export const updateSavedFilter = (db: Db, userId: number, id: number, list: SavedList): Promise<Saved | null> =>
  writing(db, async (open) => {
    await lockUser(open, userId)
    const equal = await equalTo(open, userId, list.query)
    if (equal && equal.id !== id) return { equalTo: equal.name }
    const [changed] = await open.tx
      .update(savedFilters)
      .set(columnsOf(list))
      .where(isOwn(userId, id))
      .returning({ id: savedFilters.id })
    if (changed === undefined) return null
    // What the new list has already is no news to its webhooks.
    await open.tx.execute(
      sql`update webhooks set is_primed = false, watches_counts = true where saved_filter_id = ${id}`,
    )
    open.announceChange()
    return changed
  })

/** @returns whether the user had a saved filter of this id */
export const deleteSavedFilter = (db: Db, userId: number, id: number): Promise<boolean> =>
  writing(db, async (open) => {
    const gone = await open.tx.delete(savedFilters).where(isOwn(userId, id)).returning({ id: savedFilters.id })
    if (gone.length > 0) open.announceChange()
    return gone.length > 0
  })

/** Gives the private feeds of a saved filter new addresses; the old ones work no more. @returns whether the user has it */
export const rotateFeedToken = (db: Db, userId: number, id: number): Promise<boolean> =>
  writing(db, async (open) => {
    const changed = await open.tx
      .update(savedFilters)
      .set({ feedToken: newToken() })
      .where(isOwn(userId, id))
      .returning({ id: savedFilters.id })
    if (changed.length > 0) open.announceChange()
    return changed.length > 0
  })

const isOwn = (userId: number, id: number) => sql`${savedFilters.id} = ${id} and ${savedFilters.userId} = ${userId}`

/** Also by a row that a curator has merged into the subject. */
const isFollow = (userId: number, { field, id }: Subject) => {
  const column = savedFilters[COLUMNS[field]]
  const isSubject =
    field === 'topics' || field === 'authors'
      ? sql`exists (select from ${sql.identifier(field)} as one where one.id = ${column} and ${id}::bigint in (one.id, one.merged_into))`
      : sql`${column} = ${id}`
  return sql`${savedFilters.userId} = ${userId} and ${isSubject}`
}

/** So that two requests of one user neither save a list twice nor one too many. */
const lockUser = (open: Writing, userId: number) => open.lock('users', sql`${userId}::bigint`)

async function equalTo({ tx }: Writing, userId: number, query: string) {
  const [equal] = await tx
    .select({ id: savedFilters.id, name: savedFilters.name })
    .from(savedFilters)
    .where(sql`${savedFilters.userId} = ${userId} and ${savedFilters.query} = ${query}`)
  return equal
}

async function insert(open: Writing, userId: number, list: SavedList): Promise<Saved> {
  const equal = await equalTo(open, userId, list.query)
  if (equal) return { equalTo: equal.name }
  const count = await open.tx.$count(savedFilters, sql`${savedFilters.userId} = ${userId}`)
  if (count >= MOST_SAVED_FILTERS) return 'full'
  const [saved] = await open.tx
    .insert(savedFilters)
    .values({ userId, ...columnsOf(list), feedToken: newToken() })
    .returning({ id: savedFilters.id })
  return saved as { id: number }
}
