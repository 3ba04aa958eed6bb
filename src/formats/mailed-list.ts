import type { MemberNames } from '../lists/member-names.ts'
import type { Period } from '../values/editions.ts'
import { listTitle } from './list-title.ts'
import type { PaperQuery } from './query-string.ts'

// What mails and the pages about them call a list, and how often it comes.

export const OFTEN: Record<Period, string> = { DAY: 'every day', WEEK: 'every week', MONTH: 'every month' }

/** Mails have papers in the order of votes, whatever the order of the list is elsewhere. */
export const mailedListTitle = ({ filter }: PaperQuery, nameOf: MemberNames): string =>
  listTitle({ filter, orderBy: 'MOST_VOTED' }, nameOf)
