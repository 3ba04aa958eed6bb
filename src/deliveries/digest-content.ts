import { editionAddress } from '../formats/edition-name.ts'
import { FEED_DEFAULTS, feedLinks, listAddress } from '../formats/links.ts'
import { DIGEST_PAPERS, type DigestContent } from '../formats/mail/digest-mail.ts'
import { formatPaperQuery, type PaperQuery, restrictListing } from '../formats/query-string.ts'
import { MAX_PAGE_SIZE } from '../lists/page.ts'
import type { EditionSpan } from '../values/editions.ts'

/** Runs a GraphQL query as an anonymous client. Handed in by the program: no GraphQL is run here. */
export type RunQuery = <Data>(document: string, variables: Record<string, unknown>) => Promise<Data>

/** What a digest says of an edition; its title depends on who gets it. */
export type DigestPapers = Omit<DigestContent, 'listTitle'>

/** How many authors a mail names for each paper. */
const SHOWN_AUTHORS = 3

const DOCUMENT = `
  query Digest($period: Period!, $date: Date!, $filter: PaperFilter, $first: Int!) {
    edition(period: $period, date: $date) {
      papers(filter: $filter, orderBy: MOST_VOTED, first: $first) {
        totalCount
        nodes {
          title url voteCount summary
          organization { name }
          authors(first: ${SHOWN_AUTHORS}) { totalCount nodes { name } }
        }
      }
    }
  }
`

interface Data {
  edition: {
    papers: {
      totalCount: number
      nodes: {
        title: string
        url: string
        voteCount: number
        summary: string | null
        organization: { name: string } | null
        authors: { totalCount: number; nodes: { name: string }[] }
      }[]
    }
  } | null
}

/**
 * The papers of a filter in an edition, for a mail; null if there are none. The same for everyone who has the filter: compute it
 * once for each canonical query string.
 *
 * @throws BadUserInput for a filter that means nothing any more
 */
export async function digestContent(
  runQuery: RunQuery,
  publicUrl: string,
  { filter, orderBy }: Pick<PaperQuery, 'filter' | 'orderBy'>,
  edition: EditionSpan,
): Promise<DigestPapers | null> {
  const variables = { period: edition.period, date: edition.startsOn, filter, first: DIGEST_PAPERS }
  const { edition: found } = await runQuery<Data>(DOCUMENT, variables)
  if (found === null || found.papers.nodes.length === 0) return null
  const { totalCount, nodes } = found.papers
  return {
    publicUrl,
    edition,
    totalCount,
    papers: nodes.map(({ authors, organization, ...paper }) => ({
      ...paper,
      authors: authors.nodes.map(({ name }) => name),
      authorCount: authors.totalCount,
      organization: organization?.name ?? null,
    })),
    links: {
      page: pageOf(publicUrl, filter, edition),
      feed: feedLinks(publicUrl, { filter, orderBy, first: FEED_DEFAULTS.first }).rss,
    },
  }
}

/** The page of an edition if the filter restricts nothing, else a page with the papers of the filter in the edition. */
function pageOf(publicUrl: string, filter: PaperQuery['filter'], edition: EditionSpan): string {
  if (formatPaperQuery({ filter, ...FEED_DEFAULTS }, FEED_DEFAULTS) === '') return editionAddress(publicUrl, edition)
  const restricted = { ...filter }
  restrictListing(restricted, { from: edition.startsOn, to: edition.endsOn })
  return listAddress(publicUrl, { filter: restricted, orderBy: 'MOST_VOTED', first: MAX_PAGE_SIZE })
}
