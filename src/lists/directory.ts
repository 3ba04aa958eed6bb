import { and, type SQL, sql } from 'drizzle-orm'
import { authors } from '../../drizzle/tables/authors.ts'
import { organizations } from '../../drizzle/tables/organizations.ts'
import { topics } from '../../drizzle/tables/topics.ts'
import type { Db } from '../db/client.ts'
import { joinsOf, MOST_WORDS_OF_NAME, SHORTEST_FOR_TRIGRAMS } from '../search/misspellings.ts'
import { BadUserInput } from '../values/errors.ts'
import { nameOf } from '../values/text.ts'
import { editPatterns, escapeLike, halfPatterns, lookupForm, prefixPattern } from './lookup-form.ts'
import {
  encodeCursor,
  keyset,
  keysetValues,
  type Order,
  type Page,
  type PageItem,
  type PageRequest,
  type Position,
  toPage,
} from './page.ts'

const TABLES = { authors, organizations, topics }

export type DirectoryName = keyof typeof TABLES
type DirectoryTable = (typeof TABLES)[DirectoryName]

/** All authors, organizations or topics in one order, or those that match what a user typed. */
export interface DirectoryList {
  name: DirectoryName
  order: Order
  query: string | null
}

// The name has the table, too, so that a cursor of one directory is not valid in another.
const byCount = (name: string, key: SQL): Order => ({ name, key, type: 'int4', descending: true })
const byName = (name: string, column: DirectoryTable['name']): Order => ({
  name,
  key: sql`lower(${column}) collate "C"`,
  type: 'text',
  descending: false,
})

export const AUTHOR_ORDERS = {
  PAPER_COUNT: byCount('author PAPER_COUNT', sql`${authors.paperCount}`),
  VOTES: byCount('author VOTES', sql`${authors.voteCount}`),
  NAME: byName('author NAME', authors.name),
}
export const ORGANIZATION_ORDERS = {
  PAPER_COUNT: byCount('organization PAPER_COUNT', sql`${organizations.paperCount}`),
  VOTES: byCount('organization VOTES', sql`${organizations.voteCount}`),
  NAME: byName('organization NAME', organizations.name),
}
export const TOPIC_ORDERS: Record<'PAPER_COUNT' | 'TRENDING' | 'NAME', Order> = {
  PAPER_COUNT: byCount('topic PAPER_COUNT', sql`${topics.paperCount}`),
  TRENDING: { name: 'topic TRENDING', key: sql`${topics.trendingScore}`, type: 'float8', descending: true },
  NAME: byName('topic NAME', topics.name),
}

export const MAX_QUERY_LENGTH = 200

/**
 * The most fuzzy matches (misspelled or similar names) in a list: those with the most papers. A list has none if this many
 * names match as typed: the search for them would be slowest there, and no client pages that far.
 */
export const MAX_FUZZY_MATCHES = 100

/** The order of a list and its cursors. A query ranks best matches first, and equal ones in the requested order. */
export const directoryOrder = ({ order, query }: DirectoryList): Order =>
  isBlank(query) ? order : { ...order, name: `${order.name} of a query`, isRanked: true }

/**
 * The ids of one page of a directory; `request` is made for its `directoryOrder`. One statement; at most two for a query.
 *
 * @throws BadUserInput for a query that is too long
 */
export async function directoryPage(db: Db, list: DirectoryList, request: PageRequest): Promise<Page<PageItem>> {
  const order = directoryOrder(list)
  const rows = isBlank(list.query) ? await rowsInOrder(db, list, request) : await rowsOfQuery(db, list, request)
  return toPage(rows, request, (row) => ({ id: row.id, cursor: encodeCursor(order, row) }))
}

/** How many names a directory has, or how many of them a query finds. */
export async function directoryCount(db: Db, list: DirectoryList): Promise<number> {
  const typed = isBlank(list.query) ? null : typedName(list)
  const fuzzy = typed && fuzzyMatches(list, typed)
  const [row] = await db.execute<{ count: number }>(sql`select (
    (select count(*) from ${TABLES[list.name]} ${whereAll(hasPapers(list.name), typed?.wordsBegin)})
    ${fuzzy ? sql`+ (select count(*) from (${fuzzy}) fuzzy)` : sql``})::int as count`)
  return row?.count ?? 0
}

