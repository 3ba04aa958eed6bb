/** What TeX calls accents and letters, and where it has formulas: for reading metadata in TeX and for writing it. */

/** The accents that TeX names by a sign, as combining characters of Unicode. */
export const SIGN_ACCENTS: Record<string, string> = {
  '`': '\u0300',
  "'": '\u0301',
  '^': '\u0302',
  '~': '\u0303',
  '=': '\u0304',
  '.': '\u0307',
  '"': '\u0308',
}

/** Those that it names by a letter. They need a brace, a space or a command behind them: `\u` is not the start of `\upsilon`. */
export const LETTER_ACCENTS: Record<string, string> = {
  u: '\u0306',
  h: '\u0309',
  r: '\u030a',
  H: '\u030b',
  v: '\u030c',
  d: '\u0323',
  c: '\u0327',
  k: '\u0328',
  b: '\u0331',
}

/** The letters that are not a base letter with an accent. */
export const TEX_LETTERS: Record<string, string> = {
  aa: 'å',
  AA: 'Å',
  ae: 'æ',
  AE: 'Æ',
  dh: 'ð',
  DH: 'Ð',
  dj: 'đ',
  DJ: 'Đ',
  i: 'ı',
  j: 'ȷ',
  l: 'ł',
  L: 'Ł',
  ng: 'ŋ',
  NG: 'Ŋ',
  o: 'ø',
  O: 'Ø',
  oe: 'œ',
  OE: 'Œ',
  ss: 'ß',
  th: 'þ',
  TH: 'Þ',
}

// A formula between $$, $, \( \) or \[ \]. The last two end within 2,000 characters, so that a bracket that nothing
// closes costs no more than that.
const FORMULA = /((?<!\\)\$\$[^$]+\$\$|(?<!\\)\$(?:[^$\\]|\\[\s\S])*\$|\\\([\s\S]{0,2000}?\\\)|\\\[[\s\S]{0,2000}?\\\])/

/** Splits a text at its formulas: the parts at odd places are formulas with their delimiters. */
export const splitAtFormulas = (text: string): string[] => text.split(FORMULA)
