import { type SQL, sql } from 'drizzle-orm'
import { isCalendarDay } from '../values/editions.ts'
import { BadUserInput } from '../values/errors.ts'
import { isStorable } from '../values/storable.ts'

/** The arguments of a Relay connection, as the client gave them. */
export interface PageArgs {
  first?: number | null
  after?: string | null
  last?: number | null
  before?: string | null
}

/** The checked arguments of a page: `limit` items from one end of the list, between two positions. */
export interface PageRequest {
  limit: number
  backwards: boolean
  after: Position | null
  before: Position | null
}

/** One page of a list, in the order of the list, also if it was read backwards. */
export interface Page<Item> {
  items: Item[]
  hasNextPage: boolean
  hasPreviousPage: boolean
}

/** An id and its place in a list. */
export interface PageItem {
  id: number
  cursor: string
}

/** The sort key of a row, as Postgres writes it, and the id that decides between equal keys. */
export interface Position {
  key: string
  id: number
}

/**
 * A total order: by a key that is never null, then by id in the same direction. Cursors contain the name, so that a cursor
 * of another order is refused.
 */
export interface Order {
  name: string
  key: SQL
  type: keyof typeof KEY_FORMS
  descending: boolean
  /**
   * For a key in another table than that of the rows: the join of that table, and its column with the id of the row, because an
   * index has both columns.
   */
  joined?: { join: SQL; id: SQL }
  /** Whether rows are sorted by a rank (lowest first) before the key. The key in a cursor is then `RANK KEY`. */
  isRanked?: boolean
}

/** Checks keys in cursors. A wrong key would make the statement fail in Postgres. */
const KEY_FORMS = {
  int4: (key: string) => /^-?\d{1,10}$/.test(key) && Math.abs(Number(key)) <= 2_147_483_647,
  int8: (key: string) => /^\d{1,15}$/.test(key),
  float8: (key: string) =>
    key === '-Infinity' ||
    // Postgres refuses numbers that are too large, or too small and not zero.
    (/^-?\d+(\.\d+)?(e[+-]?\d{1,3})?$/.test(key) && Number.isFinite(Number(key)) && (Number(key) !== 0 || key === '0')),
  timestamptz: (key: string) =>
    key === '-infinity' ||
    (/^.{10} (?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,3})?\+00$/.test(key) && isCalendarDay(key.slice(0, 10))),
  date: isCalendarDay,
  text: isStorable,
}

export const MAX_PAGE_SIZE = 100

/**
 * Checks the arguments of a connection.
 *
 * @param order the list's order, whose cursors are expected
 * @param size  the page size if the client gives none
 * @throws BadUserInput naming the argument that is wrong
 */
export function pageRequest(args: PageArgs, order: Order, size = 20): PageRequest {
  return {
    ...pageSize(args, size),
    after: args.after == null ? null : decodeCursor(args.after, order, 'after'),
    before: args.before == null ? null : decodeCursor(args.before, order, 'before'),
  }
}

/** The number of items, and from which end. */
function pageSize({ first, last }: PageArgs, size = 20): { limit: number; backwards: boolean } {
  if (first != null && last != null)
    throw new BadUserInput('last', 'Give `first` to read forwards or `last` to read backwards, not both.')
  for (const [argument, value] of [
    ['first', first],
    ['last', last],
  ] as const)
    checkSize(argument, value, MAX_PAGE_SIZE)
  return { limit: first ?? last ?? size, backwards: last != null }
}

/** @throws BadUserInput unless the value is absent or from 1 to `most`. */
export function checkSize(argument: string, value: number | null | undefined, most: number): void {
  if (value != null && (value < 1 || value > most))
    throw new BadUserInput(argument, `\`${argument}\` must be from 1 to ${most}; it is ${value}.`)
}

/** The opaque text that names a position in a list. */
export const encodeCursor = (order: Order, { key, id }: Position): string =>
  Buffer.from(JSON.stringify([order.name, key, id])).toString('base64url')

/** A row's id and place. The cursor is encoded only when it is read: most pages need none. */
export class PlacedItem implements PageItem {
  readonly id: number
  readonly #order: Order
  readonly #key: string

  constructor(order: Order, { id, key }: Position) {
    this.id = id
    this.#order = order
    this.#key = key
  }

  get cursor(): string {
    return encodeCursor(this.#order, { key: this.#key, id: this.id })
  }
}

function decodeCursor(cursor: string, order: Order, argument: string): Position {
  const fail = (why: string) =>
    new BadUserInput(argument, `\`${argument}\` must be a cursor that this list gave: ${why}.`)
  let parts: unknown
  try {
    parts = JSON.parse(Buffer.from(cursor, 'base64url').toString())
  } catch {
    throw fail('this one cannot be read')
  }
  if (!Array.isArray(parts) || parts.length !== 3) throw fail('this one cannot be read')
  const [name, key, id] = parts
  if (name !== order.name) throw fail('this one comes from another list or another order')
  if (typeof key !== 'string' || !Number.isSafeInteger(id) || id < 0) throw fail('this one cannot be read')
  const sorted = order.isRanked ? /^\d{1,2} (.*)$/s.exec(key)?.[1] : key
  if (sorted === undefined || !KEY_FORMS[order.type](sorted)) throw fail('this one cannot be read')
  return { key, id }
}

/** Writes a value into a statement: as a placeholder if it is prepared, or as a parameter. */
export type Bind = (name: string) => SQL

/**
 * The `where` conditions and `order by` of one page. One row more than the page is read, to find out whether another page
 * follows. The condition is a row comparison, so that the index scan starts at the cursor.
 */
export function keyset(order: Order, id: SQL, request: PageRequest, bind: Bind) {
  const position = (end: 'after' | 'before') =>
    sql`(${bind(`${end}Key`)}::${sql.raw(order.type)}, ${bind(`${end}Id`)}::bigint)`
  const [later, earlier] = order.descending ? [sql`<`, sql`>`] : [sql`>`, sql`<`]
  const direction = order.descending !== request.backwards ? sql`desc` : sql`asc`
  return {
    where: [
      request.after && sql`(${order.key}, ${id}) ${later} ${position('after')}`,
      request.before && sql`(${order.key}, ${id}) ${earlier} ${position('before')}`,
    ].filter((condition) => condition !== null),
    orderBy: [sql`${order.key} ${direction}`, sql`${id} ${direction}`],
  }
}

/** The values that `keyset` binds. */
export const keysetValues = ({ limit, after, before }: PageRequest): Record<string, unknown> => ({
  limit: limit + 1,
  afterKey: after?.key,
  afterId: after?.id,
  beforeKey: before?.key,
  beforeId: before?.id,
})

/** The parts of a request that change the text of its statement. */
export const requestShape = ({ backwards, after, before }: PageRequest): string =>
  `${backwards ? 'b' : 'f'}${after ? 'a' : ''}${before ? 'z' : ''}`

/**
 * Makes a page of the rows, of which there may be one more than its size. A page read forwards has a previous page if
 * `after` is given: its row existed when the cursor was made. The same is true backwards with `before`.
 */
export function toPage<Row, Item>(rows: Row[], request: PageRequest, toItem: (row: Row) => Item): Page<Item> {
  const more = rows.length > request.limit
  const items = rows.slice(0, request.limit).map(toItem)
  return request.backwards
    ? { items: items.reverse(), hasNextPage: request.before !== null, hasPreviousPage: more }
    : { items, hasNextPage: more, hasPreviousPage: request.after !== null }
}

export const EMPTY_PAGE: Page<never> = { items: [], hasNextPage: false, hasPreviousPage: false }
