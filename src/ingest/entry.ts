import type { PaperLinkKind, TopicKind } from '../values/vocabulary.ts'

/** A person as a source names them. */
export interface PersonEntry {
  handle: string
  name: string | null
  avatarUrl: string | null
  /** Who this is at the source whatever the handle, such as `hf:6039478ab3ecf716b1a5fd4d`; null where it does not say. */
  sourceKey: string | null
}

export interface OrganizationEntry {
  slug: string
  name: string
  avatarUrl: string | null
  sourceKey: string | null
}

/**
 * What a source says of one paper at one moment, in the catalogue's own terms: every parser answers these, and
 * `save.ts` knows no other form. `null` means that the source says nothing, and leaves what is stored.
 */
export interface PaperEntry {
  /** Where the counts come from, such as `hf`; one source's counts replace each other, those of different ones add up. */
  source: string
  /** The moment whose facts these are. An entry older than what is stored fills gaps and overwrites nothing. RFC 3339. */
  asOf: string
  arxivId: string | null
  doi: string | null
  /** Other identifiers; scheme in lower case. At least one identifier of any kind is there. */
  identifiers: { scheme: string; value: string }[]
  title: string
  abstract: string | null
  summary: string | null
  publishedAt: string
  updatedAt: string | null
  /** Both or neither. */
  listedAt: string | null
  listedOn: string | null
  submitter: PersonEntry | null
  organization: OrganizationEntry | null
  /** In the order printed; `account` where the source has confirmed who it is. */
  authors: { name: string; account: PersonEntry | null }[] | null
  /** Each kind that is there replaces what is stored of that kind. */
  topics: { kind: TopicKind; names: string[] }[]
  /** As with topics, kind by kind. */
  links: { kind: PaperLinkKind; url: string; title: string | null }[] | null
  thumbnailUrl: string | null
  githubStars: number | null
  commentCount: number | null
  /** The source's vote count and when it was that. */
  votes: { count: number; countedAt: string } | null
}
