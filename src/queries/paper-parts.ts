import { getTableColumns, type SQL, sql } from 'drizzle-orm'
import type { PgColumn } from 'drizzle-orm/pg-core'
import { organizations } from '../../drizzle/tables/organizations.ts'
import { paperCards } from '../../drizzle/tables/paper-cards.ts'
import { paperChanges } from '../../drizzle/tables/paper-changes.ts'
import { paperIdentifiers } from '../../drizzle/tables/paper-identifiers.ts'
import { paperLinks } from '../../drizzle/tables/paper-links.ts'
import { papers } from '../../drizzle/tables/papers.ts'
import { users } from '../../drizzle/tables/users.ts'
import { joinColumns, packed, packedOne, packing, splitColumns } from '../db/row-packing.ts'
import type { PaperIdentifier } from '../values/identifiers.ts'
import type { PaperLinkKind } from '../values/vocabulary.ts'
import type { AuthorSummary } from './authors.ts'
import type { OrganizationSummary } from './organizations.ts'
import { CARD } from './paper-cards.ts'
import type { TopicSummary } from './topics.ts'
import type { UserSummary } from './users.ts'

const {
  hiddenAt: _hiddenAt,
  factsAsOf: _factsAsOf,
  factsBy: _factsBy,
  otherStatements: _otherStatements,
  rewordedAt: _rewordedAt,
  abstract,
  summary,
  ...facts
} = getTableColumns(papers)
const texts = { abstract, summary }

/** The related rows that a statement can include with a paper: the columns that name and show them, and no others. */
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
 * What a statement can include with a paper: `texts` are abstract and summary, the others are rows of other tables. Each set
 * of parts is a statement of its own.
 */
export const PAPER_PARTS = [
  'texts',
  'changedAt',
  'organization',
  'submitter',
  'authors',
  'topics',
  'links',
  'identifiers',
] as const
export type PaperPart = (typeof PAPER_PARTS)[number]

/** A set of parts, in the order of `PAPER_PARTS`. */
export type PaperParts = readonly PaperPart[]

/** The parts that are included unless a caller names others. */
export const DEFAULT_PARTS: PaperParts = ['texts']

/** Related rows that were read with a paper. A relation that is absent has not been read; of the authors the first are here. */
export interface Included {
  changedAt?: string
  organization?: OrganizationSummary | null
  submitter?: UserSummary | null
  authors?: AuthorSummary[]
  topics?: TopicSummary[]
  links?: { kind: PaperLinkKind; url: string; title: string | null }[]
  identifiers?: PaperIdentifier[]
}

type StoredPaper = typeof papers.$inferSelect

/** The columns of the part `texts`. They are most of a row's bytes, so they are read only if an operation selects them. */
export const TEXT_COLUMNS = Object.keys(texts) as (keyof typeof texts)[]

/** Abstract and summary. */
export type PaperTexts = Pick<StoredPaper, keyof typeof texts>

/** A paper as it is always read, with the related rows that were requested. */
export type PaperRow = Omit<
  StoredPaper,
  'hiddenAt' | 'factsAsOf' | 'factsBy' | 'otherStatements' | 'rewordedAt' | keyof PaperTexts
> & {
  included?: Included
}

/** A paper that was read with its texts. */
export type PaperWithTexts = PaperRow & PaperTexts

export const hasTexts = (paper: PaperRow): paper is PaperWithTexts => 'abstract' in paper

/** When a paper last changed. Nested for the reason that `packed` gives. */
const CHANGED_AT: SQL<string> = sql`${sql`(select ${paperChanges.changedAt}::text from ${paperChanges} where ${paperChanges.paperId} = ${papers.id})`}`

/** The parts that are columns of `paper_cards`, whose row is read once for both. */
const isOfCard = (part: PaperPart) => part === 'authors' || part === 'topics'

/** The columns of papers with these parts, to be read with `unpackPapers`. */
export function paperColumns(parts: PaperParts) {
  const columns: Record<string, PgColumn | SQL> = { ...facts }
  for (const part of parts) {
    if (part === 'texts') Object.assign(columns, texts)
    else if (part === 'changedAt') columns['packed changedAt'] = CHANGED_AT
    else if (!isOfCard(part)) columns[`packed ${part}`] = SELECTED[part]
  }
  const ofCard = parts.filter(isOfCard)
  if (ofCard.length > 0) columns['packed card'] = cardColumn(ofCard.map((part) => paperCards[part]))
  return columns
}

// Nested for the reason that `packed` gives.
const cardColumn = (columns: readonly PgColumn[]): SQL<string | null> =>
  sql`${sql`(select ${joinColumns(columns)} from ${paperCards} where ${paperCards.paperId} = ${papers.id})`}`

/** Rows of `paperColumns(parts)`, changed in place: packed columns become `included`. Other selected columns stay. */
export function unpackPapers<Row>(rows: Row[], parts: PaperParts): (Row & PaperRow)[] {
  const ofCard = parts.filter(isOfCard)
  const others = parts.filter((part) => part !== 'texts' && !isOfCard(part))
  if (ofCard.length + others.length > 0)
    for (const row of rows as Record<string, unknown>[]) {
      const included: Included = {}
      for (const part of others) include(included, part, row[`packed ${part}`] as string | null)
      if (ofCard.length > 0) includeCard(included, ofCard, row['packed card'] as string | null)
      row.included = included
    }
  return rows as (Row & PaperRow)[]
}

function include(included: Included, part: keyof typeof PACKINGS | 'changedAt', text: string | null): void {
  if (part === 'changedAt') {
    if (text !== null) included.changedAt = text
    return
  }
  const rows = text === null ? [] : PACKINGS[part].unpack(text)
  if (rows === undefined) return
  const isOne = part === 'organization' || part === 'submitter'
  ;(included as Record<string, unknown>)[part] = isOne ? (rows[0] ?? null) : rows
}

/** Without a card, or with one that cannot be unpacked, nothing is included: loaders read the rows from their tables. */
function includeCard(included: Included, parts: readonly (keyof typeof CARD)[], text: string | null): void {
  if (text === null) return
  const texts = splitColumns(text)
  if (texts.length !== parts.length) return
  for (const [place, part] of parts.entries())
    (included as Record<string, unknown>)[part] = CARD[part].unpack(texts[place] as string)
}
