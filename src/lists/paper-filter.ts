import { type SQL, sql } from 'drizzle-orm'
import type { AnyPgColumn } from 'drizzle-orm/pg-core'
import { paperAuthors } from '../../drizzle/tables/paper-authors.ts'
import { paperLinks } from '../../drizzle/tables/paper-links.ts'
import { paperTopics } from '../../drizzle/tables/paper-topics.ts'
import { papers } from '../../drizzle/tables/papers.ts'
import type { Db } from '../db/client.ts'
import { authorsBySlugs } from '../queries/authors.ts'
import { organizationsBySlugs } from '../queries/organizations.ts'
import { topicsBySlugs } from '../queries/topics.ts'
import { usersByHandles } from '../queries/users.ts'
import { BadUserInput } from '../values/errors.ts'
import type { PaperLinkKind } from '../values/vocabulary.ts'
import type { Condition, Walk } from './condition.ts'
import { checkSearch, queryCondition } from './paper-query.ts'

/**
 * The one filter of every output. Fields combine with AND. A list means any of its members, but for `allTopics` and
 * `excludeTopics`; an empty list leaves no paper out. Dates are `YYYY-MM-DD`.
 */
export interface PaperFilter {
  topics?: readonly string[] | null
  allTopics?: readonly string[] | null
  excludeTopics?: readonly string[] | null
  organizations?: readonly string[] | null
  authors?: readonly string[] | null
  submitters?: readonly string[] | null
  publishedFrom?: string | null
  publishedTo?: string | null
  listedFrom?: string | null
  listedTo?: string | null
  minVotes?: number | null
  minComments?: number | null
  hasCode?: boolean | null
  hasProjectPage?: boolean | null
  /** In the syntax of search; a blank one asks nothing. */
  query?: string | null
}

/** Whose papers a list is of, beside what its filter says. */
export interface PaperScope {
  topic?: { id: number; slug: string; paperCount: number }
  author?: { id: number; slug: string; paperCount: number }
  organization?: { id: number; slug: string }
  submitter?: { id: number; handle: string }
  /** Edition days, inclusive. */
  listed?: { from: string; to: string }
  /** A moment in RFC 3339, inclusive. */
  publishedBy?: string
  /** Of these only. */
  among?: readonly number[]
}

export const MAX_FILTER_MEMBERS = 100

/**
 * A filter and a scope as conditions on `papers`, with slugs and handles looked up; null where no paper can meet them,
 * because a slug is unknown. Takes one statement for each kind of slug in the filter and one for its query, or a few where
 * words of that are in no paper.
 *
 * @throws BadUserInput for ranges that end before they begin and for lists and queries that are too long
 */
export async function paperConditions(db: Db, filter: PaperFilter, scope: PaperScope): Promise<Condition[] | null> {
  checkFilter(filter)
  const topicSlugs = [...(filter.topics ?? []), ...(filter.allTopics ?? []), ...(filter.excludeTopics ?? [])]
  const [topics, authors, organizations, submitters, query] = await Promise.all([
    topicSlugs.length > 0 ? topicsBySlugs(db, topicSlugs) : [],
    filter.authors?.length ? authorsBySlugs(db, filter.authors) : null,
    filter.organizations?.length ? organizationsBySlugs(db, filter.organizations) : null,
    filter.submitters?.length ? usersByHandles(db, filter.submitters) : null,
    filter.query?.trim() ? queryCondition(db, filter.query) : [],
  ])
  if (query === null) return null
  const bySlug = new Map(topics.map((topic) => [topic.slug, topic]))
  const known = (slugs: readonly string[]) => slugs.flatMap((slug) => bySlug.get(slug.toLowerCase()) ?? [])

  const conditions: (Condition | null)[] = [
    scope.topic ? inRange('topic', paperTopics, paperTopics.topicId, [scope.topic]) : null,
    scope.author ? inRange('author', paperAuthors, paperAuthors.authorId, [scope.author]) : null,
    scope.organization ? equals('organization', papers.organizationId, [scope.organization]) : null,
    scope.submitter ? equals('submitter', papers.submitterId, [scope.submitter]) : null,
    ...(scope.listed ? listed(scope.listed.from, scope.listed.to) : []),
    scope.publishedBy === undefined
      ? null
      : compare('publishedBy', scope.publishedBy, (moment) => sql`${papers.publishedAt} <= ${moment}::timestamptz`),
    scope.among === undefined
      ? null
      : compare('among', scope.among, (ids) => sql`${papers.id} = any(${ids}::bigint[])`),
    filter.topics?.length ? inRange('topic', paperTopics, paperTopics.topicId, known(filter.topics)) : null,
    ...(filter.allTopics ?? []).map((slug) => inRange('topic', paperTopics, paperTopics.topicId, known([slug]))),
    filter.excludeTopics?.length ? withoutTopics(known(filter.excludeTopics)) : null,
    authors && inRange('author', paperAuthors, paperAuthors.authorId, authors),
    organizations && equals('organization', papers.organizationId, organizations),
    submitters && equals('submitter', papers.submitterId, submitters),
    filter.publishedFrom == null
      ? null
      : compare('publishedFrom', filter.publishedFrom, (day) => sql`${papers.publishedAt} >= ${day}::date`),
    filter.publishedTo == null
      ? null
      : compare('publishedTo', filter.publishedTo, (day) => sql`${papers.publishedAt} < ${day}::date + 1`),
    ...listed(filter.listedFrom, filter.listedTo),
    filter.minVotes == null
      ? null
      : compare('minVotes', filter.minVotes, (least) => sql`${papers.voteCount} >= ${least}::int`),
    filter.minComments == null
      ? null
      : compare('minComments', filter.minComments, (least) => sql`${papers.commentCount} >= ${least}::int`),
    filter.hasCode == null ? null : hasLink('CODE', filter.hasCode),
    filter.hasProjectPage == null ? null : hasLink('PROJECT', filter.hasProjectPage),
    Array.isArray(query) ? null : query,
  ]
  const all = conditions.filter((condition) => condition !== null)
  return all.some((condition) => Array.isArray(condition.value) && condition.value.length === 0) ? null : all
}

