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

/**
 * The arXiv id without version and subject class (`2510.10490`, `cmp-lg/9404001`), or null if the text is not one. Accepts
 * an id with or without `vN` or an `arXiv:` prefix, and the DOIs of arXiv (`10.48550/arXiv.2510.10490`).
 */
export function normalizeArxivId(text: string): string | null {
  if (text.trim().length > LONGEST_IDENTIFIER) return null
  const trimmed = plainCharacters(text).trim()
  const bare = trimmed
    .replace(/^(?:https?:\/\/(?:dx\.)?doi\.org\/|doi:\s*)?10\.48550\/arxiv\./i, '')
    .replace(/^arxiv:\s*/i, '')
    .replace(/\[[a-z-]+(?:\.[a-z-]+)?\]$/i, '')
    .trimEnd()
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

/**
 * A DOI in lower case (DOIs are case-insensitive: ISO 26324), or null if the text is not one. Accepts a `doi:` prefix and
 * doi.org addresses.
 */
export function normalizeDoi(text: string): string | null {
  if (text.trim().length > LONGEST_IDENTIFIER) return null
  const trimmed = plainCharacters(text).trim()
  const bare = trimmed
    .replace(/^https?:\/\/(?:dx\.|www\.)?doi\.org\//i, '')
    .replace(/^doi:\s*/i, '')
    .toLowerCase()
  return /^10\.\d{4,9}\/[^\s\p{Cc}]+$/u.test(bare) ? bare : null
}

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

/**
 * The paper that a web address shows, or null for an unknown address. Known are pages of arXiv and its mirrors (abs, pdf,
 * html, format), doi.org, the paper pages of Hugging Face and alphaXiv, OpenReview forums, and the paper pages of this
 * project on any server. The query string is ignored, except by OpenReview.
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

  const arxiv = (id: string | undefined): PaperIdentifier | null => {
    const value = id === undefined ? null : normalizeArxivId(id)
    return value === null ? null : { scheme: 'arxiv', value }
  }
  if (/^([a-z]+\.)?arxiv\.org$/.test(host) || host === 'ar5iv.org' || host === 'ar5iv.labs.arxiv.org')
    return arxiv(/^\/(?:(?:abs|pdf|html|format|ps|src|e-print)\/)?(.+?)(?:\.pdf)?$/i.exec(path)?.[1])
  if (host === 'huggingface.co' || host === 'hf.co')
    return arxiv(/^(?:\/api)?\/papers\/(.+?)(?:\.md)?$/i.exec(path)?.[1])
  if (host === 'alphaxiv.org')
    return arxiv(
      /^\/(?:[a-z]{2}\/)?(?:(?:abs|pdf|html|overview|audio|resources)\/)?(.+?)(?:\.pdf|\.md)?$/i.exec(path)?.[1],
    )
  if (host === 'doi.org' || host === 'dx.doi.org') return normalizeIdentifier({ scheme: 'doi', value: path.slice(1) })
  if (host === 'openreview.net' && /^\/(?:forum|pdf)$/.test(path)) {
    const id = url.searchParams.get('id')
    return id === null ? null : normalizeIdentifier({ scheme: 'openreview', value: id })
  }
  // Paper pages of this project, on any host.
  return arxiv(/^\/papers\/(.+?)(?:\.md)?$/i.exec(path)?.[1])
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
