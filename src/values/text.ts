/** Text as sources give it, brought to the form that is stored. */

// Control characters mean nothing in a title or a name, Postgres cannot hold NUL, and neither it nor UTF-8 half a
// surrogate pair; U+FFFE and U+FFFF are no characters, and XML has no place for them. White space among them is folded, not
// removed.
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

/** A name or keyword in one line and in one form of its accents, so that equal names are equal text. */
export const nameOf = (text: string): string => oneLine(text).normalize('NFC')

/** What makes two spellings of a keyword one topic. */
export const foldName = (name: string): string => nameOf(name).toLowerCase()

/** The names in their order, without blank ones and without those that repeat an earlier one in another spelling. */
export function distinctNames(names: readonly string[]): string[] {
  const seen = new Set([''])
  return names.filter((name) => {
    const folded = foldName(name)
    if (seen.has(folded)) return false
    seen.add(folded)
    return true
  })
}

/** The longest title that is taken for one: the longest real ones have a third of it. */
export const LONGEST_TITLE = 1_000

/** The longest name that is taken for one. */
export const LONGEST_NAME = 500

/** The longest web address that is taken for one. */
export const LONGEST_URL = 2_000

/** A web address, trimmed, or null where the text is none. */
export function webAddress(text: string): string | null {
  const trimmed = text.trim()
  if (trimmed.length > LONGEST_URL || !/^https?:\/\/[^/]/i.test(trimmed) || !URL.canParse(trimmed)) return null
  const url = new URL(trimmed)
  // As given where it can be: `href` adds a slash to a bare host.
  const address = /^https?:[\x21-\x7e]+$/.test(trimmed) ? trimmed : url.href
  return address.length <= LONGEST_URL ? address : null
}
