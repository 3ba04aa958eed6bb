import type { UserRow } from '../src/queries/users.ts'
import type { Scope } from '../src/values/scopes.ts'
import type { Context } from './context.ts'
import { Refusal } from './refusal.ts'

/**
 * The person signed in if their token has the scope, or why not.
 *
 * @param unscoped what a token without the scope is refused with: `ForbiddenError` where the result has it
 */
export function permitted(
  { viewer }: Context,
  scope: Scope,
  toDo: string,
  unscoped: 'UnauthenticatedError' | 'ForbiddenError' = 'UnauthenticatedError',
): UserRow | Refusal {
  if (viewer === null)
    return new Refusal('UnauthenticatedError', `Sign in to ${toDo}: send "Authorization: Bearer" and a token.`)
  if (!viewer.scopes.has(scope))
    return new Refusal(unscoped, `The token does not allow you to ${toDo}: it needs the scope "${scope}".`)
  return viewer.user
}
