/** Words that the tables, the parsers and the schema share. */
export const TOPIC_KINDS = ['CATEGORY', 'KEYWORD'] as const
export type TopicKind = (typeof TOPIC_KINDS)[number]

export const PAPER_LINK_KINDS = [
  'ABSTRACT',
  'PDF',
  'CODE',
  'PROJECT',
  'DISCUSSION',
  'MEDIA',
  'MODEL',
  'DATASET',
  'DEMO',
] as const
export type PaperLinkKind = (typeof PAPER_LINK_KINDS)[number]

/**
 * Who says something about a paper: arXiv, a daily list, the operator of this server, somebody who submits the paper here, or
 * any feed.
 */
export const AUTHORITIES = ['ARXIV', 'LIST', 'OPERATOR', 'SUBMISSION', 'FEED'] as const
export type Authority = (typeof AUTHORITIES)[number]

/** Who decided what a paper has: a source, or a curator of this server, whose word no source replaces. */
export type Speaker = Authority | 'CURATOR'

/** The source of the vote counts that erased users leave. Not a name that an import can have. */
export const ERASED_VOTES = 'erased users'
