import { editionFeedPath, FEED_DEFAULTS, feedLinks, listAddress, searchAddress } from '../formats/links.ts'
import type { PaperFilter } from '../lists/paper-filter.ts'
import type { PaperOrderName } from '../lists/paper-orders.ts'
import type { EditionSpan } from '../values/editions.ts'
import type { Scope } from '../values/scopes.ts'
import { AGENT_PAPER, type AgentPaper, describePaper, type PaperList, pageText, type ToolText } from './paper-text.ts'

/** Something that an agent can do: one GraphQL operation. Its variables are the arguments, its data is the result. */
export interface Tool<Data = unknown> {
  name: string
  /** For people who allow or refuse a call. */
  title: string
  /** The document of the operation. */
  query: string
  /** The field of an input type whose description is the tool's; by default it is that of the first field of the document. */
  about?: { input: string; field: string }
  /** What a token must allow; who lacks it is not offered the tool. */
  scope?: Scope
  /** The page and the feed of what the result shows, where there are some. */
  links(data: Data, variables: Variables, publicUrl: string): { page: string | null; feed: string | null }
  /** The result for a model that reads text. */
  text(data: Data, variables: Variables): ToolText
}

/** Variables as resolvers get them. */
type Variables = Readonly<Record<string, unknown>>

const PAGE = /* GraphQL */ `
    totalCount
    nodes { ...AgentPaper }
    pageInfo { hasNextPage endCursor }`

const listPapers: Tool<{ papers: PaperList }> = {
  name: 'list_papers',
  title: 'List papers',
  query: /* GraphQL */ `query ListPapers($filter: PaperFilter, $orderBy: PaperOrder! = TRENDING, $first: Int = 10, $after: String, $asOf: DateTime) {
  papers(filter: $filter, orderBy: $orderBy, first: $first, after: $after, asOf: $asOf) {${PAGE}
  }
}${AGENT_PAPER}`,
  links: (_, variables, publicUrl) => {
    const { filter, orderBy } = variables as { filter?: PaperFilter | null; orderBy: PaperOrderName }
    const list = { ...FEED_DEFAULTS, filter: filter ?? {}, orderBy }
    return { page: listAddress(publicUrl, list), feed: feedLinks(publicUrl, list).rss }
  },
  text: ({ papers }) => pageText(papers, 'Papers'),
}

const searchPapers: Tool<{ search: PaperList & { correctedQuery: string | null } }> = {
  name: 'search_papers',
  title: 'Search papers',
  query: /* GraphQL */ `query SearchPapers($query: String!, $filter: PaperFilter, $first: Int = 10, $after: String) {
  search(query: $query, filter: $filter, first: $first, after: $after) {
    correctedQuery${PAGE}
  }
}${AGENT_PAPER}`,
  links: (_, variables, publicUrl) => {
    const { query, filter } = variables as { query: string; filter?: PaperFilter | null }
    // A feed has one query. Its papers are in the order of feeds, not of the search.
    const feed = filter?.query ? null : feedLinks(publicUrl, { ...FEED_DEFAULTS, filter: { ...filter, query } }).rss
    return { page: searchAddress(publicUrl, { text: query, filter: filter ?? {}, after: null }), feed }
  },
  text: ({ search }) => {
    const { head, ...rest } = pageText(search, 'Papers found')
    const corrected = search.correctedQuery
    const note = corrected === null ? '' : ` No paper has all words of the query; these are for: ${corrected}`
    return { head: head + note, ...rest }
  },
}

interface LikeList extends Omit<PaperList, 'nodes'> {
  edges: { likeness: number | null; node: AgentPaper }[]
}

const papersLikeThese: Tool<{ papers: LikeList }> = {
  name: 'papers_like_these',
  title: 'Find papers like others',
  about: { input: 'PaperFilter', field: 'like' },
  query: /* GraphQL */ `query PapersLikeThese($like: [String!]!, $unlike: [String!], $first: Int = 10, $after: String) {
  papers(filter: { like: $like, unlike: $unlike }, orderBy: LIKENESS, first: $first, after: $after) {
    totalCount
    edges { likeness node { ...AgentPaper } }
    pageInfo { hasNextPage endCursor }
  }
}${AGENT_PAPER}`,
  links: (_, variables, publicUrl) => {
    const { like, unlike = null } = variables as { like: string[]; unlike?: string[] | null }
    const list = { ...FEED_DEFAULTS, filter: { like, unlike }, orderBy: 'LIKENESS' } as const
    return { page: listAddress(publicUrl, list), feed: feedLinks(publicUrl, list).rss }
  },
  text: ({ papers: { edges, ...list } }) => {
    const text = pageText({ ...list, nodes: edges.map(({ node }) => node) }, 'Papers')
    return { ...text, items: text.items.map((item, at) => `likeness ${edges[at]?.likeness?.toFixed(2)}; ${item}`) }
  },
}

type EditionData = EditionSpan & { url: string | null; state: string; paperCount: number; papers: PaperList }

const getEdition: Tool<{ edition: EditionData | null }> = {
  name: 'get_edition',
  title: 'Read an edition',
  query: /* GraphQL */ `query GetEdition($date: Date, $period: Period! = DAY, $first: Int = 20, $after: String) {
  edition(date: $date, period: $period) {
    period startsOn endsOn state paperCount url
    previous { startsOn }
    next { startsOn }
    papers(first: $first, after: $after) {${PAGE}
    }
  }
}${AGENT_PAPER}`,
  links: ({ edition }, _, publicUrl) => ({
    page: edition?.url ?? null,
    feed: edition && `${publicUrl}${editionFeedPath(edition)}.rss`,
  }),
  text: ({ edition }) => {
    if (edition === null) return { head: 'No edition has papers yet.', items: [] }
    const { period, startsOn, state, papers } = edition
    const { head, ...rest } = pageText(papers, 'Papers')
    return { head: `${period} of ${startsOn}, ${state}. ${head}`, ...rest }
  },
}