const isBlank = (query: string | null): boolean => query === null || query.trim() === ''

/** A name without papers is in no list: its papers are hidden, or now have other authors. */
const hasPapers = (name: DirectoryName): SQL => sql`${TABLES[name].paperCount} > 0`

const whereAll = (...conditions: (SQL | undefined)[]): SQL => {
  const condition = and(...conditions)
  return condition ? sql`where ${condition}` : sql``
}

async function rowsInOrder(db: Db, list: DirectoryList, request: PageRequest): Promise<Position[]> {
  const rows = await db.execute<{ id: string; key: string }>(sql`select id, sort_key::text as key
    from (${slice(list, request)}) slice`)
  return rows.map(({ id, key }) => ({ id: Number(id), key }))
}

/** One page in the order of the list, optionally of the rows that meet a condition. */
function slice({ name, order }: DirectoryList, request: PageRequest, condition?: SQL): SQL {
  const table = TABLES[name]
  const { where, orderBy } = pageOf(order, sql`${table.id}`, request)
  const rows = (more: SQL) => sql`select ${table.id} as id, ${order.key} as sort_key from ${table}
    ${whereAll(hasPapers(name), condition, ...where)} ${more}`
  if (condition === undefined || order.type !== 'text')
    return rows(sql`order by ${sql.join(orderBy, sql`, `)} limit ${request.limit + 1}`)
  // Sort after filtering: an index walk by name could start far from the names that match, which are next to each other.
  const sorting = pageOf({ ...order, key: sql`sort_key` }, sql`id`, request).orderBy
  return sql`select * from (${rows(sql`offset 0`)}) found order by ${sql.join(sorting, sql`, `)} limit ${request.limit + 1}`
}

function pageOf(order: Order, id: SQL, request: PageRequest) {
  const values = keysetValues(request)
  return keyset(order, id, request, (name) => sql`${sql.param(values[name])}`)
}

/** Ranks of matches, best first. Names found by trigrams have `SIMILAR` to `SIMILAR + 10`, by similarity. */
const [EXACT, BEGINS, WORDS_BEGIN, MISSPELLED, SIMILAR] = [0, 1, 2, 3, 4]

/** Names that match as typed, then fuzzy matches if the page has room; in reverse for a page backwards. */
async function rowsOfQuery(db: Db, list: DirectoryList, request: PageRequest): Promise<Position[]> {
  const typed = typedName(list)
  const ways = [rowsAsTyped, fuzzyRows]
  const rows: Position[] = []
  for (const way of request.backwards ? ways.reverse() : ways) {
    const ranked = rows.length > request.limit ? null : way(list, typed, request)
    if (ranked === null) continue
    const direction = request.backwards ? sql`desc` : sql`asc`
    const { orderBy } = pageOf({ ...list.order, key: sql`sort_key` }, sql`id`, request)
    const found = await db.execute<{ id: string; key: string }>(sql`select id, rank || ' ' || sort_key as key
      from (${ranked}) ranked order by rank ${direction}, ${sql.join(orderBy, sql`, `)} limit ${request.limit + 1 - rows.length}`)
    rows.push(...found.map(({ id, key }) => ({ id: Number(id), key })))
  }
  return rows
}

/** One subquery per rank, so that each can read an index in the order of the list. */
function rowsAsTyped(list: DirectoryList, { exact, begins, wordsBegin }: TypedName, request: PageRequest): SQL | null {
  const slices = [
    { rank: EXACT, condition: exact },
    { rank: BEGINS, condition: sql`${begins} and not ${exact}` },
    { rank: WORDS_BEGIN, condition: sql`${wordsBegin} and not ${begins} and not ${exact}` },
  ].flatMap(({ rank, condition }) => {
    const part = partOfRank(request, rank)
    return part ? [sql`(select ${sql.raw(`${rank}`)} as rank, * from (${slice(list, part, condition)}) slice)`] : []
  })
  return slices.length > 0 ? sql.join(slices, sql` union all `) : null
}

