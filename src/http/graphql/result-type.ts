import { mediaTypeNegotiator } from '../accept.ts'

export const EVENT_STREAM = 'text/event-stream'

/** The media types of results. Those of JSON have a charset here, so that a client that wants another one does not match. */
const RESULT_TYPES = {
  'application/json; charset=utf-8': 'application/json',
  'application/graphql-response+json; charset=utf-8': 'application/graphql-response+json',
  [EVENT_STREAM]: EVENT_STREAM,
} as const
const WITH_PAGE = { ...RESULT_TYPES, 'text/html': 'text/html' } as const

export type ResultType = (typeof RESULT_TYPES)[keyof typeof RESULT_TYPES]

const keysOf = <Key extends string>(types: Record<Key, string>) => Object.keys(types) as [Key, ...Key[]]

// A query is sent as a stream only if the client likes that better: most clients that name it want it for subscriptions.
const negotiate = mediaTypeNegotiator(keysOf(RESULT_TYPES), EVENT_STREAM)
const negotiateWithPage = mediaTypeNegotiator(keysOf(WITH_PAGE), EVENT_STREAM)
const negotiateStream = mediaTypeNegotiator([EVENT_STREAM])

/** The media type in which a client wants a result; null if it wants something else. */
export function negotiateResultType(accept: string | undefined): ResultType | null {
  const type = negotiate(accept)
  return type && RESULT_TYPES[type]
}

/** The same for a request that a browser may send to open a page: `text/html` is GraphiQL. */
export function negotiateResultOrPage(accept: string | undefined): ResultType | 'text/html' | null {
  const type = negotiateWithPage(accept)
  return type && WITH_PAGE[type]
}

export const acceptsEventStream = (accept: string | undefined): boolean => negotiateStream(accept) !== null
