import { getTableColumns, type SQL, sql } from 'drizzle-orm'
import type { PgColumn } from 'drizzle-orm/pg-core'
import { organizations } from '../../drizzle/tables/organizations.ts'
import { paperCards } from '../../drizzle/tables/paper-cards.ts'
import { paperIdentifiers } from '../../drizzle/tables/paper-identifiers.ts'
import { paperLinks } from '../../drizzle/tables/paper-links.ts'
import { papers } from '../../drizzle/tables/papers.ts'
import { users } from '../../drizzle/tables/users.ts'
import { packed, packedOne, packedTogether, packing, takeApart } from '../db/row-packing.ts'
import type { PaperIdentifier } from '../values/identifiers.ts'
import type { PaperLinkKind } from '../values/vocabulary.ts'
import type { AuthorRow } from './authors.ts'
import type { OrganizationRow } from './organizations.ts'
import { CARD } from './paper-cards.ts'
import type { TopicRow } from './topics.ts'
import type { UserRow } from './users.ts'

const {
  hiddenAt: _hiddenAt,
  factsAsOf: _factsAsOf,
  rewordedAt: _rewordedAt,
  abstract,
  summary,
  ...facts
} = getTableColumns(papers)

/** The rows that a statement can bring along with a paper: the columns that name and show them, and no others. */
const PACKINGS = {
  organization: packing({
    id: organizations.id,
    slug: organizations.slug,
    name: organizations.name,
    avatarUrl: organizations.avatarUrl,
  }),
  submitter: packing({ id: users.id, handle: users.handle, name: users.name, avatarUrl: users.avatarUrl }),
  links: packing({ kind: paperLinks.kind, url: paperLinks.url, title: paperLinks.title }),
  identifiers: packing({ scheme: paperIdentifiers.scheme, value: paperIdentifiers.value }),
}

const SELECTED: Record<keyof typeof PACKINGS, SQL<string | null>> = {
  organization: packedOne(
    PACKINGS.organization,
    sql`from ${organizations} where ${organizations.id} = ${papers.organizationId}`,
  ),
  submitter: packedOne(PACKINGS.submitter, sql`from ${users} where ${users.id} = ${papers.submitterId}`),
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

/**
 * What came along with a paper; what is not in it has its own statement. Of these rows only what names and shows them is
 * there, and of the authors only the first.
 */
export interface Brought {
  organization?: OrganizationRow | null
  submitter?: UserRow | null
  authors?: AuthorRow[]
  topics?: TopicRow[]
  links?: { kind: PaperLinkKind; url: string; title: string | null }[]
  identifiers?: PaperIdentifier[]
}

/** A paper, and what it was asked to bring. Abstract and summary are there only where `texts` are a part. */
export type PaperRow = Omit<typeof papers.$inferSelect, 'hiddenAt' | 'factsAsOf' | 'rewordedAt'> & { brought?: Brought }

/** The parts that are columns of its card, which is read once for both. */
const isOfCard = (part: PaperPart) => part === 'authors' || part === 'topics'

/** The columns of papers with these parts, to be read with `unpackPapers`. */
export function paperColumns(parts: PaperParts) {
  const columns: Record<string, PgColumn | SQL> = { ...facts }
  for (const part of parts) {
    if (part === 'texts') Object.assign(columns, { abstract, summary })
    else if (!isOfCard(part)) columns[`packed ${part}`] = SELECTED[part]
  }
  const ofCard = parts.filter(isOfCard)
  if (ofCard.length > 0) columns['packed card'] = cardColumn(ofCard.map((part) => paperCards[part]))
  return columns
}

// One within the other: see `packed`.
const cardColumn = (columns: readonly PgColumn[]): SQL<string | null> =>
  sql`${sql`(select ${packedTogether(columns)} from ${paperCards} where ${paperCards.paperId} = ${papers.id})`}`

/** Rows of `paperColumns(parts)`, and what else was selected, with what they brought unpacked. */
export function unpackPapers<Row>(rows: Row[], parts: PaperParts): (Row & PaperRow)[] {
  const ofCard = parts.filter(isOfCard)
  const others = parts.filter((part) => part !== 'texts' && !isOfCard(part))
  if (ofCard.length + others.length > 0)
    for (const row of rows as Record<string, unknown>[]) {
      const brought: Brought = {}
      for (const part of others) bring(brought, part, row[`packed ${part}`] as string | null)
      if (ofCard.length > 0) bringCard(brought, ofCard, row['packed card'] as string | null)
      row.brought = brought
    }
  return rows as (Row & PaperRow)[]
}

function bring(brought: Brought, part: keyof typeof PACKINGS, text: string | null): void {
  const rows = text === null ? [] : PACKINGS[part].unpack(text)
  if (rows === undefined) return
  const isOne = part === 'organization' || part === 'submitter'
  ;(brought as Record<string, unknown>)[part] = isOne ? (rows[0] ?? null) : rows
}

/** What has no card, or one that cannot be read, brings nothing: its rows are read from their tables. */
function bringCard(brought: Brought, parts: readonly (keyof typeof CARD)[], text: string | null): void {
  if (text === null) return
  const texts = takeApart(text)
  if (texts.length !== parts.length) return
  for (const [place, part] of parts.entries())
    (brought as Record<string, unknown>)[part] = CARD[part].unpack(texts[place] as string)
}