function fuzzyRows(list: DirectoryList, typed: TypedName, request: PageRequest): SQL | null {
  const fuzzy = fuzzyMatches(list, typed)
  if (fuzzy === null) return null
  const beyond = (end: 'after' | 'before'): SQL | undefined => {
    const position = request[end] && rankedPosition(request[end])
    if (!position) return undefined
    const [nearer] = pageOf({ ...list.order, key: sql`sort_key` }, sql`id`, {
      ...request,
      after: null,
      before: null,
      [end]: position,
    }).where
    const isFurther = end === 'after' ? sql`rank > ${position.rank}` : sql`rank < ${position.rank}`
    return sql`(${isFurther} or rank = ${position.rank} and ${nearer})`
  }
  return sql`select rank, id, sort_key from (${fuzzy}) fuzzy ${whereAll(beyond('after'), beyond('before'))}`
}

const rankedPosition = ({ key, id }: Position): Position & { rank: number } => {
  const blank = key.indexOf(' ')
  return { rank: Number(key.slice(0, blank)), key: key.slice(blank + 1), id }
}

/** The request for the rows of one rank; null if the cursors exclude that rank. */
function partOfRank(request: PageRequest, rank: number): PageRequest | null {
  const after = request.after && rankedPosition(request.after)
  const before = request.before && rankedPosition(request.before)
  if ((after && after.rank > rank) || (before && before.rank < rank)) return null
  return { ...request, after: after?.rank === rank ? after : null, before: before?.rank === rank ? before : null }
}

/**
 * Compares slugs as their indexes do: Postgres lowercases those of organizations, JavaScript lowercased the others before
 * they were stored. The two differ for capitals such as Σ.
 */
const isSlug = (name: DirectoryName, typed: string): SQL =>
  name === 'organizations'
    ? sql`lower(${organizations.slug}) = lower(${typed})`
    : sql`${TABLES[name].slug} = ${typed.toLowerCase()}`

/** A typed query as conditions on the names of a table. `exact` and `begins` imply `wordsBegin`. */
interface TypedName {
  form: string
  words: string[]
  exact: SQL
  begins: SQL
  /** Each typed word is the beginning of a word in the name, in any order. Two adjacent words may be one word in the name. */
  wordsBegin: SQL
}

/** @throws BadUserInput for a query that is too long */
function typedName({ name, query }: DirectoryList): TypedName {
  const typed = nameOf(query ?? '')
  if (typed.length > MAX_QUERY_LENGTH)
    throw new BadUserInput(
      'query',
      `\`query\` may have at most ${MAX_QUERY_LENGTH} characters; it has ${typed.length}.`,
    )
  const form = lookupForm(typed)
  const { lookup } = TABLES[name]
  const like = (pattern: string) => sql`${lookup} like ${pattern}`
  // A query without words finds nothing.
  if (form === '') return { form, words: [], exact: sql`false`, begins: sql`false`, wordsBegin: sql`false` }
  const inOrder = form.trim().split(' ')
  const words = [...new Set(inOrder)]
  const inOne = inOrder.join('')
  const isNamed = (whole: string) => sql`${lookup} = ${` ${whole}`} or ${like(` ${escapeLike(whole)} /%`)}`
  const allBegin = (some: string[]) =>
    sql`(${sql.join(
      some.map((word) => like(prefixPattern(word))),
      sql` and `,
    )})`
  return {
    form,
    words,
    exact: sql`(${sql.join(
      [...new Set([form.trim(), inOne])].map(isNamed).concat(isSlug(name, typed), isSlug(name, inOne)),
      sql` or `,
    )})`,
    begins: like(`${escapeLike(form)}%`),
    wordsBegin: sql`(${sql.join([words, ...joinsOf(inOrder)].map(allBegin), sql` or `)})`,
  }
}

/**
 * Fuzzy matches with rank and sort key, if few names match as typed: first names with each typed word, changed by at most one
 * edit, then names with similar trigrams, `MAX_FUZZY_MATCHES` in all. An index finds them, and they are sorted afterwards:
 * a scan in the order of the list could have to read far.
 */
