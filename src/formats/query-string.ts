import { FILTER_FIELDS, type FilterKind, type FilterKinds } from '../lists/filter-fields.ts'
import { MAX_PAGE_SIZE } from '../lists/page.ts'
import { MAX_FILTER_MEMBERS, type PaperFilter } from '../lists/paper-filter.ts'
import { PAPER_ORDERS, type PaperOrderName } from '../lists/paper-orders.ts'
import { checkSearch } from '../lists/paper-query.ts'
import {
  EDITION_NAME_FORMS,
  editionNamed,
  isCalendarDay,
  NEWEST_NAME_FORMS,
  newestNamed,
  type Period,
} from '../values/editions.ts'
import { BadUserInput } from '../values/errors.ts'
import { isText, readParameters } from './parameters.ts'

/** A list of papers as an address names it: the filter and order of GraphQL, and the number of papers. */
export interface PaperQuery {
  filter: PaperFilter
  orderBy: PaperOrderName
  first: number
}

/** A list that may be restricted to the newest edition of a period, whichever that is when the list is read. */
export interface CurrentQuery extends PaperQuery {
  newest: Period | null
}

/** How the fields of each kind are written in an address. */
const CODECS: { [Kind in FilterKind]: Codec<FilterKinds[Kind]> } = {
  /**
   * Members separated by commas, without the spaces around them. Within a member a comma, a percent sign, and spaces at
   * its ends are percent-encoded once more; an empty member is a percent sign alone.
   */
  list: {
    write: (members) => (members.length > 0 ? members.map(writeMember).join(',') : null),
    read: (text, name) => {
      const members = text
        .split(',')
        .map((member) => member.trim())
        .filter((member) => member !== '')
        .map(readMember)
      if (members.length > MAX_FILTER_MEMBERS)
        throw new BadUserInput(
          name,
          `"${name}" may have at most ${MAX_FILTER_MEMBERS} members; it has ${members.length}.`,
        )
      if (!members.every(isText))
        throw new BadUserInput(name, `"${name}" must be text without NUL characters, in UTF-8.`)
      return members.length > 0 ? members : null
    },
  },
  day: {
    write: (day) => day,
    read: (text, name) => {
      if (isCalendarDay(text)) return text
      throw new BadUserInput(name, `"${name}" must be a calendar day such as 2026-02-17.`)
    },
  },
  integer: {
    write: String,
    read: (text, name) => {
      const value = Number(text)
      // The range of GraphQL's Int.
      if (/^-?\d{1,10}$/.test(text) && value === (value | 0)) return value
      throw new BadUserInput(name, `"${name}" must be a whole number.`)
    },
  },
  flag: {
    write: String,
    read: (text, name) => {
      if (text === 'true' || text === 'false') return text === 'true'
      throw new BadUserInput(name, `"${name}" must be true or false.`)
    },
  },
  search: {
    write: (query) => (query.trim() === '' ? null : query),
    read: (text, name) => {
      if (text.trim() === '') return null
      checkSearch(name, text)
      return text
    },
  },
}

interface Codec<Value> {
  /** The value as text; null if it does not restrict anything. */
  write(value: Value): string | null
  /**
   * The value of a text; null if it does not restrict anything.
   *
   * @throws BadUserInput that names the parameter
   */
  read(text: string, name: string): Value | null
}

const FIELD_NAMES = Object.keys(FILTER_FIELDS) as (keyof PaperFilter)[]

const codecOf = (name: keyof PaperFilter) => CODECS[FILTER_FIELDS[name].kind] as Codec<unknown>

const ORDERS = Object.keys(PAPER_ORDERS) as PaperOrderName[]

/** The parameters that name a list of papers. `edition` stands for `listedFrom` and `listedTo`, and for `MOST_VOTED`. */
export const PAPER_QUERY_PARAMETERS: readonly string[] = [...FIELD_NAMES, 'edition', 'orderBy', 'first']

/**
 * A list as a query string without `?`. Equal lists have equal strings: fields that do not restrict anything, and defaults,
 * are left out, and an edition is written as its days. `parsePaperQuery` is the inverse.
 */
