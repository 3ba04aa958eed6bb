/** The queries with which GraphiQL opens. */
export const EXAMPLES = /* GraphQL */ `# Daily Papers. Put the cursor into a query and press Ctrl-Enter.

# The papers of the newest day, most votes first.
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

# The papers that trend now.
query Trending {
  papers(first: 10) {
    nodes { title voteCount publishedAt }
    pageInfo { hasNextPage endCursor }
  }
}

# By topic and date, with the other topics of these papers.
query ByTopicAndDate {
  papers(
    filter: { topics: ["reinforcement-learning"], publishedFrom: "2025-01-01" }
    orderBy: NEWEST
    first: 10
  ) {
    totalCount
    nodes { title publishedAt arxivId }
    facets { topics(first: 5) { count topic { slug } } }
  }
}

# Full-text search, with the matching words marked. Try "quoted words", or, -word and author:name.
query Search {
  search(query: "information seeking agents", first: 10) {
    totalCount
    correctedQuery
    edges {
      node { title publishedAt }
      abstractHighlights { text isMatch }
    }
  }
}

# One paper, by any link to it.
query OnePaper {
  paper(by: { url: "https://arxiv.org/abs/2509.25454" }) {
    title
    abstract
    links { kind url }
  }
}
`
