/** Normalizes the identifiers and addresses of papers that people write in many forms. */

import { plainCharacters } from './text.ts'
import type { PaperLinkKind } from './vocabulary.ts'

export interface PaperIdentifier {
  /** `arxiv`, `doi`, `openreview`, or another scheme in lower case. */
  scheme: string
  value: string
}

// Since April 2007 YYMM.NNNN, with five digits since 2015. Before that archive/YYMMNNN, sometimes with a subject class
// that does not change which paper it is (math.CO/9901016). A version may follow.
const NEW_STYLE = /^(\d{2}(?:0[1-9]|1[0-2])\.\d{4,5})(?:v[1-9]\d*)?$/i
const OLD_STYLE = /^([a-z]+(?:-[a-z]+)*)(?:\.[a-z]{2})?\/(\d{2}(?:0[1-9]|1[0-2])\d{3})(?:v[1-9]\d*)?$/i

/** No identifier is longer, including prefixes and the addresses around it. */
const LONGEST_IDENTIFIER = 300
/** Browsers and proxies accept no longer address. */
const LONGEST_ADDRESS = 8_000

// What people paste around an arXiv id: the DOI prefix of arXiv, words of citations, the identifier of its OAI interface.
const BEFORE_ARXIV_ID =
  /^(?:(?:(?:https?:\/\/)?(?:dx\.|www\.)?doi\.org\/|doi:\s*)?10\.48550\/arxiv\.|(?:arxiv\s+(?:e-?prints?|preprints?)[\s,:]*)?(?:oai:arxiv\.org:|arxiv(?:\s+id)?(?:\s*:\s*|\s+))?)/i
// The category and the day of the stamp on PDFs, the ending of a file, the year of a citation.
const AFTER_ARXIV_ID =
  /(?:\s*\[[a-z-]+(?:\.[a-z-]+)?\](?:\s+\d{1,2}\s+[a-z]{3}\s+\d{4})?|\.pdf|[\s,]+\(?(?:19|20)\d\d\)?)?[.,;]?$/i

/**
 * The arXiv id without version and subject class (`2510.10490`, `cmp-lg/9404001`), or null if the text is not one. Accepts
 * an id with or without `vN` or an `arXiv:` prefix, the stamp of PDFs (`arXiv:2510.10490v2 [cs.CL] 12 Oct 2025`), `arXiv
 * preprint arXiv:…`, `oai:arXiv.org:…`, `….pdf`, and the DOIs of arXiv (`10.48550/arXiv.2510.10490`).
 */
export function normalizeArxivId(text: string): string | null {
  if (text.trim().length > LONGEST_IDENTIFIER) return null
  const bare = plainCharacters(text).trim().replace(BEFORE_ARXIV_ID, '').replace(AFTER_ARXIV_ID, '')
  const now = NEW_STYLE.exec(bare)
  if (now) return now[1] as string
  const old = OLD_STYLE.exec(bare)
  return old ? `${(old[1] as string).toLowerCase()}/${old[2]}` : null
}

/** The month that an arXiv id names, such as `1994-04` for `cmp-lg/9404001`. The ids of the first year are of 1991. */
export function arxivMonth(arxivId: string): string {
  const digits = arxivId.slice(arxivId.indexOf('/') + 1)
  const year = digits.slice(0, 2)
  return `${Number(year) > 90 ? 19 : 20}${year}-${digits.slice(2, 4)}`
}

const BEFORE_DOI = /^(?:(?:info:|urn:)?doi(?:\s*:\s*|\/|\s+)|(?:https?:\/\/)?(?:dx\.|www\.)?doi\.org\/)+/i
const ENTITIES: Record<string, string> = { '&lt;': '<', '&gt;': '>', '&amp;': '&' }
const BRACKETS: Record<string, string> = { ')': '(', ']': '[', '>': '<', '}': '{' }

