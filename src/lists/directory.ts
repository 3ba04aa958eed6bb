import { and, type SQL, sql } from 'drizzle-orm'
import { authors } from '../../drizzle/tables/authors.ts'
import { organizations } from '../../drizzle/tables/organizations.ts'
import { topics } from '../../drizzle/tables/topics.ts'
import type { Db } from '../db/client.ts'
import { BadUserInput } from '../values/errors.ts'
import { escapeLike, halvesOf, lookupForm, mistypings } from './lookup-form.ts'
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

/** Everything of one type, in one order, perhaps narrowed by what somebody types. */
export interface DirectoryList {
  name: DirectoryName
  order: Order
  query: string | null
}

// The table and not only the order is part of the name, so that a cursor of one directory does not open another.
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
 * How many names that are only near to what is typed a list has at most: those with most papers. Where so many match as
 * typed it has none: they would cost most there, and nobody would come to see them.
 */
export const MOST_NEAR = 100

/** So many letters have enough trigrams to tell near names by. */
const TRIGRAMS_FROM = 8

/** In longer queries neither mistakes are looked for nor pairs of words written in one, but all of them in one are. */
const MOST_WORDS = 6

/** The order of a list and its cursors. Of what somebody types the best come first, equals in the order asked for. */
export const directoryOrder = ({ order, query }: DirectoryList): Order =>
  isBlank(query) ? order : { ...order, name: `${order.name} of a query`, isRanked: true }

/**
 * The ids of one page of a directory; `request` was made for its `directoryOrder`. One statement, for a query at most
 * two.
 *
 * @throws BadUserInput for a query that is too long
 */
export async function directoryPage(db: Db, list: DirectoryList, request: PageRequest): Promise<Page<PageItem>> {
  const order = directoryOrder(list)
  const rows = isBlank(list.query) ? await rowsInOrder(db, list, request) : await rowsOfQuery(db, list, request)
  return toPage(rows, request, (row) => ({ id: row.id, cursor: encodeCursor(order, row) }))
}

/** How many names a directory has, or how many of it a query finds. */
export async function directoryCount(db: Db, list: DirectoryList): Promise<number> {
  const typed = isBlank(list.query) ? null : typedName(list)
  const near = typed && nearNames(list, typed)
  const [row] = await db.execute<{ count: number }>(sql`select (
    (select count(*) from ${TABLES[list.name]} ${whereAll(hasPapers(list.name), typed?.wordsBegin)})
    ${near ? sql`+ (select count(*) from (${near}) near)` : sql``})::int as count`)
  return row?.count ?? 0
}

const isBlank = (query: string | null): boolean => query === null || query.trim() === ''

/** Names whose papers are all hidden, or signed by others by now, are in no list. */
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

/** One page in the order of the list, perhaps only of what meets a condition. */
function slice({ name, order }: DirectoryList, request: PageRequest, condition?: SQL): SQL {
  const table = TABLES[name]
  const { where, orderBy } = pageOf(order, sql`${table.id}`, request)
  const rows = (more: SQL) => sql`select ${table.id} as id, ${order.key} as sort_key from ${table}
    ${whereAll(hasPapers(name), condition, ...where)} ${more}`
  if (condition === undefined || order.type !== 'text')
    return rows(sql`order by ${sql.join(orderBy, sql`, `)} limit ${request.limit + 1}`)
  // Names that begin alike stand together in the order of names, where a walk may begin far from them.
  const sorting = pageOf({ ...order, key: sql`sort_key` }, sql`id`, request).orderBy
  return sql`select * from (${rows(sql`offset 0`)}) found order by ${sql.join(sorting, sql`, `)} limit ${request.limit + 1}`
}

function pageOf(order: Order, id: SQL, request: PageRequest) {
  const values = keysetValues(request)
  return keyset(order, id, request, (name) => sql`${sql.param(values[name])}`)
}

/** Ranks of what a query finds, best first. Names alike by trigrams have `ALIKE` and those behind, by similarity. */
const [EXACT, BEGINS, WORDS_BEGIN, MISTYPED, ALIKE] = [0, 1, 2, 3, 4]

