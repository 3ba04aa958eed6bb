import { mediaTypeNegotiator } from '../accept.ts'

export type ResultType = 'application/json' | 'application/graphql-response+json'

/** With the charset, so that a client that wants another one does not match. */
const RESULT_TYPES = {
  'application/json; charset=utf-8': 'application/json',
  'application/graphql-response+json; charset=utf-8': 'application/graphql-response+json',
  'text/html': 'text/html',
} as const

const negotiate = mediaTypeNegotiator(Object.keys(RESULT_TYPES) as [keyof typeof RESULT_TYPES])

/**
 * The media type in which a client wants a result; `text/html` is a browser that opens GraphiQL. Null if it wants something
 * else: Yoga sends event streams and multipart responses, and refuses the rest.
 */
export function negotiateResultType(accept: string | undefined): ResultType | 'text/html' | null {
  const type = negotiate(accept)
  return type && RESULT_TYPES[type]
}