/**
 * A DOI in lower case (DOIs are case-insensitive: ISO 26324), or null if the text is not one. Accepts a `doi:` prefix and
 * doi.org addresses. Signs of the sentence around it are not part of it: a full stop, a comma, a bracket that closes another.
 */
export function normalizeDoi(text: string): string | null {
  if (text.trim().length > LONGEST_IDENTIFIER) return null
  const trimmed = plainCharacters(text).trim()
  const bare = trimmed.replace(BEFORE_DOI, '')
  // An address is encoded, and what is behind `?` is not of the DOI.
  const isAddress = /doi\.org\//i.test(trimmed.slice(0, trimmed.length - bare.length))
  const written = isAddress ? decoded(bare.replace(/[?#].*$/, '')) : bare
  const doi = withoutSigns(written.replace(/&(?:lt|gt|amp);/g, (entity) => ENTITIES[entity] as string)).toLowerCase()
  return /^10\.\d{4,9}\/[^\s\p{Cc}]+$/u.test(doi) ? doi : null
}

function withoutSigns(text: string): string {
  let bare = text
  for (;;) {
    const last = bare.at(-1)
    const opening = last === undefined ? undefined : BRACKETS[last]
    const isSign =
      opening === undefined
        ? /[.,;:!?\p{Quotation_Mark}]$/u.test(bare)
        : countOf(bare, last as string) > countOf(bare, opening)
    if (!isSign) return bare
    bare = bare.slice(0, -1)
  }
}

const countOf = (text: string, sign: string): number => text.split(sign).length - 1

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** The page of a paper at arXiv. */
export const arxivAddress = (arxivId: string): string => `https://arxiv.org/abs/${arxivId}`

/** A DOI as the address that leads to the paper. */
export const doiAddress = (doi: string): string =>
  `https://doi.org/${encodeURI(doi).replace(/[?#]/g, encodeURIComponent)}`

/** An identifier of any scheme in its normal form, or null if the value does not fit the scheme. */
export function normalizeIdentifier({ scheme, value }: PaperIdentifier): PaperIdentifier | null {
  if (scheme.length + value.length > LONGEST_IDENTIFIER) return null
  const name = plainCharacters(scheme).trim().toLowerCase()
  const text = plainCharacters(value).trim()
  if (!/^[a-z][a-z0-9-]{0,31}$/.test(name) || text === '' || text.length > 200 || /\p{Cc}/u.test(text)) return null
  if (name === 'arxiv') {
    const arxivId = normalizeArxivId(text)
    return arxivId === null ? null : { scheme: name, value: arxivId }
  }
  if (name === 'doi') {
    const arxivId = normalizeArxivId(text)
    if (arxivId !== null) return { scheme: 'arxiv', value: arxivId }
    const doi = normalizeDoi(text)
    return doi === null ? null : { scheme: name, value: doi }
  }
  return { scheme: name, value: text }
}

/** The paper that a path names at a site. */
type SiteReader = (path: string, url: URL) => PaperIdentifier | null

const arxivAt =
  (place: RegExp): SiteReader =>
  (path) =>
    identifierIn('arxiv', place.exec(path)?.[1])

const identifierIn = (scheme: string, value: string | undefined): PaperIdentifier | null =>
  value === undefined ? null : normalizeIdentifier({ scheme, value })

// What sites put behind the DOI of a paper in their addresses.
const BEHIND_DOI = /(?:\/(?:abstract|full|fulltext|pdf|epdf|html|summary|meta)|\.(?:abstract|full|pdf|short))+$/

/** Publishers have the DOI in the path. */
const doiInPath: SiteReader = (path, { hostname }) => {
  const doi = /\/(10\.\d{4,9}\/.+)$/.exec(path)?.[1]?.replace(BEHIND_DOI, '')
  return identifierIn('doi', /(?:bio|med)rxiv\.org$/.test(hostname) ? doi?.replace(/v\d+$/, '') : doi)
}

const semanticScholar: SiteReader = (path) => {
  const [, kind, value] = /(?:^|\/)(arxiv|doi|corpusid):(.+)$/i.exec(path) ?? []
  if (kind !== undefined) return identifierIn(kind.toLowerCase(), value)
  return (
    identifierIn('arxiv', /^\/arxiv\/(.+)$/i.exec(path)?.[1]) ??
    identifierIn('s2', /^(?:\/graph\/v1)?\/paper\/(?:[^/]+\/)?([0-9a-f]{40})$/i.exec(path)?.[1]?.toLowerCase())
  )
}

const SITES: [host: RegExp, read: SiteReader][] = [
  [
    /^(?:(?:[a-z]+\.)?arxiv\.org|ar5iv\.org|ar5iv\.labs\.arxiv\.org)$/,
    arxivAt(/^\/(?:(?:abs|pdf|html|format|ps|src|e-print)\/)?(.+?)(?:\.pdf)?$/i),
  ],
  [/^(?:huggingface\.co|hf\.co)$/, arxivAt(/^(?:\/api)?\/papers\/(.+?)(?:\.md)?$/i)],
  [
    /^alphaxiv\.org$/,
    arxivAt(/^\/(?:[a-z]{2}\/)?(?:(?:abs|pdf|html|overview|audio|resources)\/)?(.+?)(?:\.pdf|\.md)?$/i),
  ],
  [/^(?:papers\.cool|scirate\.com)$/, arxivAt(/^\/arxiv\/(.+)$/i)],
  [/^(?:dx\.)?doi\.org$/, (path) => identifierIn('doi', path.slice(1))],
  [/^(?:api\.)?semanticscholar\.org$/, semanticScholar],
  [/^aclanthology\.org$/, (path) => identifierIn('doi', aclDoi(path))],
  [/^nature\.com$/, (path) => identifierIn('doi', natureDoi(path))],
  [
    /^openreview\.net$/,
    (path, { searchParams }) =>
      /^\/(?:forum|pdf)$/.test(path) ? identifierIn('openreview', searchParams.get('id') ?? undefined) : null,
  ],
]

/** The proceedings of the ACL are registered with a DOI made of their id. */
function aclDoi(path: string): string | undefined {
  const id = /^\/(\d{4}\.[a-z0-9]+-[a-z0-9]+\.\d+|[A-Z]\d{2}-\d{4})(?:v\d+)?(?:\.pdf)?$/.exec(path)?.[1]
  return id && `10.18653/v1/${id}`
}

function natureDoi(path: string): string | undefined {
  const id = /^\/articles\/([a-z0-9-]+)(?:\.pdf)?$/.exec(path)?.[1]
  return id && `10.1038/${id}`
}

/**
 * The paper that a web address shows, or null for an unknown address. Known are pages of arXiv and its mirrors (abs, pdf,
 * html, format), doi.org, Hugging Face, alphaXiv, papers.cool, SciRate, Semantic Scholar, OpenReview forums, the ACL Anthology
 * and Nature, pages of publishers with a DOI in their path, and the paper pages of this project on any server. The query
 * string is ignored, except by OpenReview.
 */
export function identifierOfUrl(address: string): PaperIdentifier | null {
  if (address.trim().length > LONGEST_ADDRESS) return null
  const text = plainCharacters(address).trim()
  let url: URL
  try {
    url = new URL(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`)
  } catch {
    return null
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return null
  const host = url.hostname.toLowerCase().replace(/^www\./, '')
  let path: string
  try {
    path = plainCharacters(decodeURIComponent(url.pathname))
  } catch {
    return null
  }
  // Not /\/+$/: its time is quadratic in the number of slashes.
  while (path.endsWith('/')) path = path.slice(0, -1)
  const [, readSite] = SITES.find(([site]) => site.test(host)) ?? []
  if (readSite) return readSite(path, url)
  // Paper pages of this project, on any host.
  return identifierIn('arxiv', /^\/papers\/(.+?)(?:\.md)?$/i.exec(path)?.[1]) ?? doiInPath(path, url)
}

// The word and the signs before it, and the signs behind it. These are looked for only where they begin: trying each of them
// anew takes time that is quadratic in their number.
const AROUND_IDENTIFIER =
  /^(?:see:?\s+(?=\S*(?:arxiv|doi)))?[<([{\p{Quotation_Mark}]*|(?<![>\])}\p{Quotation_Mark}])[>\])}\p{Quotation_Mark}]*[.,;:!?]?$/giu

/**
 * The paper that a text names, whatever people paste: an arXiv id or its stamp, a DOI, an address; null if it is none of them
 * and nothing more. A DOI can end in any letter, so the text is not cut where it could be one.
 */
export function identifierOf(text: string): PaperIdentifier | null {
  if (text.trim().length > LONGEST_ADDRESS) return null
  const bare = text.trim().replace(AROUND_IDENTIFIER, '')
  for (const candidate of [text, bare]) {
    const arxivId = normalizeArxivId(candidate)
    if (arxivId !== null) return { scheme: 'arxiv', value: arxivId }
    const doi = normalizeDoi(candidate)
    // One of arXiv is its id.
    if (doi !== null) return normalizeIdentifier({ scheme: 'doi', value: doi })
    const found = /\s/.test(candidate.trim()) ? null : identifierOfUrl(candidate)
    if (found !== null) return found
  }
  return null
}

/** No citation is longer. */
const LONGEST_CITATION = 2_000
/** No citation has more in it that looks like an identifier. */
const MOST_TRIED = 30
// In the order in which they are trusted: with a mark of arXiv, an address, a DOI, and digits that look like an id of arXiv.
const WITHIN = [
  /\b(?:arxiv(?:\.org)?[:\s/]+(?:(?:abs|pdf|html)\/)?|eprint\s*=\s*[{"]\s*)((?:\d{4}\.\d{4,5}|[a-z-]+(?:\.[a-z]{2})?\/\d{7})(?:v\d+)?)(?!\d)/gi,
  /\bhttps?:\/\/[^\s<>"{}]+/gi,
  /\b10\.\d{4,9}\/[^\s"{}]+/g,
  /(?<![\d.])\d{4}\.\d{5}(?:v\d+)?(?!\.?\d)/g,
]

/** The paper that a text names or cites: `identifierOf`, or else the first identifier in the text, such as in an entry of BibTeX. */
export function identifierWithin(text: string): PaperIdentifier | null {
  const whole = identifierOf(text)
  if (whole !== null || text.length > LONGEST_CITATION) return whole
  let tried = 0
  for (const pattern of WITHIN)
    for (const [match, marked] of text.matchAll(pattern)) {
      if (tried === MOST_TRIED) return null
      tried += 1
      const found = identifierOf(marked ?? match)
      if (found !== null) return found
    }
  return null
}

/**
 * The scheme of the identifier that keeps the id of a paper in feeds stable. Its value is `scheme:value` of the identifier
 * that the id was made of first. The server adds it when a paper gets a stronger identifier; no source may bring one.
 */
export const FEED_SCHEME = 'feed'

/** The identifier that feeds make a paper's id of; undefined if it has none. The strongest identifier must come first. */
export function knownInFeedsBy(identifiers: readonly PaperIdentifier[]): PaperIdentifier | undefined {
  const ofFeeds = identifiers.find(({ scheme }) => scheme === FEED_SCHEME)
  if (ofFeeds === undefined) return identifiers[0]
  const [scheme] = ofFeeds.value.split(':', 1) as [string]
  return { scheme, value: ofFeeds.value.slice(scheme.length + 1) }
}

/** Whether a link is that of a paper to its page or PDF at arXiv, which the server makes of the arXiv id. */
export const isDerivedLink = (kind: PaperLinkKind, url: string, arxivId: string | null): boolean =>
  (kind === 'ABSTRACT' || kind === 'PDF') &&
  arxivId !== null &&
  /^https?:\/\/([a-z]+\.)?arxiv\.org\//i.test(url) &&
  identifierOfUrl(url)?.value === arxivId
