import { parse } from 'graphql'
import { type PaperCard, SHOWN_AUTHORS } from '../../formats/html/paper-card.ts'
import type { PaperView } from '../../formats/html/paper-page.ts'
import type { PaperQuery } from '../../formats/query-string.ts'
import { normalizeArxivId } from '../../values/identifiers.ts'
import { runFixed } from '../graphql/run-own-query.ts'
import type { Visit } from './route.ts'

/** What lists show of a paper. */
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

/** @throws BadUserInput for a filter that cannot be */
export async function listedPapers(visit: Visit, { filter, orderBy, first }: PaperQuery): Promise<PaperCard[]> {
  const { papers } = await runFixed<{ papers: { nodes: PaperCard[] } }>(visit, LIST, { filter, orderBy, first })
  return papers.nodes
}

/** The paper of an address, for a list; null where there is none. */
export const paperCard = (visit: Visit, name: string): Promise<PaperCard | null> => paperNamed(visit, CARD, name)

/** The paper of an address, in full; null where there is none. */
export const paperInFull = (visit: Visit, name: string): Promise<PaperView | null> => paperNamed(visit, PAPER, name)

/**
 * @param name an arXiv id in any form, or the `id` of the paper in GraphQL
 * @throws BadUserInput for anything else
 */
async function paperNamed<Data>(visit: Visit, document: typeof CARD, name: string): Promise<Data | null> {
  const arxivId = normalizeArxivId(name)
  const by = arxivId === null ? { id: name } : { arxivId }
  return (await runFixed<{ paper: Data | null }>(visit, document, { by })).paper
}
