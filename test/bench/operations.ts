import type { Picks } from './picks.ts'

/** The values of an operation's variables. */
export type Variables = Record<string, unknown>

/** One thing that clients do, in GraphQL, for the servers that have this schema. */
export interface Operation {
  name: string
  about: string
  document: string
  variables(picks: Picks): Variables
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
]
