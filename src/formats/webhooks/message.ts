import type { EditionSpan } from '../../values/editions.ts'
import type { DeliveredEvent } from '../../values/webhooks.ts'
import { editionTitle } from '../edition-name.ts'

/** A paper in a message. */
export interface MessagePaper {
  id: string
  arxivId: string | null
  title: string
  url: string
  summary: string | null
  publishedAt: string
  listedOn: string | null
  voteCount: number
  commentCount: number
  organization: string | null
  /** The first authors, and how many there are. */
  authors: readonly string[]
  authorCount: number
  topics: readonly string[]
}

/** What every form says, each in its own way. */
export interface WebhookMessage {
  event: DeliveredEvent
  listName: string
  papers: readonly MessagePaper[]
  /** The number of votes of VOTES_REACHED. */
  votes: number | null
  /** The edition of EDITION_FINAL, and how many papers of the list it has. */
  edition: (EditionSpan & { paperCount: number }) | null
}

const number = (count: number): string => count.toLocaleString('en')
const papersIn = (count: number): string => `${number(count)} ${count === 1 ? 'paper' : 'papers'}`

/** The sentence above the papers. */
export function headingOf({ event, listName, papers, votes, edition }: WebhookMessage, list = `“${listName}”`): string {
  const some = papersIn(papers.length)
  if (event === 'PAPER_LISTED')
    return `${papers.length === 1 ? 'A new paper' : `${number(papers.length)} new papers`} in ${list}`
  if (event === 'PAPER_CHANGED') return `${some} in ${list} changed`
  if (event === 'VOTES_REACHED')
    return `${some} in ${list} reached ${number(votes ?? 0)} ${votes === 1 ? 'vote' : 'votes'}`
  if (edition !== null) {
    const shown = edition.paperCount > papers.length ? `, the first ${number(papers.length)} by votes` : ''
    return `${list}, ${editionTitle(edition)}: ${papersIn(edition.paperCount)}${shown}`
  }
  return papers.length === 0
    ? `A test of the webhook of ${list}, which has no papers yet`
    : `A test of the webhook of ${list}. Its newest papers look like this`
}

/** The line below a title: who wrote the paper, where, and how it does. */
export function bylineOf({ authors, authorCount, organization, voteCount, commentCount }: MessagePaper): string {
  const others = authorCount - authors.length
  const names = others > 0 ? `${authors.join(', ')} and ${number(others)} more` : authors.join(', ')
  const counts = [
    voteCount > 0 ? `${number(voteCount)} ${voteCount === 1 ? 'vote' : 'votes'}` : '',
    commentCount > 0 ? `${number(commentCount)} ${commentCount === 1 ? 'comment' : 'comments'}` : '',
  ]
  return [names, organization ?? '', ...counts].filter((part) => part !== '').join(' · ')
}

/** A text on one line with at most so many characters, cut between characters. */
export function shortened(text: string, longest: number): string {
  const line = text.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim()
  if (line.length <= longest) return line
  const cut = line.slice(0, longest - 1).replace(/[\ud800-\udbff]$/, '')
  return `${cut.trimEnd()}…`
}
