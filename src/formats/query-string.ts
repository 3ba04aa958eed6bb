import { MAX_PAGE_SIZE } from '../lists/page.ts'
import { MAX_FILTER_MEMBERS, type PaperFilter } from '../lists/paper-filter.ts'
import { PAPER_ORDERS, type PaperOrderName } from '../lists/paper-orders.ts'
import { checkSearch } from '../lists/paper-query.ts'
import { isCalendarDay } from '../values/editions.ts'
import { BadUserInput } from '../values/errors.ts'
import { isStorable } from '../values/storable.ts'

/** A list of papers as an address names it: the same filter and order as in GraphQL, and how many. */
export interface PaperQuery {
  filter: PaperFilter
  orderBy: PaperOrderName
  first: number
}

type Lists = 'topics' | 'allTopics' | 'excludeTopics' | 'organizations' | 'authors' | 'submitters'
type Days = 'publishedFrom' | 'publishedTo' | 'listedFrom' | 'listedTo'
type Numbers = 'minVotes' | 'minComments'
type Flags = 'hasCode' | 'hasProjectPage'

/** How each field of the filter is written, in the order in which an address has them. */
const FIELDS: Record<keyof PaperFilter, Codec> = {
  topics: list('topics'),
  allTopics: list('allTopics'),
  excludeTopics: list('excludeTopics'),
  organizations: list('organizations'),
  authors: list('authors'),
  submitters: list('submitters'),
  publishedFrom: day('publishedFrom'),
  publishedTo: day('publishedTo'),
  listedFrom: day('listedFrom'),
  listedTo: day('listedTo'),
  minVotes: wholeNumber('minVotes'),
  minComments: wholeNumber('minComments'),
  hasCode: flag('hasCode'),
  hasProjectPage: flag('hasProjectPage'),
  query: {
    write: ({ query }) => (query?.trim() ? query : null),
    read: (text, filter) => {
      if (text.trim() === '') return
      checkSearch('query', text)
      filter.query = text
    },
  },
}

interface Codec {
  /** The value as text; null where it asks nothing. */
  write(filter: PaperFilter): string | null
  /** @throws BadUserInput */
  read(text: string, filter: PaperFilter): void
}

const ORDERS = Object.keys(PAPER_ORDERS) as PaperOrderName[]

/** The parameters that name a list of papers. */
export const PAPER_QUERY_PARAMETERS: readonly string[] = [...Object.keys(FIELDS), 'orderBy', 'first']

/**
 * A list as a query string without `?`, always the same for the same list: what asks nothing and what is the default is
 * left out. `parsePaperQuery` is its inverse.
 */
export function formatPaperQuery({ filter, orderBy, first }: PaperQuery, defaults: Omit<PaperQuery, 'filter'>): string {
  const parameters = new URLSearchParams()
  for (const [name, codec] of Object.entries(FIELDS)) {
    const text = codec.write(filter)
    if (text !== null) parameters.set(name, text)
  }
  if (orderBy !== defaults.orderBy) parameters.set('orderBy', orderBy)
  if (first !== defaults.first) parameters.set('first', String(first))
  // Commas and colons need no escape in a query, and an address that people read is better off without.
  return parameters.toString().replaceAll('%2C', ',').replaceAll('%3A', ':')
}

/**
 * The list that a query string names.
 *
 * @param more parameters that the address may have besides; they are left to the caller
 * @throws BadUserInput that names a parameter which is unknown, comes twice or has a wrong value, and what is allowed
 */
export function parsePaperQuery(
  parameters: URLSearchParams,
  defaults: Omit<PaperQuery, 'filter'>,
  more: readonly string[] = [],
): PaperQuery {
  const query: PaperQuery = { filter: {}, ...defaults }
  for (const [name, text] of readParameters(parameters, [...PAPER_QUERY_PARAMETERS, ...more])) {
    if (text === '') continue
    if (name === 'orderBy') query.orderBy = readOrder(text)
    else if (name === 'first') query.first = readFirst(text)
    else if (name in FIELDS) FIELDS[name as keyof PaperFilter].read(text, query.filter)
  }
  return query
}

/**
 * The parameters of an address, each given once.
 *
 * @throws BadUserInput that names a parameter which is unknown, comes twice or is not text, and what is allowed
 */
export function readParameters(parameters: URLSearchParams, known: readonly string[]): Map<string, string> {
  const read = new Map<string, string>()
  for (const [name, text] of parameters) {
    if (!known.includes(name))
      throw new BadUserInput(name, `There is no parameter "${name}". Allowed are ${known.join(', ')}.`)
    if (read.has(name))
      throw new BadUserInput(name, `"${name}" may be given once only; separate several values by commas.`)
    if (!isText(text)) throw new BadUserInput(name, `"${name}" must be text without NUL characters, in UTF-8.`)
    read.set(name, text)
  }
  return read
}

/** Whether a value of an address is text that can be stored. What was no UTF-8 has U+FFFD where it was decoded. */
export const isText = (text: string): boolean => isStorable(text) && !text.includes('\ufffd')

function readOrder(text: string): PaperOrderName {
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

/**
 * Members separated by commas, spaces around them left out. Within a member a comma, a percent sign, and space at its
 * ends are percent-encoded once more; a member without any character is a percent sign alone.
 */
function list(name: Lists): Codec {
  return {
    write: (filter) => {
      const members = filter[name]
      return members?.length ? members.map(writeMember).join(',') : null
    },
    read: (text, filter) => {
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
      if (members.length > 0) filter[name] = members
    },
  }
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

function day(name: Days): Codec {
  return {
    write: (filter) => filter[name] ?? null,
    read: (text, filter) => {
      if (!isCalendarDay(text))
        throw new BadUserInput(name, `"${name}" must be a day that the calendar has, such as 2026-02-17.`)
      filter[name] = text
    },
  }
}

function wholeNumber(name: Numbers): Codec {
  return {
    write: (filter) => (filter[name] == null ? null : String(filter[name])),
    read: (text, filter) => {
      const value = Number(text)
      // What GraphQL calls an Int.
      if (!/^-?\d{1,10}$/.test(text) || value !== (value | 0))
        throw new BadUserInput(name, `"${name}" must be a whole number.`)
      filter[name] = value
    },
  }
}

function flag(name: Flags): Codec {
  return {
    write: (filter) => (filter[name] == null ? null : String(filter[name])),
    read: (text, filter) => {
      if (text !== 'true' && text !== 'false') throw new BadUserInput(name, `"${name}" must be true or false.`)
      filter[name] = text === 'true'
    },
  }
}
