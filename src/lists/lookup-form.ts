import { normalizeText } from '../search/analyzer.ts'
import { halvesOf, wordsOneEditAway } from '../search/misspellings.ts'

/**
 * The form in which names are looked up: the words without capitals, accents and connectors, a blank before each; empty
 * for a text without words. `lookup_form` in Postgres does the same for stored names.
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

/** Matches names with a word that begins with `word`. */
export const prefixPattern = (word: string): string => `% ${escapeLike(word)}%`

/** Patterns of names with a word that begins with the typed word but for one edit. */
export function editPatterns(word: string): string[] {
  const withoutLast = [...word].slice(0, -1).join('')
  const patterns = wordsOneEditAway(word).flatMap(({ prefix, hasLetter, suffix }) =>
    // Names are matched by prefix, and the word without its last letter is a pattern already.
    hasLetter && prefix.startsWith(withoutLast)
      ? []
      : [`% ${escapeLike(prefix)}${hasLetter ? '_' : ''}${escapeLike(suffix)}%`],
  )
  return [...new Set(patterns)]
}

/**
 * Three patterns that find every name that the `editPatterns` of a long word find, and more: an index is asked for these
 * instead of dozens. Null for a shorter word, whose halves too many names have.
 */
export function halfPatterns(word: string): string[] | null {
  const halves = halvesOf(word)
  return halves && [prefixPattern(halves.first), `%${escapeLike(halves.last)}%`, prefixPattern(halves.swapped)]
}
