import { z } from 'zod'
import { FILTER_FIELDS, type FilterKind, type FilterKinds } from '../lists/filter-fields.ts'
import { MAX_PAGE_SIZE } from '../lists/page.ts'
import { MAX_FILTER_MEMBERS, MAX_SEEDS, type PaperFilter } from '../lists/paper-filter.ts'
import { checkOrder, PAPER_ORDERS, type PaperOrderName } from '../lists/paper-orders.ts'
import { checkSearch, MAX_SEARCH_LENGTH } from '../lists/paper-query.ts'
import {
  EDITION_NAME_FORMS,
  type EditionSpan,
  editionNamed,
  isCalendarDay,
  NEWEST_NAME_FORMS,
  newestNamed,
  type Period,
} from '../values/editions.ts'
import { BadUserInput } from '../values/errors.ts'
import { isDay, momentOf, startOfDay } from '../values/time.ts'
import { checked, form, isText, meaning, oneOf, readParameters, wholeNumber } from './parameters.ts'

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

/**
 * Members separated by commas, without the spaces around them. Within a member a comma, a percent sign, and spaces at its ends
 * are percent-encoded once more; an empty member is a percent sign alone.
 */
const listOf = (most: number): Codec<readonly string[]> => ({
  write: (members) => (members.length > 0 ? members.map(writeMember).join(',') : null),
  parameter: (name) =>
    meaning(
      splitMembers,
      z
        .array(z.string())
        .max(most, {
          error: ({ input }) => `"${name}" may have at most ${most} members; it has ${(input as string[]).length}.`,
        })
        .refine((members) => members.every(isText), `"${name}" must be text without NUL characters, in UTF-8.`),
    )
      .transform((members) => (members.length > 0 ? members : null))
      .meta({ param: { style: 'form', explode: false } }),
})

/** How the fields of each kind are written in an address. */
const CODECS: { [Kind in FilterKind]: Codec<FilterKinds[Kind]> } = {
  list: listOf(MAX_FILTER_MEMBERS),
  papers: listOf(MAX_SEEDS),
  day: {
    write: (day) => day,
    parameter: (name) =>
      z.string().refine(isCalendarDay, `"${name}" must be a calendar day such as 2026-02-17.`).meta({ format: 'date' }),
  },
  moment: {
    write: (moment) => moment,
    parameter: (name) =>
      form(name, 'a time such as 2026-02-17T09:30:00Z, or a day such as 2026-02-17', (text) =>
        // A plus sign in an address is a space.
        momentOf(isDay(text) ? startOfDay(text) : text.replace(' ', '+')),
      ).meta({ format: 'date-time' }),
  },
  integer: {
    write: String,
    parameter: (name) =>
      meaning(
        (text) => (/^-?\d{1,10}$/.test(text) ? Number(text) : text),
        // The range of GraphQL's Int.
        z.int32(`"${name}" must be a whole number.`),
      ),
  },
  flag: {
    write: String,
    parameter: (name) =>
      meaning(
        (text) => (text === 'true' || text === 'false' ? text === 'true' : text),
        z.boolean(`"${name}" must be true or false.`),
      ),
  },
  search: {
    write: (query) => (query.trim() === '' ? null : query),
    parameter: (name) =>
      z
        .string()
        .transform((text) => {
          if (text.trim() === '') return null
          checkSearch(name, text)
          return text
        })
        .meta({ maxLength: MAX_SEARCH_LENGTH }),
  },
}

interface Codec<Value> {
  /** The value as text; null if it does not restrict anything. */
  write(value: Value): string | null
  /** What reads the parameter of a field. A value of null does not restrict anything. */
  parameter(name: string): z.ZodType<Value | null>
}

const FIELD_NAMES = Object.keys(FILTER_FIELDS) as (keyof PaperFilter)[]

const codecOf = (name: keyof PaperFilter) => CODECS[FILTER_FIELDS[name].kind] as Codec<unknown>

