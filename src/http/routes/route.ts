import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Page } from '../cache/response.ts'
import type { FinishedPages } from '../cache/response-cache.ts'
import type { ServerParts } from '../parts.ts'

/** An address, or a pattern of addresses, that answers GET and HEAD with the same for everyone. */
export interface Route {
  path: RegExp
  answer(visit: Visit): Promise<void>
  /** Says in its own form what is wrong with a method; a line of text does unless told. */
  refuse?(status: number, message: string): Page
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
