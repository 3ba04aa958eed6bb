import type { ResponseContent } from '../cache/response.ts'
import type { ServerParts } from '../parts.ts'

/**
 * Addresses that clients read by GET and HEAD, with the same response for every client. A route is data: the server matches,
 * caches, negotiates, catches errors and sends.
 */
export interface Route<Parsed = unknown> {
  /** What metrics and log lines call it. */
  name: string
  /** Matches the path, without a slash at its end. */
  path: RegExp
  /** Whether the response depends on `Accept`, and not on the URL alone. */
  negotiates?: true
  /** @throws BadUserInput for a wrong parameter */
  parse(request: RouteRequest, parts: ServerParts): Parsed
  /** The same for requests that have the same response, and for no others. */
  cacheKey(parsed: Parsed): string
  /** What the response costs a client: a point for each paper that it may show with all relations. The default is 1. */
  points?(parsed: Parsed): number | PointCount
  /** @throws BadUserInput for a parameter that turns out to be wrong */
  respond(parsed: Parsed, parts: ServerParts): Promise<ResponseContent>
  /** An error in the route's own form. */
  refuse(refusal: RouteRefusal, request: RouteRequest, parts: ServerParts): ResponseContent
}

/** Finds out what a response costs where only the database knows it. That costs a point, which is one of them. */
export type PointCount = (parts: ServerParts) => Promise<number>

/** What a route sees of a request. */
export interface RouteRequest {
  url: URL
  /** The match of the route's path. */
  match: RegExpExecArray
  /** The `Accept` header. */
  accept: string | undefined
}

export interface RouteRefusal {
  status: number
  /** A sentence that names the parameter, if one is wrong. */
  message: string
}

/**
 * The headers of a response at an address that is a secret: no shared cache keeps it, no search engine lists it, and the
 * pages that it links to are not told the address.
 */
export const PRIVATE = {
  'cache-control': 'private, max-age=60',
  'referrer-policy': 'no-referrer',
  'x-robots-tag': 'noindex',
}

/** Part of a path as text; null if it is not encoded correctly. */
export function decodePath(part: string): string | null {
  try {
    return decodeURIComponent(part)
  } catch {
    return null
  }
}
