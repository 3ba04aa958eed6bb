import type { TestServer } from '../../support/server.ts'
import type { Query } from './collection.ts'
import { identifierOf, SCHEME } from './load.ts'

/** What the API answers to one query. */
export interface Run {
  query: Query
  /** Ids of documents, best first. */
  ranked: string[]
  corrected: string | null
  /** Of the first page. */
  milliseconds: number
  problem: string | null
}

/** How long a query may be for the API. */
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

/** Asks all queries, several at a time, each to a depth or the end of what the search pages through. */
export async function askAll(
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
        runs[place] = await ask(server, queries[place] as Query, documents, depth)
        done += 1
        onProgress(done)
      }
    }),
  )
  return runs
}

async function ask(
  server: TestServer,
  query: Query,
  documents: ReadonlyMap<string, string>,
  depth: number,
): Promise<Run> {
  const run: Run = { query, ranked: [], corrected: null, milliseconds: 0, problem: null }
  // A document that is its own query answers nothing, and each answers once.
  const seen = new Set([query.id])
  let after: string | null = null
  let asked = 0
  const begun = performance.now()
  do {
    const { data, errors } = await server.ask(SEARCH, {
      query: cut(query.text),
      first: Math.min(PAGE, depth - asked),
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
    asked += PAGE
    after = pageInfo.hasNextPage && asked < depth ? pageInfo.endCursor : null
  } while (after !== null)
  return run
}

export const isTooLong = ({ text }: Query): boolean => [...text].length > LONGEST

/** The beginning of a text that is too long for the API, up to a whole word. */
const cut = (text: string): string => {
  const characters = [...text]
  return characters.length <= LONGEST
    ? text
    : characters
        .slice(0, LONGEST)
        .join('')
        .replace(/\s\S*$/, '')
}
