/** Normalizes text from sources for storage. */

// Control characters mean nothing in a title or a name. Postgres cannot store NUL, UTF-8 cannot encode half a surrogate
// pair, and XML does not allow U+FFFE and U+FFFF. White space is excepted, because it is collapsed instead of removed.
const UNSTORABLE = /(?!\s)[\p{Cc}\p{Surrogate}\ufffe\uffff]/gu

/** One line: hard wraps and runs of white space become single spaces. */
export const oneLine = (text: string): string => text.replace(UNSTORABLE, '').replace(/\s+/g, ' ').trim()

/** Paragraphs, each on one line, with a blank line between them. */
export const paragraphs = (text: string): string =>
  text
    .split(/\n[^\S\n]*\n/)
    .map(oneLine)
    .filter((paragraph) => paragraph !== '')
    .join('\n\n')

/** A name or keyword on one line and in Unicode form NFC, so that equal names are equal strings. */
export const nameOf = (text: string): string => oneLine(text).normalize('NFC')

/** Keywords with the same lowercase name are one topic. */
export const lowercaseName = (name: string): string => nameOf(name).toLowerCase()

/** Removes blank names, and names that repeat an earlier one in another case. */
export function distinctNames(names: readonly string[]): string[] {
  const seen = new Set([''])
  return names.filter((name) => {
    const lowercase = lowercaseName(name)
    if (seen.has(lowercase)) return false
    seen.add(lowercase)
    return true
  })
}

/** The longest title that is accepted. The longest real titles have a third of this. */
export const LONGEST_TITLE = 1_000

/** The longest abstract that is accepted. arXiv itself accepts a tenth of this. */
export const LONGEST_ABSTRACT = 20_000

/** The longest summary that is accepted. The longest real ones have a third of this. */
export const LONGEST_SUMMARY = 5_000

/** The longest name that is accepted. */
export const LONGEST_NAME = 500

/** The longest web address that is accepted. */
export const LONGEST_URL = 2_000

/** The trimmed http or https address, or null if the text is not one. */
export function webAddress(text: string): string | null {
  const trimmed = text.trim()
  if (trimmed.length > LONGEST_URL || !/^https?:\/\/[^/]/i.test(trimmed) || !URL.canParse(trimmed)) return null
  const url = new URL(trimmed)
  // Prefer the address as given: `href` adds a slash to a bare host.
  const address = /^https?:[\x21-\x7e]+$/.test(trimmed) ? trimmed : url.href
  return address.length <= LONGEST_URL ? address : null
}
