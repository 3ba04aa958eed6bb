import type { UserRow } from '../src/queries/users.ts'
import type { Scope } from '../src/values/scopes.ts'
import type { Context } from './context.ts'
import { Refusal } from './refusal.ts'

/**
 * The signed-in user, if the token has the scope; otherwise the refusal.
 *
 * @param toDo completes `Sign in to …`
 * @param unscoped the refusal of a token without the scope: `ForbiddenError` if the result union has it
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
