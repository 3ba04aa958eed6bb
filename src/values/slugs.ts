const LONGEST_SLUG = 100

/**
 * A name as part of an address: lower case, letters and digits of any script, the rest a hyphen; accents are taken off.
 * `fallback` stands in for a name without letters and digits.
 */
export function slugOf(name: string, fallback: string): string {
  const letters = name
    .normalize('NFKD')
    .replace(/\p{Mark}/gu, '')
    .normalize('NFC')
    .toLowerCase()
    .replace(/[^\p{Letter}\p{Number}]+/gu, '-')
  return [...letters].slice(0, LONGEST_SLUG).join('').replace(/^-|-$/g, '') || fallback
}

/** As `slugOf`, but that C, C++ and C# stay apart. */
export const keywordSlug = (keyword: string): string =>
  slugOf(keyword.replaceAll('+', '-plus-').replaceAll('#', '-sharp-'), 'topic')

/** An arXiv subject class keeps its dot: `cs.cl`. */
export const categorySlug = (category: string): string =>
  category
    .split('.')
    .map((part) => slugOf(part, ''))
    .join('.')
    .replace(/^\.+|\.+$/g, '') || 'topic'
