import { identifierOfUrl, normalizeArxivId, normalizeDoi, type PaperIdentifier } from '../identifiers.ts'
import type { Atom, Query } from './query.ts'
import { isStopWord, type Word, wordsOf } from './text.ts'

/**
 * A piece of a query: perhaps a minus sign, perhaps `author:`, then words in quotation marks or whatever comes before
 * the next blank. A minus sign counts at the beginning of a piece and where a word follows it at once, so that `GPT-4`,
 * `a - b` and `-5` are what they look like. A quotation mark without its other half is passed over.
 */
const PIECE = /(-(?=[\p{L}"“]))?(author:\s*)?(?:["“]([^"“”]*)["”]|([^\s"“”]+))|["“”]/giu

/**
 * Takes a query apart: words, "phrases", `author:name`, `or` between two of them, `-` before what is not wanted. Never
 * fails: what cannot be understood as syntax is words.
 */
export function parseQuery(text: string): Query {
  const clauses: Atom[][] = []
  const excluded: Atom[] = []
  let joins = false
  for (const [, minus, author, quoted, bare] of text.matchAll(PIECE)) {
    if (bare?.toLowerCase() === 'or' && minus === undefined && author === undefined) {
      joins = clauses.length > 0
      continue
    }
    const atoms = atomsOf(quoted ?? bare ?? '', author !== undefined, quoted !== undefined)
    if (minus !== undefined) excluded.push(...atoms)
    else if (joins && atoms[0] !== undefined) {
      clauses.at(-1)?.push(atoms[0])
      clauses.push(...atoms.slice(1).map((atom) => [atom]))
    } else clauses.push(...atoms.map((atom) => [atom]))
    joins = false
  }
  return { text, identifier: identifierIn(text), clauses, excluded }
}

function atomsOf(text: string, isAuthor: boolean, isQuoted: boolean): Atom[] {
  const words = wordsOf(text)
  if (isAuthor) return words.length > 0 ? [{ kind: 'author', text, words }] : []
  if (isQuoted) return words.length > 0 ? [{ kind: 'phrase', text, words }] : []
  return words.filter(saysSomething).map((word) => ({ kind: 'word', text: text.slice(word.start, word.end), word }))
}

const saysSomething = ({ parts, wholes }: Word): boolean => wholes.length > 0 || parts.some((part) => !isStopWord(part))

function identifierIn(text: string): PaperIdentifier | null {
  const arxivId = normalizeArxivId(text)
  if (arxivId !== null) return { scheme: 'arxiv', value: arxivId }
  const doi = normalizeDoi(text)
  if (doi !== null) return { scheme: 'doi', value: doi }
  return /^\S+$/.test(text.trim()) ? identifierOfUrl(text) : null
}
