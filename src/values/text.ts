/** Normalizes text from sources for storage. */

// Control characters mean nothing in a title or a name. Postgres cannot store NUL, UTF-8 cannot encode half a surrogate
// pair, and XML does not allow U+FFFE and U+FFFF. White space is excepted, because it is collapsed instead of removed.
// Without the flag `u`, which takes four times as long: half a surrogate pair is rare, and looked for first.
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is removed
const UNSTORABLE = /[\0-\x08\x0e-\x1f\x7f-\x9f\ufffe\uffff]/g
const HALF_A_PAIR = /\p{Surrogate}/gu

/** White space other than a single space, most of which needs no change. */
const SPACING = /[^\S ]\s*| \s+/g

/** Anything but letters of Latin scripts, signs of ASCII and single spaces: most texts have none of it after their first look. */
const UNUSUAL = /[^ -~\u00a1-\u02ff]| {2}/

/** One line: hard wraps and runs of white space become single spaces. */
export function normalizeLine(text: string): string {
  // Abstracts are wrapped. An import spends a tenth of its time here, and three times as long without this.
  const line = text.trim().replaceAll('\n', ' ')
  if (!UNUSUAL.test(line)) return line
  return (line.isWellFormed() ? line : line.replace(HALF_A_PAIR, ''))
    .replace(UNSTORABLE, '')
    .replace(SPACING, ' ')
    .trim()
}

/** Paragraphs, each on one line, with a blank line between them. */
export const normalizeParagraphs = (text: string): string =>
  text
    .split(/\n[^\S\n]*\n/)
    .map(normalizeLine)
    .filter((paragraph) => paragraph !== '')
    .join('\n\n')

// Joiners are visible between letters of these scripts: Arabic to Sinhala, Myanmar, Khmer and Mongolian.
const JOINING = String.raw`[\u0600-\u0dff\u1000-\u109f\u1780-\u18af]`
const INVISIBLE = new RegExp(
  String.raw`(?![\u200c\u200d])[\p{Default_Ignorable_Code_Point}\ufff9-\ufffb]|(?<!${JOINING})[\u200c\u200d]|[\u200c\u200d](?!${JOINING})`,
  'gu',
)
/** Hyphens, and the dashes and the minus that people write for them. */
const HYPHENS = /[\u058a\u1806\u2010-\u2013\u2043\u2212\u2e17\ufe63\uff0d]/g

/**
 * Names, handles, slugs and identifiers in plain characters: without invisible ones, such as zero-width spaces and direction
 * marks, and with `-` for Unicode's other hyphens. So those that look the same are the same.
 */
export const plainCharacters = (text: string): string => text.replace(INVISIBLE, '').replace(HYPHENS, '-')

/** A name or keyword in plain characters, on one line and in Unicode form NFC, so that equal names are equal strings. */
export function nameOf(text: string): string {
  const name = text.trim()
  return NOT_PLAIN.test(name) ? normalizeLine(plainCharacters(name)).normalize('NFC') : name
}

/** What few names have: anything but what is visible in ASCII, with single spaces. */
const NOT_PLAIN = /[^ -~]| {2}/

/**
 * The form of a topic's name that identifies the topic: in lower case, with one space for each run of spaces, hyphens,
 * dashes and underscores. `Mixture-of-Experts` and `mixture of experts` are one topic; `multimodal` and `multi-modal` are
 * two. Empty for a name of nothing but such characters, which is no topic.
 */
export const normalizedTopicName = (name: string): string =>
  nameOf(name)
    .toLowerCase()
    .replace(/[\s\p{Dash}_\uff3f]+/gu, ' ')
    .trim()

/** Removes names that are no topic, and names that repeat an earlier topic in another spelling. */
export function distinctTopicNames(names: readonly string[]): string[] {
  const seen = new Set([''])
  return names.filter((name) => {
    const normalized = normalizedTopicName(name)
    if (seen.has(normalized)) return false
    seen.add(normalized)
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

/** The longest reason that a curator can give. */
export const LONGEST_REASON = 1_000

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