type FoundPaper = AgentPaper & { abstract: string | null; links: { kind: string; url: string }[] }

/** A paper with what a model needs to read on, and to vote. */
const describeInFull = (paper: FoundPaper): string =>
  [
    describePaper(paper),
    ...(paper.abstract === null ? [] : [paper.abstract]),
    ...paper.links.map(({ kind, url }) => `${kind}: ${url}`),
    `id: ${paper.id}`,
  ].join('\n   ')

/** So many papers are in full in the text of a result. */
const READ_IN_FULL = 3

const lookUpPapers: Tool<{ papersBy: (FoundPaper | null)[] }> = {
  name: 'look_up_papers',
  title: 'Look papers up',
  query: /* GraphQL */ `query LookUpPapers($identifiers: [PaperLookup!]!) {
  papersBy(identifiers: $identifiers) {
    ...AgentPaper
    abstract
    links { kind url }
  }
}${AGENT_PAPER}`,
  links: () => ({ page: null, feed: null }),
  text: ({ papersBy }, { identifiers }) => {
    const given = [identifiers].flat()
    const unknown = given.filter((_, at) => papersBy[at] == null).map((lookup) => `Unknown: ${shown(lookup)}`)
    const found = papersBy.filter((paper) => paper !== null)
    const papers = found.map(found.length <= READ_IN_FULL ? describeInFull : describePaper)
    const head = `${found.length} of ${given.length} are in this catalogue.`
    // A list of references is checked for those that do not exist.
    return { head, items: [...unknown, ...papers] }
  },
}

/** In characters: of what was looked up, more is not repeated. */
const LONGEST_LOOKUP = 80

function shown(lookup: unknown): string {
  const text = JSON.stringify(lookup)
  return text.length > LONGEST_LOOKUP ? `${text.slice(0, LONGEST_LOOKUP)}…` : text
}

interface Named {
  name: string
  slug: string
  url: string
  paperCount: number
}

const findNamed = (field: 'topics' | 'authors' | 'organizations', operation: string, more = ''): Tool =>
  tool<Record<string, { totalCount: number; nodes: Named[] }>>({
    name: `find_${field}`,
    title: `Find ${field}`,
    query: /* GraphQL */ `query ${operation}($query: String, $first: Int = 10) {
  ${field}(query: $query, first: $first) {
    totalCount
    nodes { slug name paperCount url${more} }
  }
}`,
    links: (_, { query }, publicUrl) => ({
      page: `${publicUrl}/${field}${typeof query === 'string' ? `?${new URLSearchParams({ q: query })}` : ''}`,
      feed: null,
    }),
    text: ({ [field]: found }) => ({
      head: `Found: ${found?.totalCount}.`,
      items:
        found?.nodes.map(
          ({ name, slug, paperCount, url }) => `${name}; slug: ${slug}; papers: ${paperCount}; ${url}`,
        ) ?? [],
    }),
  })

const ERROR = '... on Error { message }'

/** A field of a mutation: what was done, or why it was not. */
type Done<Payload> = Record<string, Payload & { message?: string }>

const changeVote = (field: 'castVote' | 'withdrawVote', name: string, title: string): Tool =>
  tool<Done<{ paper: AgentPaper }>>({
    name,
    title,
    scope: 'vote',
    query: /* GraphQL */ `mutation ${field.replace(/^./, (first) => first.toUpperCase())}($paperId: ID!) {
  ${field}(input: { paperId: $paperId }) {
    ... on VotePayload { paper { ...AgentPaper viewerHasVoted } }
    ${ERROR}
  }
}${AGENT_PAPER}`,
    links: ({ [field]: done }) => ({ page: done?.paper.url ?? null, feed: null }),
    text: ({ [field]: done }) => ({ head: 'Done.', items: done ? [describePaper(done.paper)] : [] }),
  })

const submitPaper: Tool<Done<{ paper: AgentPaper; isNew: boolean }>> = {
  name: 'submit_paper',
  title: 'Submit a paper',
  scope: 'submit',
  query: /* GraphQL */ `mutation SubmitPaper($input: SubmitPaperInput!) {
  submitPaper(input: $input) {
    ... on SubmitPaperPayload { isNew paper { ...AgentPaper } }
    ... on InvalidInputError { fields { path message } }
    ${ERROR}
  }
}${AGENT_PAPER}`,
  links: ({ submitPaper: done }) => ({ page: done?.paper.url ?? null, feed: null }),
  text: ({ submitPaper: done }) => ({
    head: done?.isNew ? 'The paper is on the list of the open edition.' : 'The paper was on a list already.',
    items: done ? [describePaper(done.paper)] : [],
  }),
}

/** `Data` is what the document of the tool returns. */
const tool = <Data>(definition: Tool<Data>): Tool => definition as Tool

export const TOOLS: readonly Tool[] = [
  tool(listPapers),
  tool(searchPapers),
  tool(getEdition),
  tool(lookUpPapers),
  tool(papersLikeThese),
  findNamed('topics', 'FindTopics', ' kind'),
  findNamed('authors', 'FindAuthors'),
  findNamed('organizations', 'FindOrganizations'),
  changeVote('castVote', 'cast_vote', 'Cast a vote'),
  changeVote('withdrawVote', 'withdraw_vote', 'Withdraw a vote'),
  tool(submitPaper),
]

/** The documents of all tools: clients can name them by their hash. */
export const TOOL_DOCUMENTS: readonly string[] = TOOLS.map(({ query }) => query)
