import { BadUserInput } from '../src/values/errors.ts'
import { keyOrNull, NODE_TYPES, type NodeType, partsOfGlobalId, rowKeyIn } from '../src/values/global-id.ts'

export { type CuratedType, encodeGlobalId, keyOrNull, NODE_TYPES, type NodeType } from '../src/values/global-id.ts'

const isNodeType = (name: string): name is NodeType => NODE_TYPES.some((type) => type === name)

/** @throws BadUserInput that names the argument, for anything but a result of `encodeGlobalId` */
export function decodeGlobalId(globalId: string, argument: string): { typename: NodeType; id: string } {
  const { typename, id } = partsOfGlobalId(globalId) ?? {}
  if (typename === undefined || id === undefined || !isNodeType(typename)) throw unknownId(argument, globalId)
  return { typename, id }
}

/** The row key inside a decoded id. @throws BadUserInput for anything but a positive whole number */
export function rowKey(id: string, argument: string): number {
  const key = rowKeyIn(id)
  if (key === null) throw unknownId(argument, id)
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
  const { typename, id } = partsOfGlobalId(globalId) ?? {}
  const key = id === undefined ? null : rowKeyIn(id)
  return typename !== undefined && key !== null && isNodeType(typename) ? { typename, key } : null
}

/** The row key inside the global id of a paper; null for any other id. */
export const paperKeyOrNull = (globalId: string): number | null => keyOrNull('Paper', globalId)

/** The error for text that is not an id, or not one of the wanted type. */
export const unknownId = (argument: string, given: string) =>
  new BadUserInput(argument, `\`${argument}\` must be an id that this server returned; "${shorten(given)}" is not.`)

/** The start of a text, enough to recognise it in a message. */
export const shorten = (text: string): string => (text.length > 60 ? `${text.slice(0, 60)}…` : text)
