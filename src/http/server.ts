import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import type { Viewer } from '../../schema/context.ts'
import { type EditionClock, nextRollover } from '../values/editions.ts'
import { Overloaded } from '../values/errors.ts'
import { BadToken, ProviderUnavailable } from './auth.ts'
import { ConcurrencyLimit } from './cache/concurrency-limit.ts'
import { isRead } from './cache/response.ts'
import { FinishedPages } from './cache/response-cache.ts'
import { createGraphqlFront, type GraphqlFront } from './graphql/front.ts'
import { LONGEST_SILENCE, type ServerParts } from './parts.ts'
import { MAX_BODY_BYTES, readBody } from './request-body.ts'
import { plainText } from './routes/bad-request.ts'
import { EMBED_ROUTES } from './routes/embed.ts'
import { FEED_ROUTES } from './routes/feeds.ts'
import { notFound } from './routes/html-response.ts'
import { HUGGING_FACE_ROUTES } from './routes/hugging-face.ts'
import { OEMBED_ROUTES } from './routes/oembed.ts'
import { PAGE_ROUTES } from './routes/pages.ts'
import type { Route } from './routes/route.ts'

/** How many reads are computed at once: with eight, Postgres waits for the server; with forty, more gets old in the heap. */
const READS_AT_ONCE = 20

/**
 * How many reads wait at most. A thousand who read at once are all answered, whatever they read; of many more, the last
 * would be answered when they have gone away, and all behind them, too. What reads whole lists takes longer.
 */
const MOST_WAITING = { pages: 5_000, lists: 1_500 }

/**
 * In milliseconds: so much longer than one on which nothing moves is a connection kept that waits for its next request.
 * Longer than the minute after which load balancers close theirs: one that is closed here just as a request is sent on
 * it is a 502 to somebody.
 */
const BETWEEN_REQUESTS = 5_000

/** In milliseconds: how often the log says that requests are refused because too many wait. */
const WARN_EVERY = 10_000

/** In milliseconds: a database that takes longer to say anything does not answer. */
const READY_WITHIN = 2_000

const ROUTES: readonly Route[] = [
  ...FEED_ROUTES,
  ...HUGGING_FACE_ROUTES,
  ...EMBED_ROUTES,
  ...OEMBED_ROUTES,
  ...PAGE_ROUTES,
]

/** What pages of other sites are told that ask whether they may read a route: with any header they name. */
const preflight = ({ headers }: IncomingMessage) => ({
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'GET, HEAD',
  'access-control-allow-headers': headers['access-control-request-headers'] ?? '*',
  'access-control-max-age': '86400',
  vary: 'Access-Control-Request-Headers',
})

const DAY = 86_400_000

