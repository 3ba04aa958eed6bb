import { forEachFeedFormat } from './feed/formats.ts'
import { FEED_DEFAULTS, type FeedLinks, iframe } from './links.ts'
import { formatPaperQuery, type PaperQuery, parsePaperQuery } from './query-string.ts'

/** What is stored of a saved list. */
interface Saved {
  query: string
  /** The list field whose only member is followed, and the slug or handle that it has now; null if nothing is. */
  subjectField: 'topics' | 'authors' | 'organizations' | 'submitters' | null
  subjectSlug: string | null
}

/** The list of a saved filter, with the slug that the subject of a follow has now. */
export function queryOfSaved({ query: text, subjectField, subjectSlug }: Saved): PaperQuery {
  const query = parseSavedQuery(text)
  if (subjectField !== null && subjectSlug !== null) query.filter[subjectField] = [subjectSlug]
  return query
}

/** The list of a query string that `savedQueryString` wrote. */
export const parseSavedQuery = (text: string): PaperQuery =>
  parsePaperQuery(new URLSearchParams(text), FEED_DEFAULTS).query

/** A list as saved filters store and show it. Equal lists have equal text. */
export const savedQueryString = (query: Omit<PaperQuery, 'first'>): string =>
  formatPaperQuery({ ...query, first: FEED_DEFAULTS.first }, FEED_DEFAULTS)

/** The private addresses of a saved filter. Whoever has one can read the list. */
export function savedFeedLinks(publicUrl: string, { feedToken }: { feedToken: string }): FeedLinks {
  const address = (extension: string) => `${publicUrl}/feeds/saved/${feedToken}.${extension}`
  return {
    ...forEachFeedFormat(({ extension }) => address(extension)),
    embed: address('embed'),
    bibtex: address('bib'),
    ris: address('ris'),
    embedHtml: iframe(address('embed')),
  }
}
