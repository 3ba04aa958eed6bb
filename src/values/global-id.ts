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

/** Types whose ids only curators see, and those of deliveries, which only the owner of a webhook sees. `node` does not read them. */
export type CuratedType = 'AuditEntry' | 'Report' | 'WebhookDelivery'

/** The global id of a row: `TypeName:key` in base64url, which clients treat as opaque. */
export const encodeGlobalId = (typename: NodeType | CuratedType, key: string | number | bigint): string =>
  Buffer.from(`${typename}:${key}`).toString('base64url')

/** The parts of a global id; null for any other text. */
export function partsOfGlobalId(globalId: string): { typename: string; id: string } | null {
  const [, typename, id] = /^(\w+):([\w:-]+)$/.exec(Buffer.from(globalId, 'base64url').toString()) ?? []
  return typename === undefined || id === undefined ? null : { typename, id }
}

/** The row key inside a decoded id; null for anything but a positive whole number. */
export const rowKeyIn = (id: string): number | null => {
  const key = Number(id)
  return /^[1-9]\d{0,15}$/.test(id) && Number.isSafeInteger(key) ? key : null
}

/**
 * The row key inside a global id of a type; null for any other id: a mutation must not fail the whole operation, whose
 * earlier mutations may be committed.
 */
export function keyOrNull(type: NodeType | CuratedType, globalId: string): number | null {
  const { typename, id } = partsOfGlobalId(globalId) ?? {}
  return typename === type && id !== undefined ? rowKeyIn(id) : null
}
