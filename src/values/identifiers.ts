/** The forms in which people write down which paper they mean, brought to one. Nothing here touches the catalogue. */

export interface PaperIdentifier {
  /** `arxiv`, `doi`, `openreview`, or another scheme in lower case. */
  scheme: string
  value: string
}

// Since April 2007 YYMM.NNNN, five digits from 2015 on; before that archive/YYMMNNN, sometimes with a subject class
// (math.CO/9901016) that names the same paper as without. A version may follow.
const NEW_STYLE = /^(\d{2}(?:0[1-9]|1[0-2])\.\d{4,5})(?:v[1-9]\d*)?$/i
const OLD_STYLE = /^([a-z]+(?:-[a-z]+)*)(?:\.[a-z]{2})?\/(\d{2}(?:0[1-9]|1[0-2])\d{3})(?:v[1-9]\d*)?$/i

/** No identifier is longer, with all that is written around it. */
const LONGEST_IDENTIFIER = 300
/** Browsers and proxies take no longer address. */
const LONGEST_ADDRESS = 8_000

/**
 * The arXiv id without version and subject class (`2510.10490`, `cmp-lg/9404001`), or null if the text is none. Takes
 * the bare id with or without `vN`, with an `arXiv:` prefix, and arXiv's own DOIs (`10.48550/arXiv.2510.10490`).
 */
export function normalizeArxivId(text: string): string | null {
  const trimmed = text.trim()
  if (trimmed.length > LONGEST_IDENTIFIER) return null
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

/**
 * A DOI in lower case (DOIs are case-insensitive: ISO 26324), or null if the text is none. Takes `doi:` prefixes and
 * doi.org addresses.
 */
export function normalizeDoi(text: string): string | null {
  const trimmed = text.trim()
  if (trimmed.length > LONGEST_IDENTIFIER) return null
  const bare = trimmed
    .replace(/^https?:\/\/(?:dx\.|www\.)?doi\.org\//i, '')
    .replace(/^doi:\s*/i, '')
    .toLowerCase()
  return /^10\.\d{4,9}\/[^\s\p{Cc}]+$/u.test(bare) ? bare : null
}

/** An identifier of any scheme in its one form, or null if the value is none of that scheme. */
export function normalizeIdentifier({ scheme, value }: PaperIdentifier): PaperIdentifier | null {
  const name = scheme.trim().toLowerCase()
  const text = value.trim()
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
 * Which paper a web address is about, or null if it is none that is understood: arXiv's abs, pdf, html, format and
 * listing mirrors, doi.org, Hugging Face's and alphaXiv's paper pages, OpenReview forums, and this project's own paper
 * pages on any server. What follows the path, such as a long query string, does not matter.
 */
export function identifierOfUrl(address: string): PaperIdentifier | null {
  const text = address.trim()
  if (text.length > LONGEST_ADDRESS) return null
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
    path = decodeURIComponent(url.pathname)
  } catch {
    return null
  }
  // Not by /\/+$/, which is tried anew at each slash of many.
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
  // Every server of this project has its papers there, whatever its name.
  return arxiv(/^\/papers\/(.+?)(?:\.md)?$/i.exec(path)?.[1])
}

/**
 * The scheme of what keeps a paper's id in feeds, which is for good: the identifier that it was first made of, as
 * `scheme:value`. Only papers have one to which a stronger identifier came later. No source gives it.
 */
export const FEED_SCHEME = 'feed'

/** The identifier that feeds make the id of a paper of; undefined for a paper without any. Takes them strongest first. */
export function knownInFeedsBy(identifiers: readonly PaperIdentifier[]): PaperIdentifier | undefined {
  const kept = identifiers.find(({ scheme }) => scheme === FEED_SCHEME)
  if (kept === undefined) return identifiers[0]
  const [scheme] = kept.value.split(':', 1) as [string]
  return { scheme, value: kept.value.slice(scheme.length + 1) }
}