/** The whole HTTP server, not yet listening. */
export function createHttpServer(parts: ServerParts): Server {
  // What reads whole lists waits for its like, and pages do not wait for it.
  const turns = {
    pages: new ConcurrencyLimit(READS_AT_ONCE, MOST_WAITING.pages),
    lists: new ConcurrencyLimit(READS_AT_ONCE, MOST_WAITING.lists),
  }
  const pages = new FinishedPages({
    turns: turns.pages,
    megabytes: parts.cacheMegabytes,
    day: dayOf(parts.clock),
    isCurrent: parts.live.isCurrent,
  })
  parts.live.onChange((change) => {
    pages.changed()
    if (change !== 'votes') parts.hub?.changed()
  })
  const graphql = createGraphqlFront(parts, pages, turns)
  let warnedAt = Number.NEGATIVE_INFINITY
  const server = createServer(async (request, response) => {
    const path = (request.url ?? '/').split('?', 1)[0]
    try {
      // Before the address is so much as taken apart: most of what is asked for is asked for again.
      if (path === '/graphql') {
        if (!graphql.answerKept(request, response)) await answerGraphql(request, response, parts, graphql)
      } else if (isRead(request) && pages.answerKept(request, response, request.url ?? '')) {
        return
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
      if (error instanceof Overloaded) {
        // Once in a while: a line for each would make it worse.
        if (performance.now() > warnedAt + WARN_EVERY) {
          warnedAt = performance.now()
          parts.log.warn({ path }, 'more is asked than can be answered: requests are refused with 503 until fewer wait')
        }
        return replyOverloaded(response, path, error)
      }
      parts.log.error({ err: error, path }, 'a request failed')
      if (!response.headersSent) reply(response, 500, 'Something went wrong here, not in your request.')
      else response.destroy()
    }
  })
  const { silence = LONGEST_SILENCE } = parts
  server.timeout = silence
  server.keepAliveTimeout = silence + BETWEEN_REQUESTS
  // Counts from the beginning of a connection, which a proxy may make before it has a request for it.
  server.headersTimeout = server.keepAliveTimeout + 1_000
  return server
}

async function answerGraphql(
  request: IncomingMessage,
  response: ServerResponse,
  parts: ServerParts,
  graphql: GraphqlFront,
): Promise<void> {
  const isSigned = request.headers.authorization !== undefined
  const viewer = isSigned ? await authenticated(request, response, parts) : null
  if (viewer === undefined) return
  let body: string | null = null
  if (graphql.wantsBody(request) || request.headers['transfer-encoding'] !== undefined) {
    body = await readBody(request)
    if (body === null) return refuseBody(response)
    if (graphql.wantsBody(request)) {
      if (graphql.answerKeptBody(request, response, body)) return
    } else {
      // Handed on whole to Yoga, which reads what says its length by itself.
      Object.assign(request, { body })
      body = null
    }
  } else if (Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES) return refuseBody(response)
  await graphql.answer(request, response, body, viewer)
}

async function visitRoute(
  request: IncomingMessage,
  response: ServerResponse,
  parts: ServerParts,
  pages: FinishedPages,
): Promise<void> {
  // Joined as text: a path that begins with two slashes would else name a host.
  const url = new URL(`http://localhost${request.url?.startsWith('/') ? request.url : '/'}`)
  const given = url.pathname
  // Base addresses and links get slashes at their ends, which nothing here has in its name.
  url.pathname = given.replace(/(?<=[^/])\/$/, '')
  for (const route of ROUTES) {
    const match = route.path.exec(url.pathname)
    if (!match) continue
    // A page of another site asks first when it wants to send If-None-Match.
    if (request.method === 'OPTIONS') {
      response.writeHead(204, preflight(request)).end()
      return
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD')
      const message = `${url.pathname} can be read by GET and HEAD only.`
      const page = route.refuse?.(405, message) ?? { ...plainText(message), status: 405 }
      return pages.answerOnce(request, response, page)
    }
    return route.answer({ ...parts, request, response, url, match, pages })
  }
  // Said to a browser as a page, and in one line to whatever else asks.
  const nothing = `There is nothing at ${given}.`
  if (request.headers.accept?.includes('text/html'))
    pages.answerOnce(request, response, notFound(parts.publicUrl, nothing))
  else reply(response, 404, `${nothing} The API is at /graphql.`)
}

/**
 * Until when nothing changes by itself that answers show: the open edition ends, or the day of UTC by which votes are
 * told. The moment is computed once for each.
 */
function dayOf(clock: EditionClock): { now(): number; end(): number } {
  let end = 0
  return {
    now: () => clock.now().getTime(),
    end: () => {
      const now = clock.now()
      const time = now.getTime()
      if (end <= time) end = Math.min(nextRollover(clock, now).getTime(), Math.floor(time / DAY + 1) * DAY)
      return end
    },
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
    'access-control-expose-headers': 'Retry-After, WWW-Authenticate',
    ...headers,
  })
  response.end(JSON.stringify({ errors: [{ message, extensions: { code } }] }))
}

function refuseBody(response: ServerResponse): void {
  const message = `The request body is too large; at most ${MAX_BODY_BYTES} bytes are read.`
  // Closed, because the rest of the body is still on its way.
  replyError(response, 413, 'PAYLOAD_TOO_LARGE', message, { connection: 'close' })
}

function replyOverloaded(response: ServerResponse, path: string | undefined, error: Overloaded): void {
  const headers = { 'retry-after': String(error.retryAfter), 'cache-control': 'no-store' }
  if (path === '/graphql') replyError(response, 503, error.code, error.message, headers)
  else {
    response.setHeader('retry-after', headers['retry-after'])
    response.setHeader('access-control-allow-origin', '*')
    response.setHeader('access-control-expose-headers', 'retry-after')
    reply(response, 503, error.message)
  }
}

/** Ready when the database answers, and soon. The reason why not goes to the log, not to strangers. */
async function replyReadiness(response: ServerResponse, { db, log }: ServerParts): Promise<void> {
  const giveUp = new AbortController()
  try {
    // Where its machine has vanished, the connections would wait for a quarter of an hour.
    const late = setTimeout(READY_WITHIN, undefined, { signal: giveUp.signal }).then(() => {
      throw new Error(`no answer within ${READY_WITHIN} ms`)
    })
    await Promise.race([db.execute(sql`select 1`), late])
    reply(response, 200, 'ready')
  } catch (error) {
    log.warn({ err: error }, 'the database does not answer')
    reply(response, 503, 'The database does not answer.')
  } finally {
    giveUp.abort()
  }
}

function reply(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' })
  response.end(`${text}\n`)
}
