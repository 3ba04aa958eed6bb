import { normalizeText } from '../search/analyzer.ts'
import { halvesOf, wordsOneEditAway } from '../search/misspellings.ts'

/**
 * The form in which names are compared: lowercase words without accents and punctuation, with a space before each; empty for
 * a text without words. `lookup_form` in Postgres does the same for stored names.
 */
export function lookupForm(text: string): string {
  const words = normalizeText(text)
    .replace(/['’`]/g, '')
    .replace(/[-\u2010-\u2015/_.,:;()\s\0]+/g, ' ')
    .trim()
  return words === '' ? '' : ` ${words}`
}

/** Escapes the wildcards of `like`. */
export const escapeLike = (text: string): string => text.replace(/[\\%_]/g, '\\$&')

/** Matches names in which a word begins with `word`. */
export const prefixPattern = (word: string): string => `% ${escapeLike(word)}%`

/** Patterns that match names in which a word begins with the typed word, changed by one edit. */
export function editPatterns(word: string): string[] {
  const withoutLast = [...word].slice(0, -1).join('')
  const patterns = wordsOneEditAway(word).flatMap(({ prefix, hasLetter, suffix }) =>
    // Patterns match prefixes, and the word without its last letter is one of them.
    hasLetter && prefix.startsWith(withoutLast)
      ? []
      : [`% ${escapeLike(prefix)}${hasLetter ? '_' : ''}${escapeLike(suffix)}%`],
  )
  return [...new Set(patterns)]
}

/**
 * Three patterns that match every name that the `editPatterns` of a long word match, and more. An index is searched for
 * these instead of dozens. Null for a shorter word, because too many names contain its halves.
 */
export function halfPatterns(word: string): string[] | null {
  const halves = halvesOf(word)
  return halves && [prefixPattern(halves.first), `%${escapeLike(halves.last)}%`, prefixPattern(halves.swapped)]
}
