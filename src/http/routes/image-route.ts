import type { ResponseContent } from '../cache/response.ts'
import type { ServerParts } from '../parts.ts'
import type { Meter } from '../rate-limits/rate-limits.ts'
import type { RouteRefusal, RouteRequest } from './route.ts'

/**
 * Addresses of pictures, which are on disk and so not in the response cache. Clients keep them for a year, because the address
 * has a version in it.
 */
export interface ImageRoute<Parsed = unknown> {
  /** What metrics and log lines call it. */
  name: string
  /** Matches the path, without a slash at its end. */
  path: RegExp
  /** @throws BadUserInput for a wrong address */
  parse(request: RouteRequest): Parsed
  /** @param meter spends what making the picture costs. One that is on disk costs nothing: a page has dozens. */
  show(parsed: Parsed, parts: ServerParts, meter: Pick<Meter, 'charge'>): Promise<ResponseContent>
  isImage: true
  /** An error in the route's own form. */
  refuse(refusal: RouteRefusal, request: RouteRequest, parts: ServerParts): ResponseContent
}

/** Pages of other sites may show them, also those that isolate themselves. */
const SHARED = { 'cross-origin-resource-policy': 'cross-origin' }

/** The headers of a picture whose address changes when it does. */
export const KEPT_FOR_EVER = { ...SHARED, 'cache-control': 'public, max-age=31536000, immutable' }

/** Those of what is sent until the picture is there. */
export const KEPT_SHORTLY = { ...SHARED, 'cache-control': 'public, max-age=600' }