const compare = (shape: string, value: unknown, where: (value: SQL) => SQL): Condition => ({ shape, value, where })

/** Papers of any of these topics, or by any of these authors. */
function inRange(
  shape: 'topic' | 'author',
  table: Walk['table'],
  column: AnyPgColumn,
  members: readonly { id: number; paperCount: number }[],
): Condition {
  const { is, shapeSuffix, value } = oneOrAny(members)
  // As the index has it: papers that are shown, and for an author each once.
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
      walk: members.length === 1 ? { table, where: ofMembers } : null,
    },
  }
}

function equals(shape: string, column: AnyPgColumn, members: readonly { id: number }[]): Condition {
  const { is, shapeSuffix, value } = oneOrAny(members)
  return compare(shape + shapeSuffix, value, (bound) => sql`${column} ${is(bound)}`)
}

/** `= id` for one, which an index with a further column keeps in order; `= any(ids)` for several. */
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

function withoutTopics(topics: readonly { id: number }[]): Condition | null {
  if (topics.length === 0) return null
  return compare(
    'withoutTopics',
    topics.map((topic) => topic.id),
    (bound) =>
      sql`not exists (select from ${paperTopics} where ${paperTopics.paperId} = ${papers.id} and ${paperTopics.topicId} = any(${bound}::bigint[]))`,
  )
}

function listed(from: string | null | undefined, to: string | null | undefined): (Condition | null)[] {
  if (from != null && from === to) return [compare('listedOn', from, (day) => sql`${papers.listedOn} = ${day}::date`)]
  return [
    from == null ? null : compare('listedFrom', from, (day) => sql`${papers.listedOn} >= ${day}::date`),
    to == null ? null : compare('listedTo', to, (day) => sql`${papers.listedOn} <= ${day}::date`),
  ]
}

function hasLink(kind: PaperLinkKind, wanted: boolean): Condition {
  return compare(
    wanted ? 'hasLink' : 'hasNoLink',
    kind,
    (bound) =>
      sql`${wanted ? sql`` : sql`not `}exists (select from ${paperLinks} where ${paperLinks.paperId} = ${papers.id} and ${paperLinks.kind} = ${bound}::paper_link_kind)`,
  )
}

function checkFilter(filter: PaperFilter): void {
  for (const [field, value] of Object.entries(filter))
    if (Array.isArray(value) && value.length > MAX_FILTER_MEMBERS)
      throw new BadUserInput(
        `filter.${field}`,
        `\`filter.${field}\` may have at most ${MAX_FILTER_MEMBERS} members; it has ${value.length}.`,
      )
  if (filter.query?.trim()) checkSearch('filter.query', filter.query)
  for (const [from, to] of [
    ['publishedFrom', 'publishedTo'],
    ['listedFrom', 'listedTo'],
  ] as const) {
    const [first, last] = [filter[from], filter[to]]
    if (first != null && last != null && first > last)
      throw new BadUserInput(
        `filter.${to}`,
        `\`filter.${to}\` (${last}) must not be before \`filter.${from}\` (${first}).`,
      )
  }
}
