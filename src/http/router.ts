import type { IncomingMessage, ServerResponse } from 'node:http'
import { codedErrorOf } from '../db/outage.ts'
import { ERROR_CODES } from '../values/error-codes.ts'
import { CodedError } from '../values/errors.ts'
import type { Budget } from '../values/quotas.ts'
import { mediaTypeNegotiator } from './accept.ts'
import { errorJson, isRead, plainText, type ResponseContent } from './cache/response.ts'
import type { ResponseCache } from './cache/response-cache.ts'
import { readForm } from './form-body.ts'
import { isTimeout } from './graphql/errors.ts'
import { OPENAPI_ROUTES } from './openapi/route.ts'
import { guarded, type ServerParts } from './parts.ts'
import { sendPreflight } from './preflight.ts'
import type { Meter } from './rate-limits/rate-limits.ts'
import { tidyPath } from './request-target.ts'
import type { RequestTrace } from './request-trace.ts'
import { BIBLIOGRAPHY_ROUTES } from './routes/bibliographies.ts'
import { CHANGES_ROUTES } from './routes/changes.ts'
import { DIGEST_ROUTES } from './routes/digest.ts'
import { DISCOVERY_ROUTES } from './routes/discovery.ts'
import { EMBED_ROUTES } from './routes/embed.ts'
import { FEED_ROUTES } from './routes/feeds.ts'
import type { FormRoute } from './routes/form-route.ts'
import { errorPage } from './routes/html-response.ts'
import { HUGGING_FACE_ROUTES } from './routes/hugging-face.ts'
import type { ImageRoute } from './routes/image-route.ts'
import { IMAGE_ROUTES } from './routes/images.ts'
import { LINK_CARD_ROUTES } from './routes/link-cards.ts'
import { LIST_PAGE_ROUTES } from './routes/list-pages.ts'
import { OEMBED_ROUTES } from './routes/oembed.ts'
import { PAGE_ROUTES } from './routes/pages.ts'
import { PAPER_ROUTES } from './routes/paper.ts'
import { PAPERS_PAGE_ROUTES } from './routes/papers-page.ts'
import type { PointCount, Route, RouteRefusal, RouteRequest } from './routes/route.ts'
import { SEARCH_ROUTES } from './routes/search-page.ts'

/** The first that matches is used. */
export const ROUTES: readonly (Route | FormRoute | ImageRoute)[] = [
  ...FEED_ROUTES,
  ...BIBLIOGRAPHY_ROUTES,
  ...CHANGES_ROUTES,
  ...HUGGING_FACE_ROUTES,
  ...EMBED_ROUTES,
  ...OEMBED_ROUTES,
  ...OPENAPI_ROUTES,
  ...PAPER_ROUTES,
  ...PAGE_ROUTES,
  ...PAPERS_PAGE_ROUTES,
  ...LIST_PAGE_ROUTES,
  ...SEARCH_ROUTES,
  ...DIGEST_ROUTES,
  ...DISCOVERY_ROUTES,
  ...IMAGE_ROUTES,
  ...LINK_CARD_ROUTES,
]

/** A request with its route. */
export interface MatchedRoute {
  route: Route | FormRoute | ImageRoute
  request: RouteRequest
}

/** The route of a request; null if there is none. */
export function matchRoute({ url: target = '', headers }: IncomingMessage): MatchedRoute | null {
  if (!target.startsWith('/')) return null
  const url = urlOf(target)
  url.pathname = tidyPath(url.pathname)
  // Mailing tools append `?utm_source=…` to an address that has a query already, too.
  if (url.search.includes('?utm_', 1)) url.search = url.search.replaceAll('?utm_', '&utm_')
  for (const route of ROUTES) {
    const match = route.path.exec(url.pathname)
    if (match) return { route, request: { url, match, accept: headers.accept } }
  }
  return null
}

const urlOf = (path: string): URL => new URL(`http://localhost${path}`)

/** @throws BadUserInput for a wrong parameter */
export async function sendRoute(
  request: IncomingMessage,
  response: ServerResponse,
  { route, request: routeRequest }: MatchedRoute,
  parts: ServerParts,
  cache: ResponseCache,
  { meter, trace }: { meter: Meter; trace: RequestTrace },
): Promise<void> {
  trace.route = route.name
  if ('act' in route) return sendForm(request, response, { route, request: routeRequest }, parts, cache, meter)
  if (request.method === 'OPTIONS') return sendPreflight(request, response, 'GET, HEAD')
  if (!isRead(request)) {
    const message = `${routeRequest.url.pathname} can be read by GET and HEAD only.`
    await meter.charge(1)
    const content = route.refuse({ status: 405, message }, routeRequest, parts)
    return cache.sendUncached(request, response, withHeaders(content, { allow: 'GET, HEAD' }))
  }
  if ('isImage' in route) {
    const image = route.parse(routeRequest)
    return cache.sendUncached(request, response, await guarded(parts, () => route.show(image, parts, meter)))
  }
  const parsed = route.parse(routeRequest, parts)
  const requestKey = route.negotiates ? null : (request.url ?? null)
  const cost = route.points?.(parsed) ?? 1
  const points = typeof cost === 'number' ? cost : await countPoints(cost, parts, meter)
  const about = { points, route: route.name, operation: null }
  const key = route.cacheKey(parsed)
  trace.cache = await cache.respond({ request, response, key, requestKey, about, meter }, () =>
    guarded(parts, () => route.respond(parsed, parts)),
  )
}

