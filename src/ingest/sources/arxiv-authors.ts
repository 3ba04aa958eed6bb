import { nameOf } from '../../values/text.ts'
import { texToText } from './tex.ts'

const SEPARATOR = /[,;:]|\s(?:and|&)\s/i
const SUFFIX = /^(?:(?:jr|sr)\.?|II|III|IV)$/i

/** What names in TeX have, and few others. */
const TEX = /[\\~{]/

/** A name of arXiv without TeX; empty if it has no letter, as the colon after a collaboration. */
export function arxivName(text: string): string {
  const name = nameOf(TEX.test(text) ? withoutTex(text) : text)
  return /\p{L}/u.test(name) ? name : ''
}

const withoutTex = (text: string): string =>
  texToText(text)
    .replaceAll('~', ' ')
    // Braces around a letter are left where the accent was taken out of them before: `Letr{é}my`.
    .replace(/\{(\p{L})\}/gu, '$1')

/**
 * The names in a list of authors as arXiv prints it: `A. Lin (CERN), B. Quine Jr. and C. Haddad (for the X Collaboration)`.
 * What is in parentheses is left out: affiliations and their numbers.
 */
export function splitAuthors(text: string): string[] {
  const names: string[] = []
  for (const part of withoutParentheses(texToText(text).replaceAll(/\s+/g, ' ')).split(SEPARATOR)) {
    const name = arxivName(
      part
        .trim()
        .replace(/^and /i, '')
        .replace(/^(?:for|on behalf of) (?=the )/i, '')
        .replace(/(?:^| )et al\.?$/i, ''),
    )
    const previous = names.at(-1)
    if (SUFFIX.test(name) && previous !== undefined) names[names.length - 1] = `${previous} ${name}`
    else if (name !== '') names.push(name)
  }
  return names
}

function withoutParentheses(text: string): string {
  let depth = 0
  let kept = ''
  for (const part of text.split(/([()])/)) {
    if (part === '(') depth += 1
    else if (part === ')') depth = Math.max(0, depth - 1)
    else if (depth === 0) kept += part
  }
  return kept
}
