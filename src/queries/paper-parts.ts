import { getTableColumns, type SQL, sql } from 'drizzle-orm'
import type { PgColumn } from 'drizzle-orm/pg-core'
import { authors } from '../../drizzle/tables/authors.ts'
import { organizations } from '../../drizzle/tables/organizations.ts'
import { paperAuthors } from '../../drizzle/tables/paper-authors.ts'
import { paperIdentifiers } from '../../drizzle/tables/paper-identifiers.ts'
import { paperLinks } from '../../drizzle/tables/paper-links.ts'
import { paperTopics } from '../../drizzle/tables/paper-topics.ts'
import { papers } from '../../drizzle/tables/papers.ts'
import { topics } from '../../drizzle/tables/topics.ts'
import { users } from '../../drizzle/tables/users.ts'
import { packed, packedOne, packing } from '../db/packed.ts'
import type { PaperIdentifier } from '../identifiers.ts'
import { type PaperLinkKind, TOPIC_KINDS } from '../vocabulary.ts'
import type { AuthorRow } from './authors.ts'
import type { OrganizationRow } from './organizations.ts'
import type { TopicRow } from './topics.ts'
import type { UserRow } from './users.ts'

/** How many authors of each paper come with it: the first page. The others are read when somebody asks for more. */
const FIRST_AUTHORS = 20

const { hiddenAt: _hiddenAt, factsAsOf: _factsAsOf, abstract, summary, ...facts } = getTableColumns(papers)

/** The rows that a statement can bring along with a paper, with what names and shows them; the rest of them it does not have. */
const PACKINGS = {
  organization: packing({
    id: organizations.id,
    slug: organizations.slug,
    name: organizations.name,
    avatarUrl: organizations.avatarUrl,
  }),
  submitter: packing({ id: users.id, handle: users.handle, name: users.name, avatarUrl: users.avatarUrl }),
  authors: packing({ id: authors.id, slug: authors.slug, name: authors.name }),
  topics: packing({
    id: topics.id,
    kind: topics.kind,
    slug: topics.slug,
    name: topics.name,
    position: paperTopics.position,
  }),
  links: packing({ kind: paperLinks.kind, url: paperLinks.url, title: paperLinks.title }),
  identifiers: packing({ scheme: paperIdentifiers.scheme, value: paperIdentifiers.value }),
}

const SELECTED: Record<keyof typeof PACKINGS, SQL<string | null>> = {
  organization: packedOne(
    PACKINGS.organization,
    sql`from ${organizations} where ${organizations.id} = ${papers.organizationId}`,
  ),
  submitter: packedOne(PACKINGS.submitter, sql`from ${users} where ${users.id} = ${papers.submitterId}`),
  authors: packed(
    PACKINGS.authors,
    sql`from ${paperAuthors} join ${authors} on ${authors.id} = ${paperAuthors.authorId} where ${paperAuthors.paperId} = ${papers.id} and ${paperAuthors.position} <= ${sql.raw(String(FIRST_AUTHORS))} order by ${paperAuthors.position}`,
  ),
  topics: packed(
    PACKINGS.topics,
    sql`from ${paperTopics} join ${topics} on ${topics.id} = ${paperTopics.topicId} where ${paperTopics.paperId} = ${papers.id}`,
  ),
  links: packed(
    PACKINGS.links,
    sql`from ${paperLinks} where ${paperLinks.paperId} = ${papers.id} order by ${paperLinks.kind}, ${paperLinks.position}, ${paperLinks.url}`,
  ),
  identifiers: packed(
    PACKINGS.identifiers,
    sql`from ${paperIdentifiers} where ${paperIdentifiers.paperId} = ${papers.id} order by ${paperIdentifiers.scheme}, ${paperIdentifiers.value}`,
  ),
}

/**
 * What a statement that reads papers brings beside their facts: `texts` are abstract and summary, the others rows of other
 * tables. Each set of parts is a statement of its own.
 */
export const PAPER_PARTS = ['texts', 'organization', 'submitter', 'authors', 'topics', 'links', 'identifiers'] as const
export type PaperPart = (typeof PAPER_PARTS)[number]

/** A set of parts, in the order of `PAPER_PARTS`. */
export type PaperParts = readonly PaperPart[]

/** What `papersByIds` brings when nothing is said: the facts of a paper and its texts. */
export const PLAIN_PAPER: PaperParts = ['texts']

type PlacedTopic = TopicRow & { position: number }

/**
 * What came along with a paper; what is not in it has its own statement. Of these rows only what names and shows them is
 * there, and of the authors only the first.
 */
export interface Brought {
  organization?: OrganizationRow | null
  submitter?: UserRow | null
  authors?: AuthorRow[]
  topics?: PlacedTopic[]
  links?: { kind: PaperLinkKind; url: string; title: string | null }[]
  identifiers?: PaperIdentifier[]
}

/** A paper, and what it was asked to bring. Abstract and summary are there only where `texts` are a part. */
export type PaperRow = Omit<typeof papers.$inferSelect, 'hiddenAt' | 'factsAsOf'> & { brought?: Brought }

/** The columns of papers with these parts, to be read with `readPapers`. */
export function paperColumns(parts: PaperParts) {
  const columns: Record<string, PgColumn | SQL> = { ...facts }
  for (const part of parts) {
    if (part === 'texts') Object.assign(columns, { abstract, summary })
    else columns[`packed ${part}`] = SELECTED[part]
  }
  return columns
}

/** Rows of `paperColumns(parts)`, and what else was selected, with what they brought unpacked. */
export function readPapers<Row>(rows: Row[], parts: PaperParts): (Row & PaperRow)[] {
  const relations = parts.filter((part) => part !== 'texts')
  if (relations.length > 0)
    for (const row of rows as Record<string, unknown>[]) {
      const brought: Brought = {}
      for (const part of relations) bring(brought, part, row[`packed ${part}`] as string | null)
      row.brought = brought
    }
  return rows as (Row & PaperRow)[]
}

function bring(brought: Brought, part: keyof typeof PACKINGS, text: string | null): void {
  const rows = text === null ? [] : PACKINGS[part].unpack(text)
  if (rows === undefined) return
  const isOne = part === 'organization' || part === 'submitter'
  ;(brought as Record<string, unknown>)[part] = isOne ? (rows[0] ?? null) : rows
  // Sorted here: a sort in Postgres costs more, paper by paper, than the reading of the rows.
  if (part === 'topics') brought.topics?.sort(asTopicsAreShown)
}

/** Categories first, then keywords, each in the order that the source gave. */
const asTopicsAreShown = (a: PlacedTopic, b: PlacedTopic) =>
  a.kind === b.kind ? a.position - b.position : TOPIC_KINDS.indexOf(a.kind) - TOPIC_KINDS.indexOf(b.kind)
