import type { ExecutionArgs, ExecutionResult } from 'graphql'
import type { Context } from '../../../schema/context.ts'

/** A result with the members of filter lists that name nothing, as `extensions.unknown`; the same result if there are none. */
export function withUnknownMembers(result: ExecutionResult, { contextValue }: ExecutionArgs): ExecutionResult {
  const { found } = (contextValue as Context).unknown
  return found === null ? result : { ...result, extensions: { ...result.extensions, unknown: found } }
}
