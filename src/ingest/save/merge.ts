import { PAPER_LINK_KINDS, type PaperLinkKind, TOPIC_KINDS, type TopicKind } from '../../values/vocabulary.ts'
import type { PaperEntry } from '../entry.ts'
import {
  FACT_NAMES,
  type FactName,
  type FactRule,
  type FactValue,
  initialFact,
  PAPER_FACTS,
  type PaperFacts,
  textsDiffer,
} from '../paper-facts.ts'
import {
  compareRanks,
  outranks,
  readStatements,
  type Said,
  STATED_NAMES,
  type StatedName,
  type Statement,
  statementIn,
  writeStatements,
} from './statements.ts'
import type { StoredPaper } from './stored-papers.ts'

/**
 * The facts and lists that a paper takes from an entry of a source: all that the entry has, if the paper is new. What a
 * curator has decided stays, whatever its rule.
 */
export function takenFrom(entry: Said, existing: StoredPaper | null): Set<StatedName> {
  const brought = namesIn(entry)
  if (existing === null) return new Set(brought)
  const stored = new StoredStatements(existing)
  return new Set(
    brought.filter((name) => {
      const before = stored.of(name)
      return before === null || (before.by !== 'CURATOR' && ruleOf(name)(name, entry, existing, before))
    }),
  )
}

/** Everything that an entry says. An empty list says nothing. */
function namesIn(entry: Said): StatedName[] {
  const names: StatedName[] = []
  for (const name of STATED_NAMES)
    if (name in PAPER_FACTS && (entry as Partial<Record<StatedName, unknown>>)[name] != null) names.push(name)
  if (entry.submitter) names.push('submitterId')
  if (entry.organization) names.push('organizationId')
  if (entry.authors && entry.authors.length > 0) names.push('authors')
  for (const { kind, names: topics } of entry.topics ?? []) if (topics.length > 0) names.push(`topics.${kind}`)
  if (entry.links) for (const kind of new Set(entry.links.map((link) => link.kind))) names.push(`links.${kind}`)
  return names
}

/** Who said what is stored of a paper. */
class StoredStatements {
  readonly #paper: StoredPaper
  readonly #others: ReadonlyMap<StatedName, Statement>
  readonly #newest: Statement

  constructor(paper: StoredPaper) {
    this.#paper = paper
    this.#others = readStatements(paper.otherStatements)
    this.#newest = { by: paper.factsBy, asOf: paper.factsAsOf, doubt: 0 }
  }

