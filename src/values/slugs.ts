const LONGEST_SLUG = 100

/**
 * A name as part of a URL: lower-case letters and digits of any script without accents. Everything else becomes a hyphen.
 * Returns `fallback` for a name without letters and digits.
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

/** Like `slugOf`, but C, C++ and C# get different slugs. */
export const keywordSlug = (keyword: string): string =>
  slugOf(keyword.replaceAll('+', '-plus-').replaceAll('#', '-sharp-'), 'topic')

/** Like `slugOf`, but an arXiv subject class keeps its dot: `cs.cl`. */
export const categorySlug = (category: string): string =>
  category
    .split('.')
    .map((part) => slugOf(part, ''))
    .join('.')
    .replace(/^\.+|\.+$/g, '') || 'topic'
