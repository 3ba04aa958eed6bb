import { and, type SQL, sql } from 'drizzle-orm'
import type { AnyPgColumn } from 'drizzle-orm/pg-core'
import { paperAuthors } from '../../drizzle/tables/paper-authors.ts'
import { paperChanges } from '../../drizzle/tables/paper-changes.ts'
import { paperLinks } from '../../drizzle/tables/paper-links.ts'
import { paperTopics } from '../../drizzle/tables/paper-topics.ts'
import { papers } from '../../drizzle/tables/papers.ts'
import { followedIds } from '../queries/saved-filters.ts'
import type { ScoredPaper } from '../search/query/best-papers.ts'
import type { PaperLinkKind } from '../values/vocabulary.ts'

/** A condition on `papers` with one value. */
export interface Condition {
  /** The same for all conditions with the same SQL text. */
  shape: string
  value: unknown
  /** For statements in which the planner may choose any condition to start with. */
  where(value: SQL): SQL
  /** As a test of one row at a time, which the planner cannot turn into a join; absent where `where` is such a test. */
  probe?(value: SQL): SQL
  /** In lists of an order whose key it bounds: the same as a range of the order's index. */
  along?: { order: string; where(value: SQL): SQL }
  /** Present if an index has the papers that meet the condition. */
  range?: Range
  /** How many papers meet the condition, if that is known. */
  count?: number
  /** How near each paper that meets the condition is to those of `like`. */
  likeness?: Likeness
}

/** The papers near to some, nearest first: by score, then by id. */
export interface Likeness {
  papers: readonly ScoredPaper[]
  /** The score that stands for a likeness of 1. */
  scale: number
}

export interface Range {
  /** Selects the ids of the papers that meet the condition; an id can occur twice. */
  ids(value: SQL): SQL
  /** The largest number of rows that this reads. */
  reach: number
  /** The number of these rows that meet the condition, if not all do. */
  likely?: number
  /** Whether exactly `reach` papers meet the condition. */
  isExact?: boolean
  /** Present if the index has each paper once, in the order of publication: for one topic or author, not for several. */
  walk: Walk | null
}

export interface Walk {
  table: typeof paperTopics | typeof paperAuthors
  where(value: SQL): SQL
}

/** No list contains hidden papers. The list indexes leave them out, and so do the ranges of topics and authors. */
export const SHOWN = sql`${papers.hiddenAt} is null`

/** All conditions together, for statements that read a whole list. */
export const everyCondition = (conditions: readonly Condition[]): SQL | undefined =>
  and(SHOWN, ...conditions.map((condition) => condition.where(sql`${sql.param(condition.value)}`)))

export const compare = (shape: string, value: unknown, where: (value: SQL) => SQL): Condition => ({
  shape,
  value,
  where,
})

/** Papers with any of these topics. */
export const withTopics = (topics: readonly { id: number; paperCount: number }[]): Condition =>
  inRange('topic', paperTopics, paperTopics.topicId, topics)

/** Papers by any of these authors. */
export const byAuthors = (authors: readonly { id: number; paperCount: number }[]): Condition =>
  inRange('author', paperAuthors, paperAuthors.authorId, authors)

function inRange(
  shape: 'topic' | 'author',
  table: Walk['table'],
  column: AnyPgColumn,
  members: readonly { id: number; paperCount: number }[],
): Condition {
  const { is, shapeSuffix, value } = oneOrAny(members)
  // The index leaves out hidden papers, and has each paper of an author once.
  const once = table === paperAuthors ? sql`not ${paperAuthors.repeated} and ` : sql``
  const ofMembers = (bound: SQL) => sql`${column} ${is(bound)} and ${once}not ${table.hidden}`
  const select = (bound: SQL) => sql`select ${table.paperId} from ${table} where ${ofMembers(bound)}`
  return {
    shape: shape + shapeSuffix,
    value,
    where: (bound) => sql`${papers.id} in (${select(bound)})`,
    probe: (bound) =>
      sql`(select true from ${table} where ${table.paperId} = ${papers.id} and ${ofMembers(bound)} limit 1)`,
    range: {
      ids: select,
      reach: members.reduce((sum, member) => sum + member.paperCount, 0),
      isExact: members.length === 1,
      walk: members.length === 1 ? { table, where: ofMembers } : null,
    },
  }
}

