import { sql } from 'drizzle-orm'
import { boolean, check, index, jsonb, pgTable, text } from 'drizzle-orm/pg-core'
import type { AuditAction, AuditedChange, AuditSubject } from '../../src/values/audit.ts'
import { id, instant, ref } from './columns.ts'
import { users } from './users.ts'

/** What curators and operators did. Rows are written in the transaction of the change and never changed. */
export const auditLog = pgTable(
  'audit_log',
  {
    id: id(),
    doneAt: instant('done_at').notNull(),
    action: text('action').$type<AuditAction>().notNull(),
    /** The curator; null for the operator, and for a curator who is no longer a user. */
    userId: ref('user_id').references(() => users.id, { onDelete: 'set null' }),
    /** Whether a program of the operator did it, and no signed-in user. */
    isByOperator: boolean('is_by_operator').notNull(),
    reason: text('reason'),
    /** Objects, such as `Paper:17`. No foreign keys: the entry outlives its objects. */
    subjects: text('subjects').array().$type<AuditSubject[]>().notNull(),
    changes: jsonb('changes').$type<AuditedChange[]>().notNull().default([]),
  },
  (t) => [
    index('audit_log_newest').on(t.doneAt, t.id),
    index('audit_log_of_user').on(t.userId, t.doneAt, t.id),
    index('audit_log_of_subject').using('gin', t.subjects),
    check('audit_log_one_actor', sql`not ${t.isByOperator} or ${t.userId} is null`),
  ],
)
