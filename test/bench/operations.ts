import { OperatorError } from '../../src/values/errors.ts'
import type { Picks } from './picks.ts'
import type { Request } from './requests.ts'

/** The values of an operation's variables. */
export type Variables = Record<string, unknown>

/** One thing that clients do, in GraphQL, for the servers that have this schema. */
export interface Operation {
  name: string
  about: string
  document: string
  variables(picks: Picks): Variables
  /** Only this server has it, and the floor where it says with what variables. */
  oursOnly?: true
  floorVariables?(variables: Variables): Variables
  /** The field of `Query` that it needs, where a server may be without. */
  field?: string
  /** What is asked where it is no GraphQL. */
  request?(variables: Variables): Request
  /** The headers that it needs. */
  headers?(variables: Variables): Record<string, string>
  /** It changes the catalogue, and does something only when its variables are new. */
  writes?: true
}

/** What a card of a list shows. */
const CARD = `arxivId title abstract publishedAt voteCount commentCount organization { slug name }
  authors(first: 10) { nodes { name } } topics { slug name }`

/** A cursor as the server's own lists give it. */
const cursor = (order: string, { key, id }: { key: string; id: number }): string =>
  Buffer.from(JSON.stringify([order, key, id])).toString('base64url')

export const OPERATIONS: readonly Operation[] = [
  {
    name: 'trending',
    about: 'the first 20 of the trending list, as cards',
    document: `query trending { papers(first: 20) { nodes { ${CARD} } pageInfo { hasNextPage endCursor } } }`,
    variables: () => ({}),
  },
  {
    name: 'topic',
    about: 'the 20 newest papers of a random topic, as cards',
    document: `query topic($slug: String!) { topic(slug: $slug) { name papers(first: 20, orderBy: NEWEST) { nodes { ${CARD} } } } }`,
    variables: (picks) => ({ slug: picks.topic() }),
  },
  {
    name: 'day',
    about: 'the 50 papers of a random day with most votes, as cards',
    document: `query day($date: Date!) { edition(date: $date) { date papers(first: 50) { nodes { ${CARD} } } } }`,
    variables: (picks) => ({ date: picks.day() }),
  },
  {
    name: 'paper',
    about: 'one random paper in full',
    document: `query paper($arxivId: String!) { paper(by: { arxivId: $arxivId }) {
      arxivId doi title abstract summary publishedAt updatedAt listedAt listedOn thumbnailUrl githubStars voteCount commentCount
      organization { slug name avatarUrl } submittedBy { handle name avatarUrl } authors(first: 100) { nodes { slug name } }
      topics { slug name kind } links(kind: CODE) { url title } } }`,
    variables: (picks) => ({ arxivId: picks.arxivId() }),
  },
  {
    name: 'author',
    about: 'a random author with the 20 newest papers and their topics',
    document: `query author($slug: String!) { author(by: { slug: $slug }) { name paperCount papers(first: 20, orderBy: NEWEST) {
      nodes { arxivId title publishedAt voteCount topics { slug name } } } } }`,
    variables: (picks) => ({ slug: picks.author() }),
  },
  {
    name: 'deep',
    about: 'a page of 20 cards some 10,000 rows deep in the trending list',
    document: `query deep($after: String!) { papers(first: 20, after: $after) { nodes { ${CARD} } pageInfo { hasNextPage endCursor } } }`,
    variables: (picks) => ({ after: cursor('TRENDING', picks.place()) }),
  },
  {
    name: 'search',
    about: 'the 20 best papers for two words that follow each other in a random title, as cards',
    document: `query search($query: String!) { search(query: $query, first: 20) { nodes { ${CARD} } } }`,
    variables: (picks) => ({ query: picks.words() }),
    oursOnly: true,
    field: 'search',
  },
  {
    name: 'atom',
    about: 'the 30 newest papers of a random topic as an Atom feed',
    document: '',
    variables: (picks) => ({ slug: picks.topic() }),
    oursOnly: true,
    request: ({ slug }) => ({ method: 'GET', path: `/feeds/papers.atom?topics=${slug}&orderBy=NEWEST` }),
  },
  {
    name: 'vote',
    about: 'a vote of one of 200 people for a random paper',
    document: `mutation vote($id: ID!) { castVote(input: { paperId: $id }) { ... on VotePayload { paper { voteCount } }
      ... on Error { message } } }`,
    variables: (picks) => {
      const paperId = picks.paperId()
      return { paperId, id: Buffer.from(`Paper:${paperId}`).toString('base64url'), token: picks.token() }
    },
    oursOnly: true,
    floorVariables: ({ paperId, token }) => ({ id: paperId, token }),
    headers: ({ token }) => ({ authorization: `Bearer ${token}` }),
    writes: true,
  },
]

/** Those of the names, all of them where no names are given. @throws Error naming one that there is not */
export function operationsNamed(names: string | undefined): readonly Operation[] {
  if (names === undefined) return OPERATIONS
  return names.split(',').map((name) => {
    const found = OPERATIONS.find((operation) => operation.name === name)
    if (!found)
      throw new OperatorError(`There is no operation ${name}: ${OPERATIONS.map((each) => each.name).join(', ')}`)
    return found
  })
}
