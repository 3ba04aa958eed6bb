import { parse } from 'graphql'
import { type QueryParts, runOwnQuery } from './run-own-query.ts'

/** What the examples name of the catalogue; null or empty where it has none. */
export interface ExampleSubjects {
  papers: { nodes: { id: string; arxivId: string | null; title: string }[] }
  topics: { nodes: { slug: string }[] }
  edition: { previous: { date: string } | null } | null
}

/** A tab of GraphiQL, named after its operation. */
export interface Example {
  query: string
  /** As JSON. */
  headers?: string
}

const SUBJECTS = parse(/* GraphQL */ `{
  papers(first: 1) { nodes { id arxivId title } }
  topics(first: 1) { nodes { slug } }
  edition { previous { date } }
}`)

/** The examples for this catalogue. */
export const readExamples = async (parts: QueryParts): Promise<Example[]> =>
  examplesOf(await runOwnQuery<ExampleSubjects>(parts, SUBJECTS, {}))

/** Examples with subjects from the catalogue, so that each finds something. Those without a subject are left out. */
export function examplesOf({ papers, topics, edition }: ExampleSubjects): Example[] {
  const [paper] = papers.nodes
  const [topic] = topics.nodes
  return [
    TODAY,
    MONTH,
    FACETS,
    TRENDING,
    topic && byTopic(topic.slug),
    paper && search(paper.title),
    paper && onePaper(paper.id, paper.arxivId),
    edition?.previous && history(edition.previous.date),
    paper && liveVotes(paper.id),
    paper && vote(paper.id),
  ].filter((example) => example != null)
}

const TODAY: Example = {
  query: `# The papers of the newest day, most votes first. Press Ctrl-Enter.
query Today {
  edition {
    date
    state
    papers(first: 20) {
      totalCount
      nodes {
        title
        summary
        thumbnailUrl
        voteCount
        commentCount
        organization { name }
        authors(first: 3) { totalCount nodes { name } }
        topics { name }
      }
    }
    previous { date }
  }
}
`,
}

const MONTH: Example = {
  query: `# The newest month. Add date: "2026-01-01" for another one, or ask for a WEEK.
query Month {
  edition(period: MONTH) {
    startsOn
    endsOn
    paperCount
    papers(first: 10, orderBy: MOST_DISCUSSED) {
      nodes { title voteCount commentCount url }
    }
    previous { date paperCount }
  }
}
`,
}

const FACETS: Example = {
  query: `# What the papers of a month are about, and where they come from.
query Facets {
  edition(period: MONTH) {
    date
    papers(first: 1) {
      totalCount
      facets {
        topics(first: 10) { count topic { name slug } }
        organizations(first: 10) { count organization { name slug } }
      }
    }
  }
}
`,
}

const TRENDING: Example = {
  query: `# The papers that trend now. Pass endCursor as after: for the next page.
query Trending {
  papers(first: 10) {
    nodes { title voteCount publishedAt }
    pageInfo { hasNextPage endCursor }
  }
}
`,
}

const byTopic = (slug: string): Example => ({
  query: `# The newest papers of a topic, with the other topics of these papers.
query ByTopic {
  papers(filter: { topics: [${JSON.stringify(slug)}] }, orderBy: NEWEST, first: 10) {
    totalCount
    nodes { title publishedAt arxivId }
    facets { topics(first: 5) { count topic { slug } } }
  }
}
`,
})

/** Words of a title, without letters that could end a script. */
const wordsOf = (title: string): string =>
  title
    .match(/[\p{L}\p{N}]{3,}/gu)
    ?.slice(0, 3)
    .join(' ') ?? ''

function search(title: string): Example | null {
  const words = wordsOf(title)
  if (words === '') return null
  return {
    query: `# Full-text search, with the matching words marked. Try "quoted words", or, -word and author:name.
query Search {
  search(query: ${JSON.stringify(words)}, first: 10) {
    totalCount
    correctedQuery
    edges {
      node { title publishedAt }
      abstractHighlights { text isMatch }
    }
  }
}
`,
  }
}

const onePaper = (id: string, arxivId: string | null): Example => ({
  query: `# One paper, by any link to it or by its id.
query OnePaper {
  paper(by: { ${arxivId === null ? `id: ${JSON.stringify(id)}` : `url: ${JSON.stringify(`https://arxiv.org/abs/${arxivId}`)}`} }) {
    title
    abstract
    authors(first: 10) { nodes { name } }
    links { kind url }
  }
}
`,
})

const history = (date: string): Example => ({
  query: `# What trended at a moment in the past, and how the votes of these papers grew since.
query History {
  papers(asOf: "${date}T12:00:00Z", first: 3) {
    nodes {
      title
      voteCount
      voteHistory(from: "${date}") { date voteCount }
    }
  }
}
`,
})

const liveVotes = (id: string): Example => ({
  query: `# Shows a result each time somebody votes for this paper. It goes on until you stop it.
subscription LiveVotes {
  voteCountChanged(paperIds: [${JSON.stringify(id)}]) {
    title
    voteCount
  }
}
`,
})

const vote = (id: string): Example => ({
  query: `# Votes as the user of the token under Headers, below. The operator of this server makes tokens.
mutation Vote {
  castVote(input: { paperId: ${JSON.stringify(id)} }) {
    ... on VotePayload { paper { title voteCount } }
    ... on Error { message }
  }
}
`,
  headers: '{\n  "Authorization": "Bearer YOUR_TOKEN"\n}\n',
})