function fuzzyMatches({ name, order }: DirectoryList, typed: TypedName): SQL | null {
  const table = TABLES[name]
  const asTyped = sql`select from ${table} ${whereAll(hasPapers(name), typed.wordsBegin)} limit ${MAX_FUZZY_MATCHES}`
  const isShort = sql`(select count(*) from as_typed) < ${MAX_FUZZY_MATCHES}`
  const found = (...conditions: SQL[]) => sql`
    select ${table.id} as id, ${order.key} as sort_key, ${table.paperCount} as paper_count, ${table.lookup} as lookup
    from ${table} ${whereAll(hasPapers(name), sql`not ${typed.wordsBegin}`, ...conditions)} offset 0`
  const byPapers = sql`paper_count desc, id desc`

  const parts: { name: string; rows: SQL }[] = []
  const misspelled = misspelledWords(typed)
  if (misspelled !== null) {
    const array = (patterns: string[]) => sql`${sql.param(patterns)}::text[]`
    // One index scan per pattern: for all patterns at once Postgres often scans the whole table, which is slower.
    parts.push({
      name: 'misspelled',
      rows: sql`select id, sort_key, ${sql.raw(`${MISSPELLED}`)} as rank
        from (
          select distinct found.* from unnest(${array(misspelled.searched)}) as searched (pattern)
          cross join lateral (${found(sql`${table.lookup} like searched.pattern`)}) found where ${isShort} offset 0
        ) found
        ${whereAll(...misspelled.tests.map((patterns) => sql`lookup like any (${array(patterns)})`))}
        order by ${byPapers} limit ${MAX_FUZZY_MATCHES}`,
    })
  }
  if (typed.form.trim().length >= SHORTEST_FOR_TRIGRAMS.name) {
    const others = misspelled && sql`${table.id} not in (select id from misspelled)`
    parts.push({
      name: 'by_trigrams',
      rows: sql`select id, sort_key,
          ${sql.raw(`${SIMILAR + 10}`)} - round(10 * word_similarity(${typed.form}, lookup))::int as rank
        from (${found(isShort, sql`${typed.form} <% ${table.lookup}`, ...(others ? [others] : []))}) found
        order by ${byPapers} limit ${MAX_FUZZY_MATCHES} ${misspelled ? sql`- (select count(*) from misspelled)` : sql``}`,
    })
  }
  if (parts.length === 0) return null
  return sql`with as_typed as materialized (${asTyped}), ${sql.join(
    parts.map((part) => sql`${sql.raw(part.name)} as materialized (${part.rows})`),
    sql`, `,
  )} ${sql.join(
    parts.map((part) => sql`select id, sort_key, rank from ${sql.raw(part.name)}`),
    sql` union all `,
  )}`
}

/**
 * The patterns that the index is searched for, and the patterns that each result is tested with, one list for each other word.
 * The index is searched only for the word with the fewest patterns, because most words have dozens. Null if no word is long
 * enough for an edit, or there are too many words.
 */
function misspelledWords({ words }: TypedName): { searched: string[]; tests: string[][] } | null {
  const patternsOfEach = words
    .map((word) => ({ edits: editPatterns(word), asTyped: prefixPattern(word), halves: halfPatterns(word) }))
    .map(({ edits, asTyped, halves }) => ({
      patterns: [asTyped, ...edits],
      searched: halves ?? [asTyped, ...edits],
      hasEdits: edits.length > 0,
    }))
    .sort((a, b) => Number(b.hasEdits) - Number(a.hasEdits) || a.searched.length - b.searched.length)
  const [first, ...others] = patternsOfEach
  if (!first?.hasEdits || words.length > MOST_WORDS_OF_NAME) return null
  // Patterns of halves also find names without the word.
  const tests = [...others, ...(first.searched === first.patterns ? [] : [first])].map(({ patterns }) => patterns)
  return { searched: first.searched, tests: tests.sort((a, b) => a.length - b.length) }
}