const FIELDS = Object.fromEntries(
  FIELD_NAMES.map((name) => [name, CODECS[FILTER_FIELDS[name].kind].parameter(name).optional()]),
) as Record<keyof PaperFilter, z.ZodOptional<z.ZodType>>

const ORDER = oneOf('orderBy', Object.keys(PAPER_ORDERS) as PaperOrderName[])

/** The parameters that name a list of papers. `edition` stands for `listedFrom` and `listedTo`, and for `MOST_VOTED`. */
export const PAPER_QUERY = z.object({
  ...FIELDS,
  edition: form('edition', `${NEWEST_NAME_FORMS}, or ${EDITION_NAME_FORMS}`, editionOrNewest).optional(),
  orderBy: ORDER.optional(),
  first: wholeNumber('first', 1, MAX_PAGE_SIZE).optional(),
})

type PaperQueryParameters = z.output<typeof PAPER_QUERY>

/** The names of these parameters. */
export const PAPER_QUERY_PARAMETERS: readonly string[] = Object.keys(PAPER_QUERY.shape)

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
 * The list that a query string names, and all its parameters.
 *
 * @param schema the parameters that the address may have, if it may have others, too
 * @throws BadUserInput that names a parameter that is unknown, repeated or wrong, and says what is allowed
 */
export function parsePaperQuery<Schema extends typeof PAPER_QUERY>(
  parameters: URLSearchParams,
  defaults: Omit<PaperQuery, 'filter'>,
  schema?: Schema,
): { query: PaperQuery; given: z.output<Schema> } {
  const { query, given } = parseCurrentQuery(parameters, defaults, schema)
  const { newest, ...list } = query
  if (newest !== null) throw new BadUserInput('edition', `"edition" must be ${EDITION_NAME_FORMS}.`)
  return { query: list, given }
}

/** The same for lists that change with the calendar: `edition` may also be `day`, `week` or `month`, the newest of its kind. */
export function parseCurrentQuery<Schema extends typeof PAPER_QUERY>(
  parameters: URLSearchParams,
  defaults: Omit<PaperQuery, 'filter'>,
  schema: Schema = PAPER_QUERY as Schema,
): { query: CurrentQuery; given: z.output<Schema> } {
  const given = readParameters(parameters, schema) as z.output<Schema>
  const { edition, orderBy, first, ...fields }: PaperQueryParameters = given
  const query: CurrentQuery = { filter: {}, ...defaults, newest: null }
  const filter: Record<string, unknown> = query.filter
  for (const name of FIELD_NAMES) if (fields[name] != null) filter[name] = fields[name]
  if (edition !== undefined) {
    query.orderBy = EDITION_ORDER
    if (typeof edition === 'string') query.newest = edition
    else restrictListing(query.filter, { from: edition.startsOn, to: edition.endsOn })
  }
  if (orderBy !== undefined) query.orderBy = orderBy
  if (first !== undefined) query.first = first
  checkOrder(query.orderBy, query.filter)
  return { query, given }
}

/** Restricts a filter to papers that were listed on some days, beside the days that it has. */
export function restrictListing(filter: PaperFilter, { from, to }: { from: string; to: string }): void {
  if (filter.listedFrom == null || filter.listedFrom < from) filter.listedFrom = from
  if (filter.listedTo == null || filter.listedTo > to) filter.listedTo = to
}

/** @throws BadUserInput */
export const readOrder = (text: string): PaperOrderName =>
  checked(z.object({ orderBy: ORDER }), { orderBy: text }).orderBy

function editionOrNewest(name: string): EditionSpan | Period | null {
  return newestNamed(name) ?? editionNamed(name)
}

/** The members of a list, decoded. */
function splitMembers(text: string): string[] {
  return text
    .split(',')
    .map((member) => member.trim())
    .filter((member) => member !== '')
    .map(readMember)
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
