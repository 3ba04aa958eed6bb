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
import type { StoredPaper } from './stored-papers.ts'

/** The facts of a paper after an entry; `existing` is null for a new paper. */
export function mergeFacts(
  entry: PaperEntry,
  existing: StoredPaper | null,
  ids: Pick<PaperFacts, 'submitterId' | 'organizationId'>,
): PaperFacts {
  const brought: Partial<Record<FactName, FactValue>> = { ...entry, ...ids, factsAsOf: entry.asOf }
  const facts: Partial<Record<FactName, FactValue>> = {}
  for (const name of FACT_NAMES) {
    const value = brought[name] ?? null
    if (existing === null) facts[name] = value ?? initialFact(name)
    else facts[name] = value !== null && replaces(name, entry, existing) ? value : existing[name]
  }
  if (existing !== null && isRestored(entry, existing)) facts.withdrawnAt = null
  if (existing !== null && textsDiffer(facts as PaperFacts, existing)) facts.rewordedAt = new Date().toISOString()
  return facts as PaperFacts
}

/** The parts of an entry that are rows of other tables. */
export type EntryRelations = Pick<PaperEntry, 'submitter' | 'organization' | 'authors' | 'topics' | 'links'>

/** The relations of an entry that replace those of the paper. An older entry only fills empty lists, kind by kind. */
export function relationsToSave(entry: PaperEntry, existing: StoredPaper | null): EntryRelations {
  if (existing === null) return entry
  const isNewest = isAtLeastAsNew(entry, existing)
  return {
    submitter: replaces('submitterId', entry, existing) ? entry.submitter : null,
    organization: replaces('organizationId', entry, existing) ? entry.organization : null,
    authors: isNewest || existing.authorIds.length === 0 ? entry.authors : null,
    topics: entry.topics.filter(({ kind }) => isNewest || !existing.topics.some((topic) => topic.kind === kind)),
    links: entry.links?.filter(({ kind }) => isNewest || !existing.links.some((link) => link.kind === kind)) ?? null,
  }
}

/** Whether the value that an entry brings replaces the one of the existing paper. */
const replaces = (name: FactName, entry: PaperEntry, existing: StoredPaper): boolean =>
  RULES[PAPER_FACTS[name].rule](name, entry, existing)

type Rule = (name: FactName, entry: PaperEntry, existing: StoredPaper) => boolean

const isAtLeastAsNew = (entry: PaperEntry, existing: StoredPaper): boolean => entry.asOf >= existing.factsAsOf

const newest: Rule = (name, entry, existing) =>
  existing[name] === null ||
  (isAtLeastAsNew(entry, existing) && !(name === 'publishedAt' && entry.isPublishedRoughly === true))

const RULES: Record<FactRule, Rule> = {
  newest,
  firstListing: (_, { asOf, listedOn }, existing) => {
    if (existing.listedOn === null) return true
    // This server closed that edition; no source may change it.
    if (existing.submittedHere || listedOn == null) return false
    return listedOn < existing.listedOn || (listedOn === existing.listedOn && asOf >= existing.factsAsOf)
  },
  submitter: (name, entry, existing) => {
    if (existing.submittedHere && existing.listedOn !== null) return false
    return newest(name, entry, existing) && !isWeakerKey(entry.submitter, existing.submitterKey)
  },
  organization: (name, entry, existing) =>
    newest(name, entry, existing) && !isWeakerKey(entry.organization, existing.organizationKey),
  derived: () => false,
}

/** Whether the entry has a version from after the day on which the paper was withdrawn. */
const isRestored = ({ withdrawnAt, updatedAt, asOf }: PaperEntry, existing: StoredPaper): boolean =>
  existing.withdrawnAt !== null &&
  withdrawnAt == null &&
  updatedAt != null &&
  asOf >= existing.factsAsOf &&
  updatedAt.slice(0, 10) > existing.withdrawnAt.slice(0, 10)

/** A handle without a key may be one that the known account had before, or one that now belongs to another account. */
const isWeakerKey = (account: { sourceKey: string | null } | null | undefined, existingKey: string | null): boolean =>
  account?.sourceKey === null && existingKey !== null
