import { auditLog } from '../../drizzle/tables/audit-log.ts'
import type { AuditAction, AuditedChange, AuditSubject, AuditSubjectType } from '../values/audit.ts'
import type { Writing } from './writing.ts'

/** Who curates, when and why. */
export interface Curator {
  /** Null for the operator, who runs a program. */
  userId: number | null
  at: Date
  reason: string | null
}

/** The person who runs a program. */
export const operator = (reason: string | null = null): Curator => ({ userId: null, at: new Date(), reason })

export interface AuditEntry {
  action: AuditAction
  subjects: readonly AuditSubject[]
  /** What an undo by hand needs: values that were overwritten. */
  changes?: readonly AuditedChange[]
}

export const subjectsOf = (type: AuditSubjectType, ids: readonly number[]): AuditSubject[] =>
  ids.map((id): AuditSubject => `${type}:${id}`)

/** Writes an entry of the audit log, which is committed or rolled back with the change that it describes, and logged by servers. Returns its id. */
export async function recordAudit(
  { tx, curation }: Writing,
  { userId, at, reason }: Curator,
  { action, subjects, changes = [] }: AuditEntry,
): Promise<number> {
  const [row] = await tx
    .insert(auditLog)
    .values({
      doneAt: at.toISOString(),
      action,
      userId,
      isByOperator: userId === null,
      reason,
      subjects: [...subjects],
      changes: [...changes],
    })
    .returning({ id: auditLog.id })
  const auditId = row?.id as number
  curation.push({ auditId, action, userId, reason, subjects })
  return auditId
}
