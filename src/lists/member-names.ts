import type { Db } from '../db/client.ts'
import { authorsBySlugs } from '../queries/authors.ts'
import { organizationsNamed } from '../queries/organizations.ts'
import { papersNamed } from '../queries/papers.ts'
import { topicsNamed } from '../queries/topics.ts'
import { usersByHandles } from '../queries/users.ts'
import type { PaperFilter } from './paper-filter.ts'

type ListField =
  | 'topics'
  | 'allTopics'
  | 'excludeTopics'
  | 'organizations'
  | 'authors'
  | 'submitters'
  | 'like'
  | 'unlike'

/** What a member of a list field is called: its name, or what was written if it names nothing. */
export type MemberNames = (field: ListField, member: string) => string

/** The names of all members of a filter. One statement for each kind of them, and none for a filter without any. */
export async function memberNames(db: Db, filter: PaperFilter): Promise<MemberNames> {
  const topicSlugs = [...(filter.topics ?? []), ...(filter.allTopics ?? []), ...(filter.excludeTopics ?? [])]
  const read = <Row>(
    members: readonly string[] | null | undefined,
    find: (given: readonly string[]) => Promise<Map<string, Row>>,
  ) => (members?.length ? find(members) : new Map<string, Row>())
  const [topics, organizations, authors, users, papers] = await Promise.all([
    read(topicSlugs, (given) => topicsNamed(db, given)),
    read(filter.organizations, (given) => organizationsNamed(db, given)),
    read(filter.authors, (given) => authorsBySlugs(db, given)),
    read(filter.submitters, (given) => usersByHandles(db, given)),
    read([...(filter.like ?? []), ...(filter.unlike ?? [])], (given) => papersNamed(db, given, [])),
  ])
  return (field, member) => {
    if (field === 'organizations') return organizations.get(member)?.name ?? member
    if (field === 'authors') return authors.get(member)?.name ?? member
    if (field === 'submitters') return users.get(member)?.name ?? member
    if (field === 'like' || field === 'unlike') return papers.get(member)?.title ?? member
    return topics.get(member)?.name ?? member
  }
}
