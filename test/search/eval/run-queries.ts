import type { TestServer } from '../../support/server.ts'
import type { Query } from './collection.ts'
import { identifierOf, SCHEME } from './load.ts'

/** The results of one query. */
export interface Run {
  query: Query
  /** Ids of documents, best first. */
  ranked: string[]
  corrected: string | null
  /** The time of the first page. */
  milliseconds: number
  problem: string | null
}

/** The longest query that the API accepts, in characters. */
const LONGEST = 1_000
const PAGE = 100

const SEARCH = /* GraphQL */ `
  query ($query: String!, $first: Int!, $after: String) {
    search(query: $query, first: $first, after: $after) {
      correctedQuery
      edges { node { identifiers { scheme value } } }
      pageInfo { hasNextPage endCursor }
    }
  }
`

/** Sends all queries, several at a time, and reads pages up to a depth or the last page. */
export async function runQueries(
  server: TestServer,
  queries: readonly Query[],
  ids: readonly string[],
  { depth, atOnce, onProgress }: { depth: number; atOnce: number; onProgress: (done: number) => void },
): Promise<Run[]> {
  const runs: Run[] = []
  const documents = new Map(ids.map((id, place) => [identifierOf(id, place), id]))
  let next = 0
  let done = 0
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (let place = next++; place < queries.length; place = next++) {
        runs[place] = await runQuery(server, queries[place] as Query, documents, depth)
        done += 1
        onProgress(done)
      }
    }),
  )
  return runs
}

async function runQuery(
  server: TestServer,
  query: Query,
  documents: ReadonlyMap<string, string>,
  depth: number,
): Promise<Run> {
  const run: Run = { query, ranked: [], corrected: null, milliseconds: 0, problem: null }
  // BEIR excludes the document with the id of the query. Each document counts once.
  const seen = new Set([query.id])
  let after: string | null = null
  let read = 0
  const begun = performance.now()
  do {
    const { data, errors } = await server.ask(SEARCH, {
      query: truncate(query.text),
      first: Math.min(PAGE, depth - read),
      after,
    })
    if (after === null) run.milliseconds = performance.now() - begun
    if (errors?.[0]) return { ...run, problem: errors[0].message }
    const { correctedQuery, edges, pageInfo } = data.search
    run.corrected = correctedQuery
    for (const { node } of edges as { node: { identifiers: { scheme: string; value: string }[] } }[]) {
      const value = node.identifiers.find(({ scheme }) => scheme === SCHEME)?.value
      const id = documents.get(value ?? '')
      if (id === undefined || seen.has(id)) continue
      seen.add(id)
      run.ranked.push(id)
    }
    read += PAGE
    after = pageInfo.hasNextPage && read < depth ? pageInfo.endCursor : null
  } while (after !== null)
  return run
}

export const isTooLong = ({ text }: Query): boolean => [...text].length > LONGEST

/** Truncates a text that is too long for the API, at the end of a word. */
const truncate = (text: string): string => {
  const characters = [...text]
  return characters.length <= LONGEST
    ? text
    : characters
        .slice(0, LONGEST)
        .join('')
        .replace(/\s\S*$/, '')
}
