import type { Page } from '../cache/response.ts'
import type { Visit } from './route.ts'

/**
 * Answers a visit with a page that is the same for everyone.
 *
 * @param key       the same for addresses that get the same answer
 * @param byAddress whether the address alone decides; false where Accept does too, which the key then says
 */
export function answerPublic(
  { pages, request, response }: Visit,
  key: string,
  make: () => Promise<Page>,
  { byAddress = true } = {},
): Promise<void> {
  return pages.answer({ request, response, key, spelling: byAddress ? (request.url ?? null) : null }, make)
}