/** What matches as typed, and near names where that leaves room; backwards the other way round. */
async function rowsOfQuery(db: Db, list: DirectoryList, request: PageRequest): Promise<Position[]> {
  const typed = typedName(list)
  const ways = [rowsAsTyped, rowsNear]
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

/** Each rank apart, so that it can be read off an index in the order of the list. */
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

function rowsNear(list: DirectoryList, typed: TypedName, request: PageRequest): SQL | null {
  const near = nearNames(list, typed)
  if (near === null) return null
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
  return sql`select rank, id, sort_key from (${near}) near ${whereAll(beyond('after'), beyond('before'))}`
}

const rankedPosition = ({ key, id }: Position): Position & { rank: number } => {
  const blank = key.indexOf(' ')
  return { rank: Number(key.slice(0, blank)), key: key.slice(blank + 1), id }
}

/** What of a page can be of a rank; null where nothing can. */
function partOfRank(request: PageRequest, rank: number): PageRequest | null {
  const after = request.after && rankedPosition(request.after)
  const before = request.before && rankedPosition(request.before)
  if ((after && after.rank > rank) || (before && before.rank < rank)) return null
  return { ...request, after: after?.rank === rank ? after : null, before: before?.rank === rank ? before : null }
}

/**
 * As the indexes of slugs have them. Those of organizations keep their capitals and are folded by Postgres, the others
 * were folded in JavaScript when they were made: the two differ over capitals such as Σ.
 */
const isSlug = (name: DirectoryName, typed: string): SQL =>
  name === 'organizations'
    ? sql`lower(${organizations.slug}) = lower(${typed})`
    : sql`${TABLES[name].slug} = ${typed.toLowerCase()}`

/** What somebody typed, as conditions on the names of a table. Each of the first two implies the third. */
interface TypedName {
  form: string
  words: string[]
  exact: SQL
  begins: SQL
  /** Each typed word begins a word of the name, in whatever order; words that stand together may be one there. */
  wordsBegin: SQL
}

/** @throws BadUserInput for a query that is too long */
function typedName({ name, query }: DirectoryList): TypedName {
  const typed = (query ?? '').trim().replace(/\s+/g, ' ')
  if (typed.length > MAX_QUERY_LENGTH)
    throw new BadUserInput(
      'query',
      `\`query\` may have at most ${MAX_QUERY_LENGTH} characters; it has ${typed.length}.`,
    )
  const form = lookupForm(typed)
  const { lookup } = TABLES[name]
  const like = (pattern: string) => sql`${lookup} like ${pattern}`
  // No name has a word without a letter.
  if (form === '') return { form, words: [], exact: sql`false`, begins: sql`false`, wordsBegin: sql`false` }
  const inOrder = form.trim().split(' ')
  const words = [...new Set(inOrder)]
  const inOne = inOrder.join('')
  const isNamed = (whole: string) => sql`${lookup} = ${` ${whole}`} or ${like(` ${escapeLike(whole)} /%`)}`
  const allBegin = (some: string[]) =>
    sql`(${sql.join(
      some.map((word) => like(`% ${escapeLike(word)}%`)),
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
    wordsBegin: sql`(${sql.join([words, ...writtenInOne(inOrder)].map(allBegin), sql` or `)})`,
  }
}

/** Words with two neighbours as one word, each pair in turn, and all as one: `open ai` is also `openai`. */
function writtenInOne(words: string[]): string[][] {
  if (words.length < 2) return []
  const pairs = words.length > 2 && words.length <= MOST_WORDS ? words.slice(1) : []
  return [
    ...pairs.map((word, place) => [...words.slice(0, place), `${words[place]}${word}`, ...words.slice(place + 2)]),
    [words.join('')],
  ]
}

/**
 * Names that are near to what is typed, but not what was typed, with rank and sort key, where few match as typed: names
 * with the words that were meant but for a mistake in each, and in the room that these leave those alike by trigrams.
 * Found by index before they are ordered: in the order of an index, few of them could be far apart.
 */
function nearNames({ name, order }: DirectoryList, typed: TypedName): SQL | null {
  const table = TABLES[name]
  const asTyped = sql`select from ${table} ${whereAll(hasPapers(name), typed.wordsBegin)} limit ${MOST_NEAR}`
  const isShort = sql`(select count(*) from as_typed) < ${MOST_NEAR}`
  const found = (...conditions: SQL[]) => sql`
    select ${table.id} as id, ${order.key} as sort_key, ${table.paperCount} as paper_count, ${table.lookup} as lookup
    from ${table} ${whereAll(hasPapers(name), sql`not ${typed.wordsBegin}`, ...conditions)} offset 0`
  const byPapers = sql`paper_count desc, id desc`

  const parts: { name: string; rows: SQL }[] = []
  const mistyped = mistypedWords(typed)
  if (mistyped !== null) {
    const array = (patterns: string[]) => sql`${sql.param(patterns)}::text[]`
    // Pattern by pattern: for all at once Postgres often takes the whole table to be the shorter way, and it never is.
    parts.push({
      name: 'mistyped',
      rows: sql`select id, sort_key, ${sql.raw(`${MISTYPED}`)} as rank
        from (
          select distinct found.* from unnest(${array(mistyped.among)}) as asked (pattern)
          cross join lateral (${found(sql`${table.lookup} like asked.pattern`)}) found where ${isShort} offset 0
        ) found
        ${whereAll(...mistyped.tests.map((patterns) => sql`lookup like any (${array(patterns)})`))}
        order by ${byPapers} limit ${MOST_NEAR}`,
    })
  }
  if (typed.form.trim().length >= TRIGRAMS_FROM) {
    const others = mistyped && sql`${table.id} not in (select id from mistyped)`
    parts.push({
      name: 'alike',
      rows: sql`select id, sort_key,
          ${sql.raw(`${ALIKE + 10}`)} - round(10 * word_similarity(${typed.form}, lookup))::int as rank
        from (${found(isShort, sql`${typed.form} <% ${table.lookup}`, ...(others ? [others] : []))}) found
        order by ${byPapers} limit ${MOST_NEAR} ${mistyped ? sql`- (select count(*) from mistyped)` : sql``}`,
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
 * Patterns to find names by index among which are those that have all typed words, mistakes or not, and for each word that
 * these do not settle the patterns of names that have it. The index is asked for one word only: most have dozens of
 * patterns. Null where no word can be told from others with a mistake, or too many words would have to be looked for.
 */
function mistypedWords({ words }: TypedName): { among: string[]; tests: string[][] } | null {
  const meant = words
    .map((word) => ({ mistakes: mistypings(word), asTyped: `% ${escapeLike(word)}%`, halves: halvesOf(word) }))
    .map(({ mistakes, asTyped, halves }) => ({
      patterns: [asTyped, ...mistakes],
      among: halves ?? [asTyped, ...mistakes],
      isTold: mistakes.length > 0,
    }))
    .sort((a, b) => Number(b.isTold) - Number(a.isTold) || a.among.length - b.among.length)
  const [first, ...others] = meant
  if (!first?.isTold || words.length > MOST_WORDS) return null
  const tests = [...others, ...(first.among === first.patterns ? [] : [first])].map(({ patterns }) => patterns)
  return { among: first.among, tests: tests.sort((a, b) => a.length - b.length) }
}
