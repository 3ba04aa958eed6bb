import { LRUCache } from 'lru-cache'

const JSON_TYPE = 'application/json'
const RESPONSE_TYPE = 'application/graphql-response+json'
export type MediaType = typeof JSON_TYPE | typeof RESPONSE_TYPE

/** What each Accept chooses, since there are few. */
const choices = new LRUCache<string, { type: MediaType | null }>({ max: 1_000 })

/**
 * The media type in which a request wants its result, as Yoga chooses it: the first of those it accepts. Null for one that
 * wants something else, which is for Yoga to answer: GraphiQL, a stream of events, parts.
 */
export function mediaTypeOf(accept: string | undefined): MediaType | null {
  if (accept === undefined || accept === '*/*') return JSON_TYPE
  let choice = choices.get(accept)
  if (choice === undefined) {
    choice = { type: choose(accept) }
    choices.set(accept, choice)
  }
  return choice.type
}

function choose(accept: string): MediaType | null {
  const ranges = accept.replace(/\s/g, '').toLowerCase().split(',')
  if (ranges.some((range) => range.startsWith('text/html'))) return null
  for (const range of ranges) {
    const [type, ...parameters] = range.split(';')
    if (parameters.some((parameter) => parameter.startsWith('charset=') && parameter !== 'charset=utf-8')) continue
    if (type === RESPONSE_TYPE) return RESPONSE_TYPE
    if (type === JSON_TYPE || type === 'application/*' || type === '*/*') return JSON_TYPE
  }
  return null
}
