import { BadUserInput } from '../src/values/errors.ts'

/** The types that have a global id. A test compares them with the types that implement `Node`. */
export const NODE_TYPES = [
  'Author',
  'Edition',
  'Organization',
  'Paper',
  'SavedFilter',
  'Topic',
  'User',
  'Webhook',
] as const
export type NodeType = (typeof NODE_TYPES)[number]

const isNodeType = (name: string): name is NodeType => NODE_TYPES.some((type) => type === name)

/** Types whose ids only curators see, and those of deliveries, which only the owner of a webhook sees. `node` does not read them. */
export type CuratedType = 'AuditEntry' | 'Report' | 'WebhookDelivery'

/** The global id of a row: `TypeName:key` in base64url, which clients treat as opaque. */
export const encodeGlobalId = (typename: NodeType | CuratedType, key: string | number | bigint): string =>
  Buffer.from(`${typename}:${key}`).toString('base64url')

/** @throws BadUserInput that names the argument, for anything but a result of `encodeGlobalId` */
export function decodeGlobalId(globalId: string, argument: string): { typename: NodeType; id: string } {
  const { typename, id } = partsOf(globalId) ?? {}
  if (typename === undefined || id === undefined || !isNodeType(typename)) throw unknownId(argument, globalId)
  return { typename, id }
}

function partsOf(globalId: string): { typename: string; id: string } | null {
  const [, typename, id] = /^(\w+):([\w:-]+)$/.exec(Buffer.from(globalId, 'base64url').toString()) ?? []
  return typename === undefined || id === undefined ? null : { typename, id }
}

/** The row key inside a decoded id. @throws BadUserInput for anything but a positive whole number */
export function rowKey(id: string, argument: string): number {
  const key = Number(id)
  if (!/^[1-9]\d{0,15}$/.test(id) || !Number.isSafeInteger(key)) throw unknownId(argument, id)
  return key
}

/** The row key inside the global id of a paper. @throws BadUserInput for any other id */
export function paperKey(globalId: string, argument: string): number {
  const { typename, id } = decodeGlobalId(globalId, argument)
  if (typename !== 'Paper')
    throw new BadUserInput(argument, `\`${argument}\` must be the id of a paper; "${shorten(globalId)}" is not.`)
  return rowKey(id, argument)
}

/** The type and row key of a global id; null for anything else. A mutation uses it, as it does `keyOrNull`. */
export function idOrNull(globalId: string): { typename: NodeType; key: number } | null {
  try {
    const { typename, id } = decodeGlobalId(globalId, 'id')
    return { typename, key: rowKey(id, 'id') }
  } catch {
    return null
  }
}

/**
 * The row key inside a global id of a type; null for any other id: a mutation must not fail the whole operation, whose
 * earlier mutations may be committed.
 */
export function keyOrNull(type: NodeType | CuratedType, globalId: string): number | null {
  try {
    const { typename, id } = partsOf(globalId) ?? {}
    return typename === type && id !== undefined ? rowKey(id, 'id') : null
  } catch {
    return null
  }
}

/** The row key inside the global id of a paper; null for any other id. */
export const paperKeyOrNull = (globalId: string): number | null => keyOrNull('Paper', globalId)

/** The error for text that is not an id, or not one of the wanted type. */
export const unknownId = (argument: string, given: string) =>
  new BadUserInput(argument, `\`${argument}\` must be an id that this server returned; "${shorten(given)}" is not.`)

/** The start of a text, enough to recognise it in a message. */
export const shorten = (text: string): string => (text.length > 60 ? `${text.slice(0, 60)}…` : text)