export function formatPaperQuery(
  { filter, orderBy, first, newest }: PaperQuery & Partial<CurrentQuery>,
  defaults: Omit<PaperQuery, 'filter'>,
): string {
  const parameters = new URLSearchParams()
  for (const name of FIELD_NAMES) {
    const value = filter[name]
    const text = value == null ? null : codecOf(name).write(value)
    if (text !== null) parameters.set(name, text)
  }
  if (newest) parameters.set('edition', newest.toLowerCase())
  if (orderBy !== (newest ? EDITION_ORDER : defaults.orderBy)) parameters.set('orderBy', orderBy)
  if (first !== defaults.first) parameters.set('first', String(first))
  // Commas and colons need no escape in a query, and an address without escapes is easier to read.
  return parameters.toString().replaceAll('%2C', ',').replaceAll('%3A', ':')
}

/** The order of an edition where an address does not say it. */
const EDITION_ORDER: PaperOrderName = 'MOST_VOTED'

/**
 * The list that a query string names, and its other parameters.
 *
 * @param more the names of other parameters that the address may have
 * @throws BadUserInput that names a parameter that is unknown, repeated or wrong, and says what is allowed
 */
export function parsePaperQuery(
  parameters: URLSearchParams,
  defaults: Omit<PaperQuery, 'filter'>,
  more: readonly string[] = [],
): { query: PaperQuery; given: Map<string, string> } {
  const { query, given } = parseCurrentQuery(parameters, defaults, more)
  const { newest, ...list } = query
  if (newest !== null) throw new BadUserInput('edition', `"edition" must be ${EDITION_NAME_FORMS}.`)
  return { query: list, given }
}

/** The same for lists that change with the calendar: `edition` may also be `day`, `week` or `month`, the newest of its kind. */
export function parseCurrentQuery(
  parameters: URLSearchParams,
  defaults: Omit<PaperQuery, 'filter'>,
  more: readonly string[] = [],
): { query: CurrentQuery; given: Map<string, string> } {
  const given = readParameters(parameters, [...PAPER_QUERY_PARAMETERS, ...more])
  const query: CurrentQuery = { filter: {}, ...defaults, newest: null }
  const filter: Record<string, unknown> = query.filter
  for (const [name, text] of given) {
    if (name === 'first') query.first = readFirst(text)
    else if (Object.hasOwn(FILTER_FIELDS, name)) {
      const value = codecOf(name as keyof PaperFilter).read(text, name)
      if (value !== null) filter[name] = value
    }
  }
  const [edition, order] = [given.get('edition'), given.get('orderBy')]
  if (edition !== undefined) {
    query.newest = newestNamed(edition)
    if (query.newest === null) restrictListing(query.filter, readEdition(edition))
    query.orderBy = EDITION_ORDER
  }
  if (order !== undefined) query.orderBy = readOrder(order)
  return { query, given }
}

/** Restricts a filter to papers that were listed on some days, beside the days that it has. */
export function restrictListing(filter: PaperFilter, { from, to }: { from: string; to: string }): void {
  if (filter.listedFrom == null || filter.listedFrom < from) filter.listedFrom = from
  if (filter.listedTo == null || filter.listedTo > to) filter.listedTo = to
}

function readEdition(text: string): { from: string; to: string } {
  const edition = editionNamed(text)
  if (edition === null)
    throw new BadUserInput('edition', `"edition" must be ${NEWEST_NAME_FORMS}, or ${EDITION_NAME_FORMS}.`)
  return { from: edition.startsOn, to: edition.endsOn }
}

/** @throws BadUserInput */
export function readOrder(text: string): PaperOrderName {
  const order = ORDERS.find((name) => name === text.toUpperCase())
  if (order === undefined) throw new BadUserInput('orderBy', `"orderBy" must be one of ${ORDERS.join(', ')}.`)
  return order
}

function readFirst(text: string): number {
  const first = /^\d{1,3}$/.test(text) ? Number(text) : 0
  if (first < 1 || first > MAX_PAGE_SIZE)
    throw new BadUserInput('first', `"first" must be a whole number from 1 to ${MAX_PAGE_SIZE}.`)
  return first
}

const writeMember = (member: string): string =>
  member === '' ? '%' : member.replace(/[%,]|^\s+|(?<!\s)\s+$/g, encodeURIComponent)

function readMember(text: string): string {
  if (text === '%') return ''
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (escaped) => {
    try {
      return decodeURIComponent(escaped)
    } catch {
      return escaped
    }
  })
}
