import { LETTER_ACCENTS, SIGN_ACCENTS, splitAtFormulas, TEX_LETTERS } from '../../values/tex.ts'

const swap = (names: Record<string, string>) => new Map(Object.entries(names).map(([name, sign]) => [sign, name]))
const ACCENTS = swap({ ...SIGN_ACCENTS, ...LETTER_ACCENTS })
const LETTERS = swap(TEX_LETTERS)

// A single brace would end the field or keep it open: BibTeX counts braces, even behind a backslash.
const SIGNS: Record<string, string> = {
  '\\': '\\textbackslash{}',
  '{': '\\textbraceleft{}',
  '}': '\\textbraceright{}',
  '^': '\\textasciicircum{}',
  '~': '\\textasciitilde{}',
}
const SIGN = /[\\{}^~]|[#$%&_]/g
const ACCENTED = /\p{Script=Latin}\p{M}*/gu
/** Vietnamese letters have two accents. */
const MOST_NESTED = 2

/** A text without formulas in TeX, so that LaTeX prints it as it is. */
export const plainTextToTex = (text: string): string =>
  text.replace(SIGN, (sign) => SIGNS[sign] ?? `\\${sign}`).replace(ACCENTED, letterToTex)

/**
 * A letter with accents as a command in braces, which classic BibTeX sorts, abbreviates and changes the case of: of a letter of
 * several bytes it would keep one. Letters that TeX has no command for stay.
 */
function letterToTex(letter: string): string {
  const [base, ...accents] = [...letter.normalize('NFD')] as [string, ...string[]]
  const names = accents.flatMap((accent) => ACCENTS.get(accent) ?? [])
  if (/^[a-z]$/i.test(base) && accents.length > 0 && accents.length <= MOST_NESTED && names.length === accents.length) {
    const inner = accents.map((accent) => `${base}${accent}`.normalize('NFC'))
    // Biber does not read a command within another, and LaTeX knows no other letters.
    const place = accents.length === 1 ? -1 : inner.findIndex((one) => /^[\u00c0-\u017f]$/.test(one))
    return place < 0 ? `{${names.reduce(accentOn, base)}}` : `{\\${names[1 - place]}{${inner[place]}}}`
  }
  const name = LETTERS.get(letter)
  return name === undefined ? letter : `{\\${name}}`
}

/** A command of a letter needs a brace or a space behind it. */
const accentOn = (inner: string, name: string): string =>
  inner.length > 1 || /[a-z]/i.test(name) ? `\\${name}{${inner}}` : `\\${name}${inner}`

/** Calls `formula` with the formulas of a text that can stand in a field, and `plain` with all else. */
export const mapFormulas = (text: string, plain: (text: string) => string, formula: (text: string) => string): string =>
  splitAtFormulas(text)
    .map((part, place) => (place % 2 === 1 && isBalanced(part) && !ACTS.test(part) ? formula(part) : plain(part)))
    .join('')

// A title comes from a stranger, and whoever cites it compiles it: what reads or writes files, or changes what TeX does, is text.
const ACTS =
  /\\(?:input|include|(?:open|close)(?:in|out)|read|write|immediate|special|directlua|[gex]?def|let|newcommand|renewcommand|catcode|csname|loop|usepackage|href|url)(?![a-z])|\^\^/i

/** Whether every brace has its other one. BibTeX counts those behind a backslash, too. */
function isBalanced(text: string): boolean {
  let depth = 0
  for (const sign of text) {
    if (sign === '{') depth += 1
    else if (sign === '}') depth -= 1
    if (depth < 0) return false
  }
  return depth === 0
}
