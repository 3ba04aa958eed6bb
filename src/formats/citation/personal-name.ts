/** A name as bibliographies sort and abbreviate it. */
export type PersonalName =
  | { given: string; particle: string; family: string; suffix: string }
  /** The name of a team, and a name of one word: nothing in it is abbreviated. */
  | { literal: string }

const TEAM =
  /\b(?:collaborations?|consortium|teams?|groups?|labs?|laborator(?:y|ies)|institutes?|university|initiative|committee|working|project|research|foundation|society|inc|ltd)\b/i
const SUFFIX = /,?\s+(jr\.?|sr\.?|I{2,3}|IV)$/i
// Scripts in which the family name comes first, without a space or behind one that means nothing.
const FAMILY_FIRST = /[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}]/u

/**
 * The parts of a name as printed, given names first. The family name is the last word, with the words in lower case before it
 * as its particle: `Ludwig van Beethoven`. Where a family name has two words, nobody can know it from the printed name.
 */
export function personalName(printed: string): PersonalName {
  const name = printed.replace(/\s+/g, ' ').trim()
  const suffix = SUFFIX.exec(name)?.[1] ?? ''
  const words = name.replace(SUFFIX, '').split(' ')
  const isPerson = words.length > 1 && !/[\d,;:@/{}&]|\band\b/i.test(words.join(' ')) && !TEAM.test(name)
  if (!isPerson || FAMILY_FIRST.test(name)) return { literal: name }
  let start = words.length - 1
  while (start > 1 && /^\p{Ll}/u.test(words[start - 1] as string)) start -= 1
  return {
    given: words.slice(0, start).join(' '),
    particle: words.slice(start, -1).join(' '),
    family: words.at(-1) as string,
    suffix,
  }
}