/** What a response costs beside the point that is spent here. What fails here fails again when the response is made. */
async function countPoints(count: PointCount, parts: ServerParts, meter: Meter): Promise<number> {
  await meter.charge(1)
  const points = await guarded(parts, () => count(parts)).catch(() => 1)
  return Math.max(1, points) - 1
}

/** @throws BadUserInput for a wrong parameter, and what `readForm` throws */
async function sendForm(
  request: IncomingMessage,
  response: ServerResponse,
  { route, request: routeRequest }: { route: FormRoute; request: RouteRequest },
  parts: ServerParts,
  cache: ResponseCache,
  meter: Meter,
): Promise<void> {
  if (request.method === 'OPTIONS') return sendPreflight(request, response, 'GET, HEAD, POST')
  await meter.charge(1)
  if (!isRead(request) && request.method !== 'POST') {
    const message = `${routeRequest.url.pathname} takes GET, HEAD and POST only.`
    const content = route.refuse({ status: 405, message }, routeRequest, parts)
    return cache.sendUncached(request, response, withHeaders(content, { allow: 'GET, HEAD, POST' }))
  }
  const parsed = route.parse(routeRequest)
  const posted = {
    form: () => readForm(request),
    spending: { points: 1, standing: meter.standing, spend: (budget: Budget) => meter.spend(budget) },
  }
  const content = await guarded(parts, () =>
    isRead(request) ? route.show(parsed, parts) : route.act(parsed, posted, parts),
  )
  cache.sendUncached(request, response, content)
}

/** The response to a request outside GraphQL that failed, in the form of its route. */
export function refuseByRoute(error: unknown, request: IncomingMessage, parts: ServerParts): ResponseContent {
  const { headers, ...refusal } = refusalOf(error)
  const matched = matchRoute(request)
  const content =
    matched === null
      ? refuseWithoutRoute(request, refusal, parts.publicUrl)
      : matched.route.refuse(refusal, matched.request, parts)
  const isPassing = refusal.status === 429 || refusal.status >= 500
  return isPassing ? { ...withHeaders(content, headers), seconds: 0 } : content
}

function refusalOf(thrown: unknown): RouteRefusal & { headers: Readonly<Record<string, string>> } {
  const error = codedErrorOf(thrown) ?? thrown
  if (error instanceof CodedError)
    return { status: ERROR_CODES[error.code].status, message: error.message, headers: error.headers }
  if (isTimeout(error))
    return {
      status: 503,
      message: 'This took too long and was cancelled. Try again in a moment, or with a narrower filter.',
      headers: { 'retry-after': '10' },
    }
  return { status: 500, message: 'The server failed; the request is not at fault.', headers: {} }
}

const withHeaders = (content: ResponseContent, headers: Record<string, string>): ResponseContent => ({
  ...content,
  headers: { ...content.headers, ...headers },
})

/** The response at an address without a route. */
export function refuseUnknownPath(request: IncomingMessage, publicUrl: string): ResponseContent {
  const { url: target = '' } = request
  if (!target.startsWith('/')) return refuseTarget(request)
  const message = `There is nothing at ${urlOf(target).pathname}. The API is at /graphql.`
  return refuseWithoutRoute(request, { status: 404, message }, publicUrl)
}

const negotiateRefusal = mediaTypeNegotiator(['text/plain', 'text/html', 'application/json'])
const BY_ACCEPT = { vary: 'Accept, Accept-Encoding' }

/** A page for browsers, JSON for clients that want it, else a line of text. */
function refuseWithoutRoute(
  { headers: { accept } }: IncomingMessage,
  { status, message }: RouteRefusal,
  publicUrl: string,
): ResponseContent {
  const type = negotiateRefusal(accept)
  if (type === 'text/html') return errorPage(publicUrl, { status, message }, BY_ACCEPT)
  const write = type === 'application/json' ? errorJson : plainText
  return { ...write(message, status), headers: BY_ACCEPT, seconds: 0 }
}

/** The response to a request that is for no path; `OPTIONS *` asks which methods there are at all. */
function refuseTarget({ url: target, method }: IncomingMessage): ResponseContent {
  const headers = { allow: 'GET, HEAD, POST, OPTIONS' }
  return target === '*' && method === 'OPTIONS'
    ? { ...plainText('The API is at /graphql.'), headers, seconds: 0 }
    : {
        ...plainText('The request target must be a path, or an address that begins with http: or https:.', 400),
        seconds: 0,
      }
}
