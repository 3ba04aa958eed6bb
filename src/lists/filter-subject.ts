import type { Db } from '../db/client.ts'
import { authorsBySlugs } from '../queries/authors.ts'
import { organizationsNamed } from '../queries/organizations.ts'
import type { Subject, SubjectField } from '../queries/saved-filters.ts'
import { topicsNamed } from '../queries/topics.ts'
import { usersByHandles } from '../queries/users.ts'
import type { PaperFilter } from './paper-filter.ts'

const FIND: Record<SubjectField, (db: Db, members: readonly string[]) => Promise<Map<string, { id: number }>>> = {
  topics: topicsNamed,
  authors: authorsBySlugs,
  organizations: organizationsNamed,
  submitters: usersByHandles,
}

/** The topic, author, organization or submitter whose papers a filter shows, all of them; null for any other filter. */
export async function subjectOf(db: Db, filter: PaperFilter): Promise<Subject | null> {
  const [given, ...more] = Object.entries(filter).filter(([, value]) => value != null && !isEmptyList(value))
  if (given === undefined || more.length > 0) return null
  const [field, members] = given
  if (!isSubjectField(field) || (members as string[]).length !== 1) return null
  const [member] = members as [string]
  const row = (await FIND[field](db, [member])).get(member)
  return row ? { field, id: row.id } : null
}

const isSubjectField = (name: string): name is SubjectField => Object.hasOwn(FIND, name)

const isEmptyList = (value: unknown): boolean => Array.isArray(value) && value.length === 0
