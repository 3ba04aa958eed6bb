import { parse } from 'graphql'
import { type PaperCard, SHOWN_AUTHORS } from '../../formats/html/paper-card.ts'
import type { PaperPageView } from '../../formats/html/paper-page.ts'
import type { PaperView } from '../../formats/html/paper-view.ts'
import type { PaperQuery } from '../../formats/query-string.ts'
import { normalizeArxivId } from '../../values/identifiers.ts'
import { runOwnQuery } from '../graphql/run-own-query.ts'
import type { ServerParts } from '../parts.ts'

/** The fields of a paper in a list. */
export const PAPER_CARD = /* GraphQL */ `
  fragment PaperCard on Paper {
    id arxivId title url summary thumbnailUrl publishedAt listedOn voteCount commentCount githubStars
    organization { id name url avatarUrl }
    submittedBy { id handle name url avatarUrl }
    authors(first: ${SHOWN_AUTHORS}) { totalCount nodes { name url } }
    topics { name url }
    links { kind url title }
  }
`

const LIST = parse(/* GraphQL */ `
  query List($filter: PaperFilter, $orderBy: PaperOrder!, $first: Int!) {
    papers(filter: $filter, orderBy: $orderBy, first: $first) { nodes { ...PaperCard } }
  }
  ${PAPER_CARD}
`)

const CARD = parse(/* GraphQL */ `
  query Card($by: PaperLookup!) { paper(by: $by) { ...PaperCard } }
  ${PAPER_CARD}
`)

const PAPER_IN_FULL = /* GraphQL */ `
  fragment PaperInFull on Paper {
    id title url publishedAt listedOn voteCount commentCount
    organization { id name url avatarUrl }
    authors(first: 100) { totalCount nodes { name url } }
    topics { name url }
    abstract summary arxivId doi updatedAt thumbnailUrl githubStars
    identifiers { scheme value }
    submittedBy { id handle name url avatarUrl }
    links { kind url title }
  }
`

const PAPER = parse(/* GraphQL */ `
  query Paper($by: PaperLookup!) { paper(by: $by) { ...PaperInFull } }
  ${PAPER_IN_FULL}
`)

/** How many related papers a page shows, and of how many days it draws the votes: as many as GraphQL gives at once. */
const RELATED = 5
const DAYS_OF_VOTES = 1_830

const PAPER_PAGE = parse(/* GraphQL */ `
  query PaperPage($by: PaperLookup!, $from: Date!) {
    paper(by: $by) {
      ...PaperInFull
      voteHistory(from: $from) { date voteCount }
      related(first: ${RELATED}) { ...PaperCard }
    }
  }
  ${PAPER_IN_FULL}
  ${PAPER_CARD}
`)

/** @throws BadUserInput for a wrong filter */
export async function listedPapers(parts: ServerParts, { filter, orderBy, first }: PaperQuery): Promise<PaperCard[]> {
  const { papers } = await runOwnQuery<{ papers: { nodes: PaperCard[] } }>(parts, LIST, { filter, orderBy, first })
  return papers.nodes
}

/** The paper that a path names, with the fields of a list; null if there is none. */
export const paperCard = (parts: ServerParts, name: string): Promise<PaperCard | null> => paperNamed(parts, CARD, name)

/** The paper that a path names, with the fields of its Markdown; null if there is none. */
export const paperInFull = (parts: ServerParts, name: string): Promise<PaperView | null> =>
  paperNamed(parts, PAPER, name)

/** The paper that a path names, with the fields of its page; null if there is none. */
export function paperPage(parts: ServerParts, name: string): Promise<PaperPageView | null> {
  const from = new Date(parts.clock.now().getTime() - (DAYS_OF_VOTES - 1) * 86_400_000)
  return paperNamed(parts, PAPER_PAGE, name, { from: from.toISOString().slice(0, 10) })
}

/**
 * @param name an arXiv id in any form, or the paper's `id` in GraphQL
 * @throws BadUserInput for anything else
 */
export async function paperNamed<Data>(
  parts: ServerParts,
  document: typeof CARD,
  name: string,
  variables: Record<string, unknown> = {},
): Promise<Data | null> {
  const arxivId = normalizeArxivId(name)
  const by = arxivId === null ? { id: name } : { arxivId }
  return (await runOwnQuery<{ paper: Data | null }>(parts, document, { ...variables, by })).paper
}
