import { sql } from 'drizzle-orm'
import { papers } from '../../drizzle/tables/papers.ts'
import type { Db } from '../db/client.ts'
import { authorsBySlugs } from '../queries/authors.ts'
import { organizationsNamed } from '../queries/organizations.ts'
import { papersNamed } from '../queries/papers.ts'
import { followedPaperCount } from '../queries/saved-filters.ts'
import { topicsNamed } from '../queries/topics.ts'
import { usersByHandles } from '../queries/users.ts'
import { BadUserInput } from '../values/errors.ts'
import { byAuthors, type Condition, compare, equals, followedBy, listedBetween, withTopics } from './condition.ts'
import { FILTER_FIELDS, type FieldConditions, type FilterKinds, type Find, type Lookup } from './filter-fields.ts'
import { checkSearch } from './paper-query.ts'
import type { UnknownMembers } from './unknown-members.ts'

type Fields = typeof FILTER_FIELDS

/**
 * The one filter of every output. Fields combine with AND. A list matches any of its members, except `allTopics` and
 * `excludeTopics`; an empty list does not restrict anything.
 */
export type PaperFilter = { [Name in keyof Fields]?: FilterKinds[Fields[Name]['kind']] | null }

/** Whose papers a list has, besides what its filter says. */
export interface PaperScope {
  topic?: { id: number; slug: string; paperCount: number }
  author?: { id: number; slug: string; paperCount: number }
  organization?: { id: number; slug: string }
  submitter?: { id: number; handle: string }
  /** The user whose follows it joins. */
  followedBy?: number
  /** Edition days, inclusive. */
  listed?: { from: string; to: string }
  /** A moment in RFC 3339, inclusive. */
  publishedBy?: string
  /** Only papers with these ids. */
  among?: readonly number[]
}

export const MAX_FILTER_MEMBERS = 100
/** The most papers that `like`, and `unlike`, can have. */
export const MAX_SEEDS = 50

/** How many members a field can have that is a list. */
export const maxMembers = (field: keyof PaperFilter): number =>
  FILTER_FIELDS[field].kind === 'papers' ? MAX_SEEDS : MAX_FILTER_MEMBERS

const FIELD_NAMES = Object.keys(FILTER_FIELDS) as (keyof PaperFilter)[]

/**
 * A filter and a scope as conditions on `papers`; null where no paper can meet them, because a slug is unknown. Takes one
 * statement for each kind of slug and of identifiers in the filter, two for `like`, one for follows, two if a member is not a present slug, and one for its query, or a few more
 * where words of the query are in no paper. Use `PaperSelection`, which does this once.
 *
 * @param unknown collects the members of lists that name nothing
 * @throws BadUserInput for a range that ends before it begins, and for lists and queries that are too long
 */
export async function resolveFilter(
  db: Db,
  filter: PaperFilter,
  scope: PaperScope,
  unknown: UnknownMembers | null,
): Promise<Condition[] | null> {
  checkFilter(filter)
  if (scope.among?.length === 0) return null
  const lookupOf = lookups(db, filter, unknown)
  const resolved = await Promise.all(
    FIELD_NAMES.flatMap((name) => {
      const value = filter[name]
      if (value == null || (Array.isArray(value) && value.length === 0)) return []
      const { conditions } = FILTER_FIELDS[name]
      // The type of a value follows from its name, which a loop over the names cannot express.
      return [(conditions as Resolve)(value, lookupOf(name), filter)]
    }),
  )
  const all: Condition[] = scopeConditions(scope)
  if (scope.followedBy !== undefined) {
    const papers = await followedPaperCount(db, scope.followedBy)
    if (papers === 0) return null
    all.push(followedBy(scope.followedBy, papers))
  }
  for (const conditions of resolved) {
    if (conditions === null) return null
    all.push(...conditions)
  }
  return all
}

type Resolve = (value: unknown, lookup: Lookup, filter: PaperFilter) => FieldConditions | Promise<FieldConditions>

function scopeConditions({ topic, author, organization, submitter, listed, publishedBy, among }: PaperScope) {
  const conditions: Condition[] = []
  if (topic) conditions.push(withTopics([topic]))
  if (author) conditions.push(byAuthors([author]))
  if (organization) conditions.push(equals('organization', papers.organizationId, [organization]))
  if (submitter) conditions.push(equals('submitter', papers.submitterId, [submitter]))
  if (listed) conditions.push(...listedBetween(listed.from, listed.to))
  if (publishedBy !== undefined)
    conditions.push(
      compare('publishedBy', publishedBy, (moment) => sql`${papers.publishedAt} <= ${moment}::timestamptz`),
    )
  if (among !== undefined) conditions.push(compare('among', among, (ids) => sql`${papers.id} = any(${ids}::bigint[])`))
  return conditions
}

/** The lookup of each field. */
function lookups(db: Db, filter: PaperFilter, unknown: UnknownMembers | null): (field: keyof PaperFilter) => Lookup {
  const { topics, allTopics, excludeTopics, like, unlike } = filter
  const papersOf = once(() => papersNamed(db, [...(like ?? []), ...(unlike ?? [])], []))
  const topicsOf = once(() => topicsNamed(db, [...(topics ?? []), ...(allTopics ?? []), ...(excludeTopics ?? [])]))
  return (field) => {
    const find =
      <Row extends { id: number }>(
        read: (members: readonly string[]) => Promise<Map<string, Row>>,
        of = field,
      ): Find<Row> =>
      async (members) => {
        const found = await read(members)
        const rows = new Map<number, Row>()
        let isComplete = true
        for (const member of members) {
          const row = found.get(member)
          if (row) rows.set(row.id, row)
          else {
            isComplete = false
            unknown?.add(of, member)
          }
        }
        return { rows: [...rows.values()], isComplete }
      }
    return {
      db,
      topics: find(topicsOf),
      authors: find((slugs) => authorsBySlugs(db, slugs)),
      organizations: find((given) => organizationsNamed(db, given)),
      submitters: find((handles) => usersByHandles(db, handles)),
      liked: find(papersOf, 'like'),
      unliked: find(papersOf, 'unlike'),
    }
  }
}

function once<Value>(read: () => Promise<Value>): () => Promise<Value> {
  let result: Promise<Value> | undefined
  return () => {
    result ??= read()
    return result
  }
}

function checkFilter(filter: PaperFilter): void {
  for (const name of FIELD_NAMES) {
    const value = filter[name]
    if (Array.isArray(value) && value.length > maxMembers(name))
      throw new BadUserInput(
        `filter.${name}`,
        `\`filter.${name}\` may have at most ${maxMembers(name)} members; it has ${value.length}.`,
      )
    if (FILTER_FIELDS[name].kind === 'search' && typeof value === 'string' && value.trim() !== '')
      checkSearch(`filter.${name}`, value)
  }
  if (filter.unlike?.length && !filter.like?.length)
    throw new BadUserInput('filter.unlike', '`filter.unlike` goes with `filter.like` only: it makes no list by itself.')
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
