/** The part of this project's schema that the operations need, for peers that are written by hand. */
export const sdl = /* GraphQL */ `
  scalar Date
  scalar DateTime
  scalar URL

  type Query {
    papers(first: Int = 20, after: String): PaperConnection!
    topic(slug: String!): Topic
    edition(date: Date!): Edition
    paper(by: PaperLookup!): Paper
    author(by: AuthorLookup!): Author
  }
  input PaperLookup {
    arxivId: String!
  }
  input AuthorLookup {
    slug: String!
  }
  enum PaperOrder {
    NEWEST
  }
  enum PaperLinkKind {
    ABSTRACT
    PDF
    CODE
    PROJECT
    DATASET
    MODEL
    DEMO
    MEDIA
    DISCUSSION
  }
  type PaperConnection {
    nodes: [Paper!]!
    pageInfo: PageInfo!
  }
  type PageInfo {
    hasNextPage: Boolean!
    endCursor: String
  }
  type Paper {
    arxivId: String
    doi: String
    title: String!
    abstract: String
    summary: String
    publishedAt: DateTime!
    updatedAt: DateTime
    listedAt: DateTime
    listedOn: Date
    thumbnailUrl: URL
    githubStars: Int
    voteCount: Int!
    commentCount: Int!
    organization: Organization
    submittedBy: User
    authors(first: Int = 20): PaperAuthorConnection!
    topics: [Topic!]!
    links(kind: PaperLinkKind): [PaperLink!]!
  }
  type PaperAuthorConnection {
    nodes: [Author!]!
  }
  type PaperLink {
    kind: PaperLinkKind!
    url: URL!
    title: String
  }
  type Organization {
    slug: String!
    name: String!
    avatarUrl: URL
  }
  type User {
    handle: String!
    name: String
    avatarUrl: URL
  }
  type Author {
    slug: String!
    name: String!
    paperCount: Int!
    papers(first: Int = 20, orderBy: PaperOrder = NEWEST): PaperConnection!
  }
  type Topic {
    slug: String!
    name: String!
    kind: String!
    papers(first: Int = 20, orderBy: PaperOrder = NEWEST): PaperConnection!
  }
  type Edition {
    date: Date!
    papers(first: Int = 20): PaperConnection!
  }
`
