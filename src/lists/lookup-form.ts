import { fold } from '../search/text.ts'

/**
 * What a name is looked up by: its words without capitals, accents and connectors, each behind a blank; nothing for a
 * text without words. `lookup_form` in Postgres does the same for the names that are stored.
 */
export function lookupForm(text: string): string {
  const words = fold(text)
    .replace(/['’`]/g, '')
    .replace(/[-\u2010-\u2015/_.,:;()\s\0]+/g, ' ')
    .trim()
  return words === '' ? '' : ` ${words}`
}

/** Words of which one with a mistake is still told from others. */
const SHORTEST = 5
/** Longer words have halves that few names have. */
const LONGEST_WHOLE = 10

/** A text as a pattern of `like` that stands for itself. */
export const escapeLike = (text: string): string => text.replace(/[\\%_]/g, '\\$&')

/**
 * Patterns of names with a word that begins with the typed one but for one mistake: two neighbours exchanged and, in
 * words that are long enough, a letter too many, too few or wrong. None for words of one or two letters.
 */
export function mistypings(word: string): string[] {
  const letters = [...word]
  if (letters.length < 3) return []
  const patterns = new Set<string>()
  const add = (...pieces: string[]) => patterns.add(`% ${pieces.join('')}%`)
  const text = (from: number, to?: number) => escapeLike(letters.slice(from, to).join(''))
  for (const place of letters.keys()) {
    const [before, letter, next, after] = [
      text(0, place),
      text(place, place + 1),
      text(place + 1, place + 2),
      text(place + 2),
    ]
    if (next !== '' && next !== letter) add(before, next, letter, after)
    if (letters.length < SHORTEST) continue
    add(before, next, after)
    // A last letter that is wrong, or follows a missing one, is no more than one too many.
    if (next !== '') {
      add(before, '_', next, after)
      add(before, '_', letter, next, after)
    }
  }
  return [...patterns]
}

/**
 * A few patterns that find, among others, whatever `mistypings` of the word are found by, so that an index need not be
 * asked for all of those; null for shorter words, whose halves too many names have. A mistake leaves the other half as
 * it is, unless it exchanges the letters where they meet.
 */
export function halvesOf(word: string): string[] | null {
  const letters = [...word]
  if (letters.length <= LONGEST_WHOLE) return null
  const middle = letters.length >> 1
  const text = (from: number, to?: number) => escapeLike(letters.slice(from, to).join(''))
  const exchanged = [text(0, middle - 1), text(middle, middle + 1), text(middle - 1, middle), text(middle + 1)].join('')
  return [`% ${text(0, middle)}%`, `%${text(middle)}%`, `% ${exchanged}%`]
}
