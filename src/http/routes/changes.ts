import { z } from 'zod'
import { readParameters, wholeNumber } from '../../formats/parameters.ts'
import { changePage } from '../../lists/changes.ts'
import { plainText } from '../cache/response.ts'
import { type ChangeLines, readChangeLines } from '../graphql/change-lines.ts'
import type { ServerParts } from '../parts.ts'
import { INERT } from './html-response.ts'
import type { Route } from './route.ts'

/** The most changes of a response, and how many it has where the address does not say it. */
export const MOST_CHANGES = 1_000
const CHANGES = 100

export const CHANGES_QUERY = z.object({
  after: z.string().optional(),
  first: wholeNumber('first', 1, MOST_CHANGES).optional(),
})

interface ChangesRequest {
  after: string | null
  first: number
}

const changes: Route<ChangesRequest> = {
  name: 'changes',
  path: /^\/changes\.jsonl$/,
  parse: ({ url }) => {
    const { after = null, first = CHANGES } = readParameters(url.searchParams, CHANGES_QUERY)
    return { after, first }
  },
  cacheKey: (request) => addressOf(request),
  // Not `first`: who follows wants a large page after a large import, and finds a few changes, or none, on all other days.
  points:
    ({ after, first }) =>
    async ({ db }) =>
      (await changePage(db, after, first)).changes.length,
  respond: async (request, parts) => {
    const { lines, ...pageInfo } = await readAll(request, parts)
    const last = JSON.stringify({ pageInfo })
    return {
      // Only one who copies reads a page in the middle, once: it would take the place of what many read.
      ...(pageInfo.hasNextPage && { seconds: 0 }),
      contentType: 'application/jsonl; charset=utf-8',
      body: [...lines.map(({ text }) => text), last, ''].join('\n'),
      headers: {
        ...INERT,
        link: `<${parts.publicUrl}${addressOf({ ...request, after: pageInfo.endCursor })}>; rel="next"`,
      },
    }
  },
  refuse: ({ status, message }) => plainText(message, status),
}

const addressOf = ({ after, first }: ChangesRequest): string => {
  const query = new URLSearchParams({
    ...(after !== null && { after }),
    ...(first !== CHANGES && { first: `${first}` }),
  })
  return query.size > 0 ? `/changes.jsonl?${query}` : '/changes.jsonl'
}

/** As many pages of GraphQL as the request asks for. */
async function readAll({ after, first }: ChangesRequest, parts: ServerParts): Promise<ChangeLines> {
  const all = await readChangeLines(parts, { after, first })
  while (all.hasNextPage && all.lines.length < first) {
    const { lines, ...end } = await readChangeLines(parts, { after: all.endCursor, first: first - all.lines.length })
    all.lines.push(...lines)
    Object.assign(all, end)
  }
  return all
}

export const CHANGES_ROUTES: readonly Route[] = [changes]
