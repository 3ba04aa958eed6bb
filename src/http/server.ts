import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { sql } from 'drizzle-orm'
import type { Viewer } from '../../schema/context.ts'
import { type EditionClock, nextRollover } from '../editions.ts'
import { BadToken, ProviderUnavailable } from './auth.ts'
import { EMBED_ROUTES } from './embed.ts'
import { FEED_ROUTES } from './feeds.ts'
import { FinishedPages } from './finished.ts'
import { notFound } from './html-answer.ts'
import { HUGGING_FACE_ROUTES } from './hugging-face.ts'
import { OEMBED_ROUTES } from './oembed.ts'
import { PAGE_ROUTES } from './pages.ts'
import { createGraphqlServer, LONGEST_SILENCE, type ServerParts } from './yoga.ts'

/** The largest request body that is read. A document at the token limit with its variables is a tenth of it. */
export const MAX_BODY_BYTES = 256 * 1024

/** An address, or a pattern of addresses, that answers GET and HEAD with the same for everyone. */
export interface Route {
  path: RegExp
  answer(visit: Visit): Promise<void>
}

/** A request to a route. */
export interface Visit extends ServerParts {
  request: IncomingMessage
  response: ServerResponse
  url: URL
  /** What the route's pattern found in the path. */
  match: RegExpExecArray
  pages: FinishedPages
}

const ROUTES: readonly Route[] = [
  ...FEED_ROUTES,
  ...HUGGING_FACE_ROUTES,
  ...EMBED_ROUTES,
  ...OEMBED_ROUTES,
  ...PAGE_ROUTES,
]

/** What pages of other sites are told that ask whether they may read a route. */
const PREFLIGHT = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'GET, HEAD',
  'access-control-allow-headers': '*',
  'access-control-max-age': '86400',
}

/** The whole HTTP server, not yet listening. */
export function createHttpServer(parts: ServerParts): Server {
  const graphql = createGraphqlServer(parts)
  const pages = new FinishedPages(secondsToRollover(parts.clock))
  parts.live.onChange(() => pages.clear())
  const server = createServer(async (request, response) => {
    const path = (request.url ?? '/').split('?', 1)[0]
    try {
      // Before the address is so much as taken apart: most of what is asked for is asked for again.
      if (pages.answerKept(request, response)) return
      if (path === '/graphql') {
        const viewer = await authenticated(request, response, parts)
        if (viewer !== undefined && (await hasReadableBody(request, response)))
          await graphql(request, response, { viewer })
      } else if (path === '/healthz') {
        reply(response, 200, 'ok')
      } else if (path === '/readyz') {
        await replyReadiness(response, parts)
      } else {
        await visitRoute(request, response, parts, pages)
      }
    } catch (error) {
      // The client went away while it was sending: nobody is there to answer, and nothing here failed.
      if (error === request.errored) return
      parts.log.error({ err: error, path }, 'a request failed')
      if (!response.headersSent) reply(response, 500, 'Something went wrong here, not in your request.')
      else response.destroy()
    }
  })
  server.timeout = parts.silence ?? LONGEST_SILENCE
  return server
}

async function visitRoute(
  request: IncomingMessage,
  response: ServerResponse,
  parts: ServerParts,
  pages: FinishedPages,
): Promise<void> {
  // Joined as text: a path that begins with two slashes would else name a host.
  const url = new URL(`http://localhost${request.url?.startsWith('/') ? request.url : '/'}`)
  for (const route of ROUTES) {
    const match = route.path.exec(url.pathname)
    if (!match) continue
    // A page of another site asks first when it wants to send If-None-Match.
    if (request.method === 'OPTIONS') {
      response.writeHead(204, PREFLIGHT).end()
      return
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD')
      return reply(response, 405, `${url.pathname} can be read by GET and HEAD only.`)
    }
    return route.answer({ ...parts, request, response, url, match, pages })
  }
  // Said to a browser as a page, and in one line to whatever else asks.
  const nothing = `There is nothing at ${url.pathname}.`
  if (request.headers.accept?.includes('text/html'))
    pages.answerOnce(request, response, notFound(parts.publicUrl, nothing))
  else reply(response, 404, `${nothing} The API is at /graphql.`)
}

/** How long the open edition lasts, in seconds; the moment of its end is computed once a day. */
function secondsToRollover(clock: EditionClock): () => number {
  let end = new Date(0)
  return () => {
    const now = clock.now()
    if (end <= now) end = nextRollover(clock, now)
    return (end.getTime() - now.getTime()) / 1000
  }
}

/**
 * Who sends a request, null for nobody; undefined when their token was not good, or could not be checked, and they have
 * been told so, because an answer as if nobody were signed in would look as if it were theirs.
 */
async function authenticated(
  request: IncomingMessage,
  response: ServerResponse,
  { authenticate, log }: ServerParts,
): Promise<Viewer | null | undefined> {
  try {
    return await authenticate(request.headers.authorization)
  } catch (error) {
    if (error instanceof BadToken) {
      const headers = { 'www-authenticate': 'Bearer error="invalid_token"' }
      replyError(response, 401, 'UNAUTHENTICATED', error.message, headers)
    } else if (error instanceof ProviderUnavailable) {
      log.warn({ err: error }, 'the identity provider does not give its keys')
      replyError(response, 503, 'AUTHENTICATION_UNAVAILABLE', error.message, { 'retry-after': '60' })
    } else throw error
    return undefined
  }
}

/** An answer in the form of GraphQL to a request that never reaches it. */
function replyError(
  response: ServerResponse,
  status: number,
  code: string,
  message: string,
  headers: Record<string, string>,
): void {
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    // Yoga sets it on its own answers; without it a page of another site sees a network error.
    'access-control-allow-origin': '*',
    ...headers,
  })
  response.end(JSON.stringify({ errors: [{ message, extensions: { code } }] }))
}

/**
 * Whether the body may be read, having answered 413 if not. A body of unknown length is read here, up to the limit, and
 * handed on whole; one that says its length is left to be read by whoever wants it, since Node holds it to its word.
 */
async function hasReadableBody(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
  const refuse = () => {
    const message = `The request body is too large; at most ${MAX_BODY_BYTES} bytes are read.`
    // Closed, because the rest of the body is still on its way.
    replyError(response, 413, 'PAYLOAD_TOO_LARGE', message, { connection: 'close' })
    return false
  }
  if (Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES) return refuse()
  if (request.headers['transfer-encoding'] === undefined) return true
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > MAX_BODY_BYTES) return refuse()
    chunks.push(chunk)
  }
  Object.assign(request, { body: Buffer.concat(chunks).toString() })
  return true
}

/** Ready when the database answers. The reason why not goes to the log, not to strangers. */
async function replyReadiness(response: ServerResponse, { db, log }: ServerParts): Promise<void> {
  try {
    await db.execute(sql`select 1`)
    reply(response, 200, 'ready')
  } catch (error) {
    log.warn({ err: error }, 'the database does not answer')
    reply(response, 503, 'The database does not answer.')
  }
}

function reply(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' })
  response.end(`${text}\n`)
}
