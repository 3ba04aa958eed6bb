import type { PaperOrderName } from '../lists/paper-orders.ts'
import { editionOf, type Period } from '../values/editions.ts'
import { editionTitle } from './edition-name.ts'
import type { PaperQuery } from './query-string.ts'

const PERIODS: readonly Period[] = ['DAY', 'WEEK', 'MONTH']

const ORDERS: Record<PaperOrderName, string> = {
  TRENDING: 'Trending papers',
  MOST_VOTED: 'Papers with most votes',
  MOST_DISCUSSED: 'Most discussed papers',
  NEWEST: 'Newest papers',
  OLDEST: 'Oldest papers',
  RECENTLY_LISTED: 'Recently listed papers',
}

/** What a list is called by those who see its address only: `Trending papers on agents from northlight-lab`. */
export function listTitle({ filter, orderBy }: PaperQuery): string {
  const said = (words: string, members: readonly string[] | null | undefined, joint: string) =>
    members?.length ? ` ${words} ${members.join(joint)}` : ''
  return [
    ORDERS[orderBy],
    filter.query?.trim() && ` matching “${filter.query.trim().replace(/\s+/g, ' ')}”`,
    said('on', filter.allTopics, ' and '),
    said(filter.allTopics?.length ? 'and' : 'on', filter.topics, ' or '),
    said('not on', filter.excludeTopics, ' or '),
    said('from', filter.organizations, ' or '),
    said('by', filter.authors, ' or '),
    said('listed by', filter.submitters, ' or '),
    days('published', filter.publishedFrom, filter.publishedTo),
    listedIn(filter.listedFrom, filter.listedTo) ?? days('listed', filter.listedFrom, filter.listedTo),
    filter.minVotes != null && filter.minVotes > 0 && ` with ${filter.minVotes} votes or more`,
    filter.minComments != null && filter.minComments > 0 && ` with ${filter.minComments} comments or more`,
    filter.hasCode != null && (filter.hasCode ? ' with code' : ' without code'),
    filter.hasProjectPage != null && (filter.hasProjectPage ? ' with a project page' : ' without a project page'),
  ]
    .filter(Boolean)
    .join('')
}

/** The edition that is all the days that are asked for; null where there is none. */
function listedIn(from: string | null | undefined, to: string | null | undefined): string | null {
  if (from == null || to == null) return null
  const edition = PERIODS.map((period) => editionOf(period, from)).find(
    (one) => one.startsOn === from && one.endsOn === to,
  )
  return edition ? ` listed ${edition.period === 'DAY' ? 'on' : 'in'} ${editionTitle(edition)}` : null
}

function days(what: string, from: string | null | undefined, to: string | null | undefined): string {
  if (from != null && from === to) return ` ${what} on ${from}`
  return [from != null && ` ${what} from ${from}`, to != null && (from == null ? ` ${what} until ${to}` : ` to ${to}`)]
    .filter(Boolean)
    .join('')
}
