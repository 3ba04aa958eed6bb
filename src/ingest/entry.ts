import type { Authority, PaperLinkKind, TopicKind } from '../values/vocabulary.ts'
import type { EntryFacts } from './paper-facts.ts'

/** A date in place of a moment, the best first: its day, its announcement, or the start of its month. */
export const ROUGH_DATES = ['DAY', 'ANNOUNCEMENT', 'MONTH'] as const
export type RoughDate = (typeof ROUGH_DATES)[number]

/** A paper of arXiv that was withdrawn, of which the source says nothing else. */
export interface Withdrawal {
  /** Its arXiv id. */
  withdrawn: string
  /** In RFC 3339. */
  at: string
}

/** A person as a source names them. */
export interface PersonEntry {
  handle: string
  name: string | null
  avatarUrl: string | null
  /** The person's permanent key at the source, such as `hf:6039478ab3ecf716b1a5fd4d`; null if the source gives none. */
  sourceKey: string | null
}

export interface OrganizationEntry {
  slug: string
  name: string
  avatarUrl: string | null
  sourceKey: string | null
}

/**
 * What a source says about one paper at one moment, in the terms of the catalogue: its facts (`paper-facts.ts`) and its
 * lists. Every parser returns entries, and `save/` takes nothing else. Null or absent means that the source does not say,
 * and leaves what is stored.
 */
export interface PaperEntry extends EntryFacts {
  /** Whose vote counts these are, such as `hf`. Counts of one source replace each other; those of several add up. */
  source: string
  /** Who says this. It decides with `asOf` what an entry replaces: see `paper-facts.ts`. */
  authority: Authority
  /** The moment at which the source said this, in RFC 3339. */
  asOf: string
  /** What `publishedAt` is if not the moment of the first version. A better one replaces it, whoever says it. */
  publishedAtIs?: RoughDate
  /** Identifiers other than the arXiv id and the DOI, with the scheme in lower case. An entry has at least one identifier of any kind. */
  identifiers: { scheme: string; value: string }[]
  submitter?: PersonEntry | null
  organization?: OrganizationEntry | null
  /** In printed order. `account` is set only if the source has confirmed whose it is. */
  authors?: { name: string; account: PersonEntry | null }[] | null
  /** Each kind that is present replaces the stored topics of that kind. */
  topics: { kind: TopicKind; names: string[] }[]
  /** Each kind that is present replaces the stored links of that kind. */
  links?: { kind: PaperLinkKind; url: string; title: string | null }[] | null
  /** The vote count of the source, and when the source counted. */
  votes?: { count: number; countedAt: string } | null
}
