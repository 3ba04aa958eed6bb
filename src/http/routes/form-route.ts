import type { Spending } from '../../../schema/context.ts'
import type { ResponseContent } from '../cache/response.ts'
import type { ServerParts } from '../parts.ts'
import type { RouteRefusal, RouteRequest } from './route.ts'

/**
 * Addresses at which people act without signing in. GET and HEAD show a page and change nothing, because programs that look for
 * malware follow the links of mails; POST acts. The responses are never cached.
 */
export interface FormRoute<Parsed = unknown> {
  /** What metrics and log lines call it. */
  name: string
  /** Matches the path, without a slash at its end. */
  path: RegExp
  /** @throws BadUserInput for a wrong parameter */
  parse(request: RouteRequest): Parsed
  show(parsed: Parsed, parts: ServerParts): Promise<ResponseContent>
  act(parsed: Parsed, posted: Posted, parts: ServerParts): Promise<ResponseContent>
  /** An error in the route's own form. */
  refuse(refusal: RouteRefusal, request: RouteRequest, parts: ServerParts): ResponseContent
}

/** What came with a POST. */
export interface Posted {
  /** Reads the fields of the body. Not all actions need them. @throws what `readForm` does */
  form(): Promise<Map<string, string>>
  /** What the client may still spend. */
  spending: Spending
}
