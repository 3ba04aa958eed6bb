import { parse } from 'graphql'
import { type PaperCard, SHOWN_AUTHORS } from '../../formats/html/paper-card.ts'
import type { PaperView } from '../../formats/html/paper-page.ts'
import type { PaperQuery } from '../../formats/query-string.ts'
import { normalizeArxivId } from '../../values/identifiers.ts'
import { runOwnQuery } from '../graphql/run-own-query.ts'
import type { ServerParts } from '../parts.ts'

/** The fields of a paper in a list. */
export const PAPER_CARD = /* GraphQL */ `
  fragment PaperCard on Paper {
    id title url publishedAt listedOn voteCount commentCount
    organization { name }
    authors(first: ${SHOWN_AUTHORS}) { totalCount nodes { name } }
    topics { name }
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

const PAPER = parse(/* GraphQL */ `
  query Paper($by: PaperLookup!) {
    paper(by: $by) {
      id title url publishedAt listedOn voteCount commentCount
      organization { name }
      authors(first: 100) { totalCount nodes { name } }
      topics { name }
      abstract summary arxivId doi updatedAt thumbnailUrl
      submittedBy { handle name }
      links { kind url title }
    }
  }
`)

/** @throws BadUserInput for a wrong filter */
export async function listedPapers(parts: ServerParts, { filter, orderBy, first }: PaperQuery): Promise<PaperCard[]> {
  const { papers } = await runOwnQuery<{ papers: { nodes: PaperCard[] } }>(parts, LIST, { filter, orderBy, first })
  return papers.nodes
}

/** The paper that a path names, with the fields of a list; null if there is none. */
export const paperCard = (parts: ServerParts, name: string): Promise<PaperCard | null> => paperNamed(parts, CARD, name)

/** The paper that a path names, with all fields; null if there is none. */
export const paperInFull = (parts: ServerParts, name: string): Promise<PaperView | null> =>
  paperNamed(parts, PAPER, name)

/**
 * @param name an arXiv id in any form, or the paper's `id` in GraphQL
 * @throws BadUserInput for anything else
 */
async function paperNamed<Data>(parts: ServerParts, document: typeof CARD, name: string): Promise<Data | null> {
  const arxivId = normalizeArxivId(name)
  const by = arxivId === null ? { id: name } : { arxivId }
  return (await runOwnQuery<{ paper: Data | null }>(parts, document, { by })).paper
}
