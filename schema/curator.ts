import { LONGEST_REASON, normalizeParagraphs } from '../src/values/text.ts'
import type { Curator } from '../src/writes/audit-log.ts'
import type { Context } from './context.ts'
import { permitted } from './permission.ts'
import { Refusal } from './refusal.ts'

export const reasonDescription = `Why, for the audit log: at most ${LONGEST_REASON.toLocaleString('en')} characters. Null to give no reason.`

/**
 * The signed-in curator and their reason; otherwise the refusal.
 *
 * @param toDo completes `Sign in to …`
 */
export function curatorOf(context: Context, toDo: string, given: string | null | undefined): Curator | Refusal {
  const user = permitted(context, 'curate', toDo, 'ForbiddenError')
  if (user instanceof Refusal) return user
  const reason = normalizeParagraphs(given ?? '') || null
  if (reason !== null && reason.length > LONGEST_REASON) {
    const message = `The reason must have at most ${LONGEST_REASON} characters; it has ${reason.length}.`
    return new Refusal('InvalidInputError', message, [{ path: 'reason', message }])
  }
  return { userId: user.id, at: context.clock.now(), reason }
}