/** Papers of any topic, author, organization or submitter that a user follows. They have so many in all. */
export function followedBy(userId: number, reach: number): Condition {
  const followed = (subject: 'topics' | 'authors' | 'organizations' | 'submitters', bound: SQL) =>
    sql`any(array(${followedIds(subject, bound)}))`
  const ofTopics = (bound: SQL) =>
    sql`${paperTopics.topicId} = ${followed('topics', bound)} and not ${paperTopics.hidden}`
  const ofAuthors = (bound: SQL) =>
    sql`${paperAuthors.authorId} = ${followed('authors', bound)} and not ${paperAuthors.repeated} and not ${paperAuthors.hidden}`
  const ofOrganizations = (bound: SQL) => sql`${papers.organizationId} = ${followed('organizations', bound)}`
  const ofSubmitters = (bound: SQL) => sql`${papers.submitterId} = ${followed('submitters', bound)}`
  const ids = (bound: SQL) => sql`
    select ${paperTopics.paperId} from ${paperTopics} where ${ofTopics(bound)}
    union all select ${paperAuthors.paperId} from ${paperAuthors} where ${ofAuthors(bound)}
    union all select ${papers.id} from ${papers} where ${SHOWN} and ${ofOrganizations(bound)}
    union all select ${papers.id} from ${papers} where ${SHOWN} and ${ofSubmitters(bound)}`
  return {
    shape: 'followed',
    value: userId,
    where: (bound) => sql`${papers.id} in (${ids(bound)})`,
    probe: (bound) => sql`(
      ${ofOrganizations(bound)} or ${ofSubmitters(bound)}
      or exists (select from ${paperTopics} where ${paperTopics.paperId} = ${papers.id} and ${ofTopics(bound)})
      or exists (select from ${paperAuthors} where ${paperAuthors.paperId} = ${papers.id} and ${ofAuthors(bound)}))`,
    range: { ids, reach, walk: null },
  }
}

/** Papers whose column refers to any of these rows. */
export function equals(shape: string, column: AnyPgColumn, members: readonly { id: number }[]): Condition {
  const { is, shapeSuffix, value } = oneOrAny(members)
  return compare(shape + shapeSuffix, value, (bound) => sql`${column} ${is(bound)}`)
}

/** `= id` for one row: Postgres can then read an index in the order of its second column. `= any(ids)` for several. */
function oneOrAny(members: readonly { id: number }[]) {
  const [only, ...others] = members
  return only && others.length === 0
    ? { is: (bound: SQL) => sql`= ${bound}::bigint`, shapeSuffix: '', value: only.id }
    : {
        is: (bound: SQL) => sql`= any(${bound}::bigint[])`,
        shapeSuffix: 's',
        value: members.map((member) => member.id),
      }
}

/** Papers with none of these topics. Null if there are no topics, because every paper meets that. */
export function withoutTopics(topics: readonly { id: number }[]): Condition | null {
  if (topics.length === 0) return null
  return compare(
    'withoutTopics',
    topics.map((topic) => topic.id),
    (bound) =>
      sql`not exists (select from ${paperTopics} where ${paperTopics.paperId} = ${papers.id} and ${paperTopics.topicId} = any(${bound}::bigint[]))`,
  )
}

/** Papers on the daily lists of a range of days, inclusive; an end that is null is open. */
export function listedBetween(from: string | null | undefined, to: string | null | undefined): Condition[] {
  if (from != null && from === to) return [compare('listedOn', from, (day) => sql`${papers.listedOn} = ${day}::date`)]
  const ends: Condition[] = []
  if (from != null) ends.push(compare('listedFrom', from, (day) => sql`${papers.listedOn} >= ${day}::date`))
  if (to != null) ends.push(compare('listedTo', to, (day) => sql`${papers.listedOn} <= ${day}::date`))
  return ends
}

/** Papers that changed at a moment or later. */
export const changedSince = (moment: string): Condition => {
  const isSince = (bound: SQL) => sql`${paperChanges.changedAt} >= ${bound}::timestamptz`
  return {
    shape: 'changedSince',
    value: moment,
    where: (bound) =>
      sql`${papers.id} in (select ${paperChanges.paperId} from ${paperChanges} where ${isSince(bound)})`,
    along: { order: 'RECENTLY_CHANGED', where: isSince },
  }
}

/** Papers with a link of a kind, or without one. */
export function hasLink(kind: PaperLinkKind, wanted: boolean): Condition {
  return compare(
    wanted ? 'hasLink' : 'hasNoLink',
    kind,
    (bound) =>
      sql`${wanted ? sql`` : sql`not `}exists (select from ${paperLinks} where ${paperLinks.paperId} = ${papers.id} and ${paperLinks.kind} = ${bound}::paper_link_kind)`,
  )
}