  /**
   * Null if the paper has no value of it, unless a curator decided so. Who said a withdrawal stays known after its end: an
   * older one does not return.
   */
  of(name: StatedName): Statement | null {
    const other = this.#others.get(name)
    if (other?.by === 'CURATOR') return other
    if (isEmpty(name, this.#paper)) return name === 'withdrawnAt' ? (other ?? null) : null
    // A count of 0 may have been said, or be the default of the column.
    return other ?? (name === 'commentCount' && this.#paper.commentCount === 0 ? null : this.#newest)
  }
}

function isEmpty(name: StatedName, paper: StoredPaper): boolean {
  if (name === 'authors') return paper.authors.length === 0
  const { topics, links } = KINDS.get(name) ?? {}
  if (topics) return !paper.topics.some(({ kind }) => kind === topics)
  if (links) return !paper.links.some(({ kind }) => kind === links)
  return paper[name as FactName] === null
}

/** The names of lists, taken apart once: an import asks for all of them of every paper. */
const KINDS = new Map<StatedName, { topics?: TopicKind; links?: PaperLinkKind }>([
  ...TOPIC_KINDS.map((kind): [StatedName, { topics: TopicKind }] => [`topics.${kind}`, { topics: kind }]),
  ...PAPER_LINK_KINDS.map((kind): [StatedName, { links: PaperLinkKind }] => [`links.${kind}`, { links: kind }]),
])

/** Whether the value of an entry replaces the one that a paper has, by the statements about both. */
type Rule = (name: StatedName, entry: Said, existing: StoredPaper, stored: Statement) => boolean

const strongest: Rule = (name, entry, _, stored) => outranks(name, statementIn(entry, name), stored)

const RULES: Record<FactRule, Rule> = {
  strongest,
  published: (name, entry, existing, stored) => {
    const [said, date] = [statementIn(entry, name), entry.publishedAt as string]
    const areEqual = said.doubt === stored.doubt && compareRanks(name, said, stored) === 0
    return said.doubt > 0 && areEqual && date !== existing.publishedAt
      ? date < existing.publishedAt
      : outranks(name, said, stored)
  },
  firstListing: (name, entry, existing, stored) => {
    // This server closed that edition; no source may change it.
    if (existing.submittedHere || entry.listedOn == null) return false
    const before = existing.listedOn as string
    return entry.listedOn === before ? strongest(name, entry, existing, stored) : entry.listedOn < before
  },
  submitter: (name, entry, existing, stored) =>
    !(existing.submittedHere && existing.listedOn !== null) &&
    (keyed(entry.submitter, existing.submitterKey) ?? strongest(name, entry, existing, stored)),
  organization: (name, entry, existing, stored) =>
    keyed(entry.organization, existing.organizationKey) ?? strongest(name, entry, existing, stored),
  derived: () => false,
}

/**
 * Whether the account of an entry replaces the stored one because only one of them is known by its key; null if that does not
 * decide. A handle without a key may be one that the account had before, or one that now belongs to another account.
 */
function keyed(account: { sourceKey: string | null } | null | undefined, storedKey: string | null): boolean | null {
  const isKeyed = account?.sourceKey != null
  return isKeyed === (storedKey !== null) ? null : isKeyed
}

const ruleOf = (name: StatedName): Rule => (name in PAPER_FACTS ? RULES[PAPER_FACTS[name as FactName].rule] : strongest)

/** The facts of a paper after an entry; `existing` is null for a new paper. */
export function mergeFacts(
  entry: Said,
  existing: StoredPaper | null,
  taken: ReadonlySet<StatedName>,
  ids: Pick<PaperFacts, 'submitterId' | 'organizationId'>,
): PaperFacts {
  const brought: Partial<Record<FactName, FactValue>> = { ...entry, ...ids }
  const merged: Partial<Record<FactName, FactValue>> = {}
  for (const name of FACT_NAMES) {
    const value = taken.has(name as StatedName) ? (brought[name] ?? null) : null
    merged[name] = value ?? (existing === null ? initialFact(name) : existing[name])
    // Sources never replace a value with nothing.
    if (entry.authority === 'CURATOR' && taken.has(name as StatedName)) merged[name] = value
  }
  const facts = merged as PaperFacts
  const stored = existing && new StoredStatements(existing)
  const statementOf = (name: StatedName): Statement | null =>
    taken.has(name) ? statementIn(entry, name) : (stored?.of(name) ?? null)

  if (endsWithdrawal(facts, statementOf)) facts.withdrawnAt = null
  // A curator decides about single facts. The others are still from the newest entry of a source.
  if (entry.authority !== 'CURATOR' && (existing === null || entry.asOf >= existing.factsAsOf)) {
    facts.factsAsOf = entry.asOf
    facts.factsBy = entry.authority
  }
  facts.otherStatements = otherStatements(facts, statementOf)
  if (existing !== null && textsDiffer(facts, existing)) facts.rewordedAt = new Date().toISOString()
  return facts
}

/** Whether arXiv or the operator knows a version from after the day on which the paper was withdrawn. */
function endsWithdrawal(
  { withdrawnAt, updatedAt }: PaperFacts,
  statementOf: (name: StatedName) => Statement | null,
): boolean {
  if (withdrawnAt === null || updatedAt === null || updatedAt.slice(0, 10) <= withdrawnAt.slice(0, 10)) return false
  const [version, withdrawal] = [statementOf('updatedAt'), statementOf('withdrawnAt')]
  return version !== null && withdrawal !== null && compareRanks('updatedAt', version, withdrawal) >= 0
}

/** The facts and lists that are not from the newest statement, or doubtful. */
function otherStatements(facts: PaperFacts, statementOf: (name: StatedName) => Statement | null): string | null {
  const others: [StatedName, Statement][] = []
  for (const name of STATED_NAMES) {
    const statement = statementOf(name)
    if (statement === null) continue
    const value = name in facts ? facts[name as FactName] : undefined
    const isNewest = statement.by === facts.factsBy && statement.asOf === facts.factsAsOf && statement.doubt === 0
    // Without a statement, a count of 0 has not been said, and no withdrawal has ended.
    const isUnclear = (name === 'commentCount' && value === 0) || (name === 'withdrawnAt' && value === null)
    if (isUnclear || (!isNewest && (value !== null || statement.by === 'CURATOR'))) others.push([name, statement])
  }
  return writeStatements(others)
}

/** A paper that gives its DOI to another one. */
export const withoutDoi = (paper: StoredPaper): PaperFacts & { id: number } => ({
  ...paper,
  doi: null,
  otherStatements: writeStatements([...readStatements(paper.otherStatements)].filter(([name]) => name !== 'doi')),
})

/** The parts of an entry that refer to rows of other papers, too. */
export type EntryRelations = Pick<PaperEntry, 'submitter' | 'organization' | 'authors' | 'topics'>

/** The relations of an entry that the paper takes. */
export const relationsTaken = (entry: EntryRelations, taken: ReadonlySet<StatedName>): EntryRelations => ({
  submitter: taken.has('submitterId') ? entry.submitter : null,
  organization: taken.has('organizationId') ? entry.organization : null,
  authors: taken.has('authors') ? entry.authors : null,
  topics: entry.topics.filter(({ kind }) => taken.has(`topics.${kind}`)),
})
