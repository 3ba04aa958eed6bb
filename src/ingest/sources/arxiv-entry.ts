import { normalizeArxivId, normalizeDoi } from '../../values/identifiers.ts'
import {
  distinctTopicNames,
  LONGEST_ABSTRACT,
  LONGEST_NAME,
  LONGEST_TITLE,
  nameOf,
  normalizeLine,
  normalizeParagraphs,
} from '../../values/text.ts'
import type { PaperEntry } from '../entry.ts'
import { texToText } from './tex.ts'
import { bounded, MOST_AUTHORS, MOST_MEMBERS, quoted } from './validation.ts'

/** What every form of arXiv's metadata says about a paper. */
export interface ArxivFacts {
  id: string
  title: string
  abstract: string | null
  /** What the authors say of the paper besides the abstract. */
  comments: string | null
  /** As `arxivName` and `splitAuthors` return them; null if the form does not name authors. */
  authors: readonly string[] | null
  /** The primary category first. */
  categories: readonly string[]
  /** One or several DOIs of the published article, separated by spaces or commas. */
  doi: string | null
  publishedAt: string
  updatedAt: string | null
  asOf: string
  /** Whether the last version withdraws the paper, if the form says so in another way than by its texts. */
  isWithdrawn?: boolean
}

/** No text of TeX is so much longer than its characters that a longer one could be accepted. */
const LONGEST_TEX = 8 * LONGEST_ABSTRACT

/**
 * The entry of a paper of arXiv.
 *
 * @throws Error whose message is one sentence that names the field at fault
 */
export function arxivEntry({ id, doi, publishedAt, updatedAt, asOf, ...facts }: ArxivFacts): PaperEntry {
  const arxivId = arxivIdOf(id)
  const title = bounded(normalizeLine(plainText(facts.title, 'title')), LONGEST_TITLE, 'title')
  if (title === '') throw new Error('title is blank.')
  const { authors } = facts
  if (authors && authors.length > MOST_AUTHORS) throw new Error(`authors has more than ${MOST_AUTHORS} members.`)
  for (const [index, name] of (authors ?? []).entries()) bounded(name, LONGEST_NAME, `authors[${index}]`)
  const categories = distinctTopicNames(
    facts.categories.map((name) => bounded(nameOf(name), LONGEST_NAME, 'categories')),
  )
  if (categories.length > MOST_MEMBERS) throw new Error(`categories has more than ${MOST_MEMBERS} members.`)
  return {
    source: 'arxiv',
    authority: 'ARXIV',
    asOf,
    arxivId,
    doi: firstDoi(doi),
    identifiers: [],
    title,
    abstract: facts.abstract === null ? null : abstractOf(facts.abstract) || null,
    publishedAt,
    updatedAt,
    // A withdrawal is a version of its own.
    withdrawnAt: facts.isWithdrawn || saysWithdrawn(facts) ? (updatedAt ?? publishedAt) : null,
    authors: authors && authors.length > 0 ? authors.map((name) => ({ name, account: null })) : null,
    topics: categories.length === 0 ? [] : [{ kind: 'CATEGORY', names: categories }],
  }
}

/** @throws Error whose message is one sentence */
export function arxivIdOf(id: string): string {
  const arxivId = normalizeArxivId(id)
  if (arxivId === null) throw new Error(`id is not an arXiv id: ${quoted(id)}.`)
  return arxivId
}

const PAPER = '(?:paper|article|manuscript|submission|preprint|work)'
const WITHDRAWN = String.raw`withdrawn\b(?! from (?!(?:the )?arxiv))`
const IS_WITHDRAWN = String.raw`${PAPER} (?:has been|has now been|is|is now|is being|was) (?:\w+ly )?${WITHDRAWN}`
const IN_COMMENTS = new RegExp(
  String.raw`\b${IS_WITHDRAWN}|^\W*(?:\w+ly )?${WITHDRAWN}|\bwithdr(?:ew|awn?) (?:this|the|our) ${PAPER}\b`,
  'i',
)
const IN_ABSTRACT = new RegExp(
  String.raw`^\W*(?:(?:this|the|our) ${IS_WITHDRAWN}|${WITHDRAWN}(?=\W*$| (?:by|due|because)\b))`,
  'i',
)

/** What every such statement contains: looked for first, because few papers have one. */
const TRACE = /withdr/i

/** Whether the authors say that they withdrew the paper. Most forms of arXiv's metadata say it in no other way. */
function saysWithdrawn({ comments, abstract }: { comments: string | null; abstract: string | null }): boolean {
  const says = (text: string, statement: RegExp) => TRACE.test(text) && statement.test(normalizeLine(text))
  return says(comments ?? '', IN_COMMENTS) || says(abstract?.slice(0, 1_000) ?? '', IN_ABSTRACT)
}

const plainText = (text: string, field: string): string => texToText(bounded(text, LONGEST_TEX, field))

/** In abstracts of arXiv a line that is indented starts a paragraph. */
const abstractOf = (text: string): string =>
  bounded(
    normalizeParagraphs(plainText(text, 'abstract').replace(/\n[ \t]+(?=\S)/g, '\n\n')),
    LONGEST_ABSTRACT,
    'abstract',
  )

/** arXiv's own DOIs repeat the id, and further DOIs of a paper are those of errata and translations. */
function firstDoi(text: string | null): string | null {
  for (const part of (text ?? '').split(/[\s,;]+/)) {
    const doi = normalizeDoi(part)
    if (doi !== null && normalizeArxivId(doi) === null) return doi
  }
  return null
}
