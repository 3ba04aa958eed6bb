import { BadUserInput } from '../src/values/errors.ts'

/** Global ids: `TypeName:key` in base64url. Clients must not look inside. */

/** The global id of a row. */
export const encodeGlobalId = (typename: string, key: string | number | bigint): string =>
  Buffer.from(`${typename}:${key}`).toString('base64url')

/** @throws BadUserInput naming the argument, for anything that `encodeGlobalId` cannot have made */
export function decodeGlobalId(globalId: string, argument = 'id'): { typename: string; id: string } {
  const [, typename, id] =
    /^(Author|Edition|Organization|Paper|Topic|User):([\w:-]+)$/.exec(Buffer.from(globalId, 'base64url').toString()) ??
    []
  if (typename === undefined || id === undefined) throw unknownId(argument, globalId)
  return { typename, id }
}

/** The row key inside a decoded id. @throws BadUserInput for anything but a positive whole number */
export function rowKey(id: string, argument = 'id'): number {
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

/**
 * The same where a wrong id must not fail the whole operation: another mutation of the document may be committed. Null for
 * an id that is not of a paper.
 */
export function paperKeyOrNull(globalId: string): number | null {
  try {
    return paperKey(globalId, 'input.paperId')
  } catch {
    return null
  }
}

const unknownId = (argument: string, given: string) =>
  new BadUserInput(argument, `\`${argument}\` must be an id that this server gave; "${shorten(given)}" is not.`)

/** Enough of a text to recognise it in a message. */
export const shorten = (text: string): string => (text.length > 60 ? `${text.slice(0, 60)}…` : text)
