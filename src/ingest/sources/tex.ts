import { LETTER_ACCENTS, SIGN_ACCENTS, splitAtFormulas, TEX_LETTERS } from '../../values/tex.ts'

/** Accents, letters and signs that metadata of arXiv spells in TeX. */

const LETTER = new RegExp(
  `\\{\\\\(${Object.keys(TEX_LETTERS).join('|')})\\s*\\}|\\\\(${Object.keys(TEX_LETTERS).join('|')})(?![A-Za-z])(?:\\{\\}|(\\s+))?`,
  'g',
)
// A quotation mark before a space is one that a program escaped.
const ACCENT_AND_LETTER = String.raw`\\(?:([\x60'^~=.]|"(?!\s))|([${Object.keys(LETTER_ACCENTS).join('')}])(?![A-Za-z]))\s*(?:\{\s*(\p{L})\s*\}|(\p{L}))`
const ACCENT = new RegExp(String.raw`\{\s*${ACCENT_AND_LETTER}\s*\}|${ACCENT_AND_LETTER}`, 'gu')
const SIGN = /\\([&%#_ ])/g

/** Vietnamese letters have two accents, and TeX nests them. */
const MOST_NESTED = 3

/**
 * Replaces TeX accents, letters and escaped signs by the characters that they stand for: `Schr\"odinger`, `{\'e}`,
 * `Erd\H{o}s`, `\L ukasz`, `AT\&T`. Formulas and other commands stay as they are, and so do accents on letters that never
 * have them.
 */
export function texToText(text: string): string {
  if (!text.includes('\\')) return text
  return splitAtFormulas(text)
    .map((part, n) => (n % 2 === 1 ? part : plainTexToText(part)))
    .join('')
}

function plainTexToText(text: string): string {
  let result = text.replace(LETTER, (whole, inBraces, bare, space, at) => {
    const letter = TEX_LETTERS[inBraces ?? bare] as string
    // TeX drops the space behind a command. After a number this is the unit Ångström, and writers mean the space.
    const isUnit = bare === 'AA' && /\d\s*$/.test(text.slice(Math.max(0, at - 4), at))
    return space !== undefined && (isUnit || at + whole.length === text.length) ? `${letter} ` : letter
  })
  for (let n = 0; n < MOST_NESTED && result.includes('\\'); n += 1) {
    const before = result
    result = result.replace(ACCENT, (whole, sign, name, braced, bare, sign2, name2, braced2, bare2) =>
      accented(whole, { sign: sign ?? sign2, name: name ?? name2, letter: braced ?? bare ?? braced2 ?? bare2 }),
    )
    if (result === before) break
  }
  return result.replace(SIGN, '$1')
}

function accented(whole: string, { sign, name, letter }: { sign?: string; name?: string; letter: string }): string {
  const accent = (sign === undefined ? LETTER_ACCENTS[name as string] : SIGN_ACCENTS[sign]) as string
  const base = letter === 'ı' ? 'i' : letter === 'ȷ' ? 'j' : letter
  const composed = `${base}${accent}`.normalize('NFC')
  return [...composed].length === 1 ? composed : whole
}
