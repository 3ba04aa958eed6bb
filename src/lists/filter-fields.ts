import { type SQL, sql } from 'drizzle-orm'
import { papers } from '../../drizzle/tables/papers.ts'
import type { Db } from '../db/client.ts'
import type { AuthorRow } from '../queries/authors.ts'
import type { OrganizationRow } from '../queries/organizations.ts'
import type { PaperRow } from '../queries/papers.ts'
import type { TopicRow } from '../queries/topics.ts'
import type { UserRow } from '../queries/users.ts'
import {
  byAuthors,
  type Condition,
  changedSince,
  compare,
  equals,
  hasLink,
  listedBetween,
  withoutTopics,
  withTopics,
} from './condition.ts'
import { likenessCondition } from './paper-likeness.ts'
import { queryCondition } from './paper-query.ts'

/** The kinds of filter fields. GraphQL, query strings and the embed element read and write each kind in one way. */
export interface FilterKinds {
  /** Slugs, handles or names, in any case. */
  list: readonly string[]
  /** `YYYY-MM-DD`. */
  day: string
  /** RFC 3339. */
  moment: string
  /** A 32-bit integer. */
  integer: number
  flag: boolean
  /** Papers, by anything that people paste: an identifier, an address, a citation. */
  papers: readonly string[]
  /** A query in the syntax of search; a blank one does not restrict anything. */
  search: string
}

export type FilterKind = keyof FilterKinds

/** Papers that meet a field: all conditions together; null where no paper can meet it. */
export type FieldConditions = readonly Condition[] | null

interface FilterField<Kind extends FilterKind> {
  kind: Kind
  /** The words beside a value in the title of a list, such as `by`; `src/formats/list-title.ts` makes the phrases. */
  words: string
  /** The conditions of a value that is present and not empty. Reads what slugs and words of the value stand for. */
  conditions(value: FilterKinds[Kind], lookup: Lookup, others: Others): FieldConditions | Promise<FieldConditions>
}

/** Fields that make one condition with another: two days that are the same, for which there is an index, and `like` with `unlike`. */
interface Others {
  listedFrom?: string | null
  listedTo?: string | null
  unlike?: readonly string[] | null
}

/** Finds the rows that members of a list field name. Those of all topic fields are read in one statement. */
export interface Lookup {
  db: Db
  topics: Find<TopicRow>
  authors: Find<AuthorRow>
  organizations: Find<OrganizationRow>
  submitters: Find<UserRow>
  liked: Find<PaperRow>
  unliked: Find<PaperRow>
}

/** The rows, each once, and whether every member names one. */
export type Find<Row> = (members: readonly string[]) => Promise<{ rows: Row[]; isComplete: boolean }>

const field = <Kind extends FilterKind>(
  kind: Kind,
  words: string,
  conditions: FilterField<Kind>['conditions'],
): FilterField<Kind> => ({ kind, words, conditions })

const least = (shape: string, words: string, column: SQL) =>
  field('integer', words, (value) => [compare(shape, value, (bound) => sql`${column} >= ${bound}::int`)])

const found = <Row>(
  { rows }: { rows: readonly Row[] },
  condition: (rows: readonly Row[]) => Condition,
): FieldConditions => (rows.length === 0 ? null : [condition(rows)])

const idsOf = (rows: readonly { id: number }[]): number[] => rows.map(({ id }) => id)

/**
 * Every field of the filter that all outputs share, in the order of query strings. To add one, add it here, to
 * `schema/paper-filter.ts` and to the table in `schema/README.md`.
 */
export const FILTER_FIELDS = {
  topics: field('list', 'on', async (slugs, lookup) => found(await lookup.topics(slugs), withTopics)),
  allTopics: field('list', 'on', async (slugs, lookup) => {
    const { rows, isComplete } = await lookup.topics(slugs)
    return isComplete ? rows.map((topic) => withTopics([topic])) : null
  }),
  excludeTopics: field('list', 'not on', async (slugs, lookup) => {
    const condition = withoutTopics((await lookup.topics(slugs)).rows)
    return condition ? [condition] : []
  }),
  organizations: field('list', 'from', async (slugs, lookup) =>
    found(await lookup.organizations(slugs), (rows) => equals('organization', papers.organizationId, rows)),
  ),
  authors: field('list', 'by', async (slugs, lookup) => found(await lookup.authors(slugs), byAuthors)),
  submitters: field('list', 'listed by', async (handles, lookup) =>
    found(await lookup.submitters(handles), (rows) => equals('submitter', papers.submitterId, rows)),
  ),
  publishedFrom: field('day', 'published from', (day) => [
    compare('publishedFrom', day, (bound) => sql`${papers.publishedAt} >= ${bound}::date`),
  ]),
  publishedTo: field('day', 'published until', (day) => [
    compare('publishedTo', day, (bound) => sql`${papers.publishedAt} < ${bound}::date + 1`),
  ]),
  listedFrom: field('day', 'listed from', (day, _lookup, { listedTo }) => listedBetween(day, listedTo)),
  listedTo: field('day', 'listed until', (day, _lookup, { listedFrom }) =>
    listedFrom == null ? listedBetween(null, day) : [],
  ),
  changedSince: field('moment', 'changed since', (moment) => [changedSince(moment)]),
  minVotes: least('minVotes', 'votes', sql`${papers.voteCount}`),
  minComments: least('minComments', 'comments', sql`${papers.commentCount}`),
  hasCode: field('flag', 'code', (wanted) => [hasLink('CODE', wanted)]),
  hasProjectPage: field('flag', 'a project page', (wanted) => [hasLink('PROJECT', wanted)]),
  hasModel: field('flag', 'a model', (wanted) => [hasLink('MODEL', wanted)]),
  hasDataset: field('flag', 'a data set', (wanted) => [hasLink('DATASET', wanted)]),
  hasDemo: field('flag', 'a demo', (wanted) => [hasLink('DEMO', wanted)]),
  query: field('search', 'matching', async (text, { db }) => {
    if (text.trim() === '') return []
    const condition = await queryCondition(db, text)
    return condition && [condition]
  }),
  like: field('papers', 'like', async (given, { db, liked, unliked }, { unlike }) => {
    const [near, far] = await Promise.all([liked(given), unliked(unlike ?? [])])
    if (near.rows.length === 0) return null
    const condition = await likenessCondition(db, idsOf(near.rows), idsOf(far.rows))
    return condition && [condition]
  }),
  unlike: field('papers', 'but unlike', () => []),
}
