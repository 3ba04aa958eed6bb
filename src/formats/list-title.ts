import { FILTER_FIELDS, type FilterKind, type FilterKinds } from '../lists/filter-fields.ts'
import type { PaperFilter } from '../lists/paper-filter.ts'
import type { PaperOrderName } from '../lists/paper-orders.ts'
import { editionOf, PERIODS } from '../values/editions.ts'
import { editionTitle } from './edition-name.ts'
import type { PaperQuery } from './query-string.ts'

const ORDERS: Record<PaperOrderName, string> = {
  TRENDING: 'Trending papers',
  MOST_VOTED: 'Papers with most votes',
  MOST_DISCUSSED: 'Most discussed papers',
  NEWEST: 'Newest papers',
  OLDEST: 'Oldest papers',
  RECENTLY_LISTED: 'Recently listed papers',
}

/** The phrase for a value of each kind; empty if the value does not restrict anything. */
const PHRASES: { [Kind in FilterKind]: (value: FilterKinds[Kind], words: string) => string } = {
  list: (members, words) => (members.length > 0 ? `${words} ${members.join(' or ')}` : ''),
  day: (day, words) => `${words} ${day}`,
  integer: (least, words) => (least > 0 ? `with ${least} ${words} or more` : ''),
  flag: (wanted, words) => `${wanted ? 'with' : 'without'} ${words}`,
  search: (query, words) => (query.trim() === '' ? '' : `${words} “${query.trim().replace(/\s+/g, ' ')}”`),
}

/** The fields in the order of their phrases. */
const FIELD_NAMES = [...new Set(['query', 'allTopics', ...Object.keys(FILTER_FIELDS)])] as (keyof PaperFilter)[]

/** The title of a list that is known by its filter and order only: `Trending papers on agents from northlight-lab`. */
export function listTitle({ filter, orderBy }: PaperQuery): string {
  const combined = combinedPhrases(filter)
  const phrases = FIELD_NAMES.map((name) => combined[name] ?? phraseOf(name, filter[name]))
  return [ORDERS[orderBy], ...phrases].filter((phrase) => phrase !== '').join(' ')
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
    phrases.listedFrom = `listed ${edition(listedFrom, listedTo) ?? days(listedFrom, listedTo)}`
    phrases.listedTo = ''
  }
  return phrases
}

const days = (from: string, to: string): string => (from === to ? `on ${from}` : `from ${from} to ${to}`)

/** The edition that has exactly these days; null if there is none. */
function edition(from: string, to: string): string | null {
  const found = PERIODS.map((period) => editionOf(period, from)).find(
    ({ startsOn, endsOn }) => startsOn === from && endsOn === to,
  )
  return found ? `${found.period === 'DAY' ? 'on' : 'in'} ${editionTitle(found)}` : null
}
