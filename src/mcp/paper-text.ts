/** What agents get of each paper. */
export const AGENT_PAPER = /* GraphQL */ `
fragment AgentPaper on Paper {
  id arxivId doi title summary
  authors(first: 5) { totalCount nodes { slug name } }
  organization { slug name }
  topics { slug name }
  publishedAt listedOn withdrawnAt voteCount commentCount url
}`

/** A paper as `AGENT_PAPER` selects it. */
export interface AgentPaper {
  id: string
  arxivId: string | null
  doi: string | null
  title: string
  summary: string | null
  authors: { totalCount: number; nodes: { name: string }[] }
  organization: { name: string } | null
  publishedAt: string
  listedOn: string | null
  withdrawnAt: string | null
  voteCount: number
  url: string
}

/** A page of papers. */
export interface PaperList {
  totalCount: number
  nodes: AgentPaper[]
  pageInfo: { hasNextPage: boolean; endCursor: string | null }
}

/** The parts of a text: its first line, what it lists, and what to do for more. */
export interface ToolText {
  head: string
  items: string[]
  more?: string
}

/** In bytes: a model pays for each. The structured content has what is left out. */
export const MAX_TEXT_BYTES = 10_000

/** A paper in one line, and its summary in another. */
export function describePaper(paper: AgentPaper): string {
  const { authors, organization, summary, arxivId, doi } = paper
  const more = authors.totalCount - authors.nodes.length
  const names = authors.nodes.map(({ name }) => name).join(', ') + (more > 0 ? ` and ${more} more` : '')
  const facts = [
    paper.title,
    names,
    organization?.name,
    `published ${paper.publishedAt.slice(0, 10)}`,
    paper.listedOn && `listed ${paper.listedOn}`,
    paper.withdrawnAt && `WITHDRAWN ${paper.withdrawnAt.slice(0, 10)}`,
    `votes: ${paper.voteCount}`,
    arxivId ? `arXiv:${arxivId}` : doi && `doi:${doi}`,
    paper.url,
  ]
  return [facts.filter(Boolean).join('; '), ...(summary ? [summary] : [])].join('\n   ')
}

/** A page of papers; `what` is what it counts. */
export function pageText({ totalCount, nodes, pageInfo }: PaperList, what: string): ToolText {
  return {
    head: `${what}: ${totalCount}${totalCount > nodes.length ? `; ${nodes.length} of them here` : ''}.`,
    items: nodes.map(describePaper),
    ...(pageInfo.hasNextPage && { more: `For more, call again with after: ${JSON.stringify(pageInfo.endCursor)}.` }),
  }
}

/** The whole text: as many of the items as there is room for, and the last lines in any case. */
export function composeText({ head, items, more }: ToolText, last: readonly string[]): string {
  const end = [...(more === undefined ? [] : [more]), ...last].join('\n')
  let text = head
  for (const [at, item] of items.entries()) {
    const line = `\n${at + 1}. ${item}`
    const left = `\n${items.length - at} more are in the structured content only.`
    if (Buffer.byteLength(`${text}${line}${left}\n\n${end}`) > MAX_TEXT_BYTES) return `${text}${left}\n\n${end}`
    text += line
  }
  return `${text}\n\n${end}`
}
