/** What curators and operators do, as the audit log names it, with what it means for readers of the log. */
export const AUDIT_ACTIONS = {
  HIDE_PAPERS: 'Papers were hidden.',
  UNHIDE_PAPERS: 'Hidden papers were shown again.',
  SUSPEND_USER: 'A user was suspended: they cannot sign in, and their votes do not count.',
  UNSUSPEND_USER: 'The suspension of a user ended, and their votes count again.',
  REMOVE_USER_CONTENT: 'All visible papers that a user submitted were hidden.',
  RESTORE_USER_CONTENT: 'The papers of a user that were hidden together were shown again.',
  RESOLVE_REPORTS: 'Reports of papers were resolved.',
  MERGE_TOPICS: 'A topic, the first subject, was merged into another one, the second.',
  UNMERGE_TOPIC: 'The merge of a topic, the first subject, into another one was undone.',
  MERGE_AUTHORS: 'An author, the first subject, was merged into another one, the second.',
  UNMERGE_AUTHOR: 'The merge of an author, the first subject, into another one was undone.',
  UPDATE_PAPER: 'A paper was corrected, or what had been corrected was released to its sources.',
  ERASE_USER: 'The operator erased a user, with all of their data.',
  CREATE_TOKEN: 'The operator created an access token for a user.',
  REVOKE_TOKEN: 'The operator revoked an access token of a user.',
} as const

export type AuditAction = keyof typeof AUDIT_ACTIONS

/** What an entry of the audit log can be about. */
export const AUDIT_SUBJECT_TYPES = ['Author', 'Organization', 'Paper', 'Topic', 'User'] as const
export type AuditSubjectType = (typeof AUDIT_SUBJECT_TYPES)[number]

/** An object that an entry is about, as it is stored: its type and its key. */
export type AuditSubject = `${AuditSubjectType}:${number}`

/** One value that was changed, in the words of the API, with what it was before: null where there was none. */
export interface AuditedChange {
  field: string
  before: unknown
  after: unknown
}
