import { FILTER_FIELDS, type FilterKind, type FilterKinds } from '../lists/filter-fields.ts'
import type { MemberNames } from '../lists/member-names.ts'
import type { PaperFilter } from '../lists/paper-filter.ts'
import type { PaperOrderName } from '../lists/paper-orders.ts'
import { type EditionSpan, editionOf, PERIODS } from '../values/editions.ts'
import { editionTitle } from './edition-name.ts'
import { numeral } from './html/paper-card.ts'
import type { CurrentQuery, PaperQuery } from './query-string.ts'

const ORDERS: Record<PaperOrderName, string> = {
  TRENDING: 'Trending papers',
  MOST_VOTED: 'Papers with most votes',
  MOST_DISCUSSED: 'Most discussed papers',
  NEWEST: 'Newest papers',
  OLDEST: 'Oldest papers',
  RECENTLY_LISTED: 'Recently listed papers',
  RECENTLY_CHANGED: 'Recently changed papers',
  LIKENESS: 'Nearest papers',
}

/** How many papers a title names; titles of papers are long. */
const MOST_NAMED = 3
const LONGEST_NAME = 80

function someOf(names: readonly string[]): string {
  const [first = '', ...rest] = names.length > MOST_NAMED ? [...names.slice(0, MOST_NAMED - 1)] : names
  const others = names.length > MOST_NAMED ? `${names.length - MOST_NAMED + 1} others` : rest.pop()
  return [[first, ...rest].join(', '), others].filter((part) => part !== undefined).join(' and ')
}

function quoted(name: string): string {
  const text = name.trim().replace(/\s+/g, ' ')
  return `“${text.length > LONGEST_NAME ? `${text.slice(0, LONGEST_NAME).trimEnd()}…` : text}”`
}

/** The phrase for a value of each kind; empty if the value does not restrict anything. */
const PHRASES: { [Kind in FilterKind]: (value: FilterKinds[Kind], words: string) => string } = {
  list: (members, words) => (members.length > 0 ? `${words} ${members.join(' or ')}` : ''),
  day: (day, words) => `${words} ${day}`,
  moment: (moment, words) => `${words} ${moment.slice(0, 16).replace('T', ' ')} UTC`,
  integer: (least, words) =>
    least > 0 ? `with ${numeral(least)} ${least === 1 ? words.slice(0, -1) : words} or more` : '',
  flag: (wanted, words) => `${wanted ? 'with' : 'without'} ${words}`,
  papers: (members, words) => (members.length === 0 ? '' : `${words} ${someOf(members.map(quoted))}`),
  search: (query, words) => (query.trim() === '' ? '' : `${words} “${query.trim().replace(/\s+/g, ' ')}”`),
}

/** The fields in the order of their phrases. */
const FIELD_NAMES = [...new Set(['query', 'allTopics', ...Object.keys(FILTER_FIELDS)])] as (keyof PaperFilter)[]

/** Where names cannot be read: what the filter says. */
const asWritten: MemberNames = (_field, member) => member

/**
 * The title of a list that is known by its filter and order only: `Trending papers on Agents from Northlight Lab`. An edition
 * with most votes first is `Papers of 17 February 2026`, and the newest one `Papers of the day`.
 */
export function listTitle(
  { filter, orderBy, newest }: Pick<PaperQuery, 'filter' | 'orderBy'> & Partial<CurrentQuery>,
  nameOf = asWritten,
): string {
  const named = withNames(filter, nameOf)
  const edition = orderBy === 'MOST_VOTED' && !newest ? editionOfDays(filter) : null
  const combined = { ...combinedPhrases(named), ...(edition && { listedFrom: '', listedTo: '' }) }
  const phrases = FIELD_NAMES.map((name) => combined[name] ?? phraseOf(name, named[name]))
  const saysOrder = orderBy === 'RECENTLY_CHANGED' && filter.changedSince != null
  const subject = edition || saysOrder || (newest && orderBy === 'MOST_VOTED') ? 'Papers' : ORDERS[orderBy]
  const when = edition ? `of ${editionTitle(edition)}` : newest ? `of the ${newest.toLowerCase()}` : ''
  return [subject, when, ...phrases].filter((phrase) => phrase !== '').join(' ')
}

const MEMBER_FIELDS = [
  'topics',
  'allTopics',
  'excludeTopics',
  'organizations',
  'authors',
  'submitters',
  'like',
  'unlike',
] as const

function withNames(filter: PaperFilter, nameOf: MemberNames): PaperFilter {
  const named = { ...filter }
  for (const field of MEMBER_FIELDS) {
    const members = filter[field]
    if (members != null) named[field] = members.map((member) => nameOf(field, member))
  }
  return named
}

function phraseOf(name: keyof PaperFilter, value: unknown): string {
  if (value == null) return ''
  const { kind, words } = FILTER_FIELDS[name]
  return (PHRASES[kind] as (value: unknown, words: string) => string)(value, words)
}

/** The phrases of fields that depend on another field. */
function combinedPhrases(filter: PaperFilter): Partial<Record<keyof PaperFilter, string>> {
  const { topics, allTopics, publishedFrom, publishedTo, listedFrom, listedTo } = filter
  const phrases: Partial<Record<keyof PaperFilter, string>> = {}
  if (allTopics?.length) {
    phrases.allTopics = `on ${allTopics.join(' and ')}`
    if (topics?.length) phrases.topics = `and ${topics.join(' or ')}`
  }
  if (publishedFrom != null && publishedTo != null) {
    phrases.publishedFrom = `published ${days(publishedFrom, publishedTo)}`
    phrases.publishedTo = ''
  }
  if (listedFrom != null && listedTo != null) {
    phrases.listedFrom = `listed ${editionPhrase(filter) ?? days(listedFrom, listedTo)}`
    phrases.listedTo = ''
  }
  return phrases
}

const days = (from: string, to: string): string => (from === to ? `on ${from}` : `from ${from} to ${to}`)

function editionPhrase(filter: PaperFilter): string | null {
  const edition = editionOfDays(filter)
  return edition && `${edition.period === 'DAY' ? 'on' : 'in'} ${editionTitle(edition)}`
}

/** The edition that has exactly the days of a filter; null if there is none. */
export function editionOfDays({ listedFrom, listedTo }: PaperFilter): EditionSpan | null {
  if (listedFrom == null || listedTo == null) return null
  const editions = PERIODS.map((period) => editionOf(period, listedFrom))
  return editions.find(({ startsOn, endsOn }) => startsOn === listedFrom && endsOn === listedTo) ?? null
}
