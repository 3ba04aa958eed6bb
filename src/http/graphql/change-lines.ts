import { parse } from 'graphql'
import { MAX_PAGE_SIZE } from '../../lists/page.ts'
import { type QueryParts, runOwnQuery } from './run-own-query.ts'

// Changes as JSON lines, of `/changes.jsonl` and of dumps.

/** What a copy has of a paper: what it shows, without votes and comment counts, whose changes are not followed. */
const CHANGES = parse(/* GraphQL */ `
  query Changes($after: String, $first: Int!, $authors: Int!) {
    changes(after: $after, first: $first) {
      nodes {
        cursor
        kind
        paperId
        changedAt
        paper {
          id
          arxivId
          doi
          identifiers { scheme value }
          title
          abstract
          summary
          publishedAt
          updatedAt
          withdrawnAt
          listedAt
          listedOn
          submittedBy { id handle name avatarUrl }
          organization { id slug name avatarUrl }
          authors(first: $authors) { nodes { id slug name } pageInfo { hasNextPage endCursor } }
          topics { id slug name kind }
          links { kind url title }
          url
          thumbnailUrl
          githubStars
        }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
`)

/** The authors of a paper that has more than a page of them. */
const MORE_AUTHORS = parse(/* GraphQL */ `
  query MoreAuthors($id: ID!, $after: String, $first: Int!) {
    paper(by: { id: $id }) {
      authors(first: $first, after: $after) { nodes { id slug name } pageInfo { hasNextPage endCursor } }
    }
  }
`)

interface ConnectionPage<Node> {
  nodes: Node[]
  pageInfo: { hasNextPage: boolean; endCursor: string }
}
interface AuthorName {
  id: string
  slug: string
  name: string
}
interface ChangeNode {
  cursor: string
  kind: 'UPSERT' | 'TOMBSTONE'
  paperId: string
  changedAt: string
  paper: ({ id: string; authors: ConnectionPage<AuthorName> } & Record<string, unknown>) | null
}

export interface ChangeLines {
  /** One for each change, without the ends of the lines. */
  lines: { kind: ChangeNode['kind']; text: string }[]
  hasNextPage: boolean
  endCursor: string
}

/** A page of changes as JSON lines. */
export async function readChangeLines(
  parts: QueryParts,
  { after, first }: { after: string | null; first: number },
): Promise<ChangeLines> {
  const variables = { after, first: Math.min(first, MAX_PAGE_SIZE), authors: MAX_PAGE_SIZE }
  const { changes } = await runOwnQuery<{ changes: ConnectionPage<ChangeNode> }>(parts, CHANGES, variables)
  const lines = await Promise.all(changes.nodes.map((change) => lineOf(parts, change)))
  return { lines, ...changes.pageInfo }
}

async function lineOf(
  parts: QueryParts,
  { kind, paper, ...change }: ChangeNode,
): Promise<ChangeLines['lines'][number]> {
  if (paper === null) return { kind, text: JSON.stringify({ ...change, kind, paper }) }
  const authors = [...paper.authors.nodes]
  let { hasNextPage, endCursor: after } = paper.authors.pageInfo
  while (hasNextPage) {
    const page = { id: paper.id, after, first: MAX_PAGE_SIZE }
    const more = await runOwnQuery<{ paper: Pick<NonNullable<ChangeNode['paper']>, 'authors'> | null }>(
      parts,
      MORE_AUTHORS,
      page,
    )
    // Without the paper, it was hidden meanwhile, and its tombstone follows.
    authors.push(...(more.paper?.authors.nodes ?? []))
    ;({ hasNextPage, endCursor: after } = more.paper?.authors.pageInfo ?? { hasNextPage: false, endCursor: after })
  }
  return { kind, text: JSON.stringify({ ...change, kind, paper: { ...paper, authors } }) }
}
