import type { IncomingMessage, ServerResponse } from 'node:http'
import { ERROR_CODES } from '../values/error-codes.ts'
import { CodedError } from '../values/errors.ts'
import { mediaTypeNegotiator } from './accept.ts'
import { isRead, plainText, type ResponseContent } from './cache/response.ts'
import type { ResponseCache } from './cache/response-cache.ts'
import type { ServerParts } from './parts.ts'
import { sendPreflight } from './preflight.ts'
import { EMBED_ROUTES } from './routes/embed.ts'
import { FEED_ROUTES } from './routes/feeds.ts'
import { errorPage } from './routes/html-response.ts'
import { HUGGING_FACE_ROUTES } from './routes/hugging-face.ts'
import { OEMBED_ROUTES } from './routes/oembed.ts'
import { PAGE_ROUTES } from './routes/pages.ts'
import type { Route, RouteRefusal, RouteRequest } from './routes/route.ts'

/** The first that matches is used. */
const ROUTES: readonly Route[] = [
  ...FEED_ROUTES,
  ...HUGGING_FACE_ROUTES,
  ...EMBED_ROUTES,
  ...OEMBED_ROUTES,
  ...PAGE_ROUTES,
]

/** A request with its route. */
export interface MatchedRoute {
  route: Route
  request: RouteRequest
}

/** The route of a request; null if there is none. */
export function matchRoute({ url: address, headers }: IncomingMessage): MatchedRoute | null {
  const url = urlOf(address)
  // Some clients append a slash, which no path here has.
  url.pathname = url.pathname.replace(/(?<=[^/])\/$/, '')
  for (const route of ROUTES) {
    const match = route.path.exec(url.pathname)
    if (match) return { route, request: { url, match, accept: headers.accept } }
  }
  return null
}

/** Concatenated, because as a relative URL a path that begins with two slashes would name a host. */
const urlOf = (address: string | undefined): URL =>
  new URL(`http://localhost${address?.startsWith('/') ? address : '/'}`)

/** @throws BadUserInput for a wrong parameter */
export async function sendRoute(
  request: IncomingMessage,
  response: ServerResponse,
  { route, request: routeRequest }: MatchedRoute,
  parts: ServerParts,
  cache: ResponseCache,
): Promise<void> {
  if (request.method === 'OPTIONS') return sendPreflight(request, response, 'GET, HEAD')
  if (!isRead(request)) {
    const message = `${routeRequest.url.pathname} can be read by GET and HEAD only.`
    const content = route.refuse({ status: 405, message }, routeRequest, parts)
    return cache.sendUncached(request, response, withHeaders(content, { allow: 'GET, HEAD' }))
  }
  const parsed = route.parse(routeRequest, parts)
  const requestKey = route.negotiates ? null : (request.url ?? null)
  await cache.respond({ request, response, key: route.cacheKey(parsed), requestKey }, () =>
    route.respond(parsed, parts),
  )
}

/** The route's response to an error. */
export function refuseByRoute(error: unknown, { route, request }: MatchedRoute, parts: ServerParts): ResponseContent {
  const refusal: RouteRefusal =
    error instanceof CodedError
      ? { status: ERROR_CODES[error.code].status, message: error.message }
      : { status: 500, message: 'The server failed; the request is not at fault.' }
  const content = route.refuse(refusal, request, parts)
  if (refusal.status < 500) return content
  const headers = error instanceof CodedError ? error.headers : {}
  return { ...withHeaders(content, { ...headers, 'access-control-expose-headers': 'Retry-After' }), seconds: 0 }
}

const withHeaders = (content: ResponseContent, headers: Record<string, string>): ResponseContent => ({
  ...content,
  headers: { ...content.headers, ...headers },
})

const negotiateNotFound = mediaTypeNegotiator(['text/plain', 'text/html'])

/** The response at an address without a route: a page for browsers, a line of text for other clients. */
export function refuseUnknownPath({ url: address, headers }: IncomingMessage, publicUrl: string): ResponseContent {
  const message = `There is nothing at ${urlOf(address).pathname}.`
  return negotiateNotFound(headers.accept) === 'text/html'
    ? errorPage(publicUrl, { status: 404, message }, { vary: 'Accept, Accept-Encoding' })
    : { ...plainText(`${message} The API is at /graphql.`, 404), seconds: 0 }
}
