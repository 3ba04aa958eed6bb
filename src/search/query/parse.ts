import { identifierOfUrl, normalizeArxivId, normalizeDoi, type PaperIdentifier } from '../../values/identifiers.ts'
import { isStopWord, type Word, wordsOf } from '../analyzer.ts'
import type { Atom, ParsedQuery } from './parsed-query.ts'

/**
 * A piece of a query: perhaps a minus sign, perhaps `author:`, then words in quotation marks or whatever comes before
 * the next blank. A minus sign counts at the beginning of a piece and where a word follows it at once, so that `GPT-4`,
 * `a - b` and `-5` are what they look like. A quotation mark without its other half is passed over.
 */
const PIECE = /([-−–](?=[\p{L}"“]))?(author:\s*)?(?:["“]([^"“”]*)["”]|([^\s"“”]+))|["“”]/giu

/**
 * Takes a query apart: words, "phrases", `author:name`, `or` between two of them, `-` before what is not wanted. Never
 * fails: what cannot be understood as syntax is words.
 */
export function parseQuery(text: string): ParsedQuery {
  const clauses: Atom[][] = []
  const excluded: Atom[] = []
  let joins = false
  let end = 0
  /** The last two pieces, where they were taken for a name and its number. */
  let apart: [name: Atom, number: Atom] | null = null
  let before: Atom[] | undefined
  let excludes = false
  for (const match of text.matchAll(PIECE)) {
    const [piece, minus, author, quoted, bare] = match
    const follows = /^\s+$/.test(text.slice(end, match.index))
    end = match.index + piece.length
    if (bare?.toLowerCase() === 'or' && minus === undefined && author === undefined) {
      joins = clauses.length > 0
      continue
    }
    const atoms = atomsOf(quoted ?? bare ?? '', author !== undefined, quoted !== undefined)
    if (minus !== undefined) {
      excluded.push(...atoms)
      excludes = true
      before = excluded
    } else if (joins && atoms[0] !== undefined) {
      // In `papers 2 or 3` the number is one of two; in `SAM 2 or DINO` it belongs to the name.
      if (apart && bare !== undefined && /^\d+$/.test(bare)) {
        clauses.at(-1)?.splice(-1, 1, apart[0])
        clauses.push([apart[1]])
      }
      clauses.at(-1)?.push(atoms[0])
      clauses.push(...atoms.slice(1).map((atom) => [atom]))
      apart = null
      before = clauses.at(-1)
    } else {
      const name = follows ? before?.at(-1) : undefined
      const named = name && numbered(name, atoms)
      if (named) before?.splice(-1, 1, named)
      else clauses.push(...atoms.map((atom) => [atom]))
      apart = named && before !== excluded ? [name, atoms[0] as Atom] : null
      before = clauses.at(-1)
    }
    joins = false
  }
  // Of nothing but stop words: it may be a name, as He He is.
  if (clauses.length === 0 && !excludes)
    clauses.push(
      ...wordsOf(text).map((word): Atom[] => [{ kind: 'word', text: text.slice(word.start, word.end), word }]),
    )
  return { text, identifier: identifierIn(text), clauses, excluded }
}

/**
 * The text of a query with the contents of what it asks for changed: single words, phrases without their quotation
 * marks where `change` answers null, and names. What is excluded stays as it is.
 */
export function rewriteQuery(text: string, change: (content: string, kind: Atom['kind']) => string | null): string {
  return text.replace(PIECE, (piece: string, minus?: string, author?: string, quoted?: string, bare?: string) => {
    const content = quoted ?? bare
    if (content === undefined || minus !== undefined) return piece
    const changed = change(content, author !== undefined ? 'author' : quoted !== undefined ? 'phrase' : 'word')
    return changed === null ? content : piece.replace(content, () => changed)
  })
}

function atomsOf(text: string, isAuthor: boolean, isQuoted: boolean): Atom[] {
  const words = wordsOf(text)
  if (isAuthor) return words.length > 0 ? [{ kind: 'author', text, words }] : []
  if (isQuoted) return words.length > 0 ? [{ kind: 'phrase', text, words }] : []
  return words.filter(saysSomething).map((word) => ({ kind: 'word', text: text.slice(word.start, word.end), word }))
}

/** The word before and the number that follows it, where `wordsOf` takes them for one word: `SAM 2`. */
function numbered(name: Atom, atoms: readonly Atom[]): Atom | null {
  const [number, ...more] = atoms
  if (name.kind !== 'word' || number?.kind !== 'word' || more.length > 0) return null
  const text = `${name.text} ${number.text}`
  const [word, ...rest] = wordsOf(text)
  return word === undefined || rest.length > 0 ? null : { kind: 'word', text, word }
}

const saysSomething = ({ parts, wholes }: Word): boolean => wholes.length > 0 || parts.some((part) => !isStopWord(part))

/** What people write around an identifier, and before it. */
const AROUND = /^[\s<>()[\]{}"'“”‘’‹›«»]+|[\s<>()[\]{}"'“”‘’‹›«».,;:!?]+$/g
const NAMED = /^(?:see\s+)?(?:arxiv|doi)(?:\s+id)?[\s:]+/i

/** The paper that a query names, where it has nothing in it but an identifier or the address of a paper. */
function identifierIn(text: string): PaperIdentifier | null {
  // As it is written first: a DOI may end in anything.
  for (const candidate of [text.trim(), text.replace(AROUND, '').replace(NAMED, '')]) {
    if (candidate === '' || /\s/.test(candidate)) continue
    const arxivId = normalizeArxivId(candidate)
    if (arxivId !== null) return { scheme: 'arxiv', value: arxivId }
    const found = identifierOfUrl(candidate)
    if (found !== null) return found
    const doi = normalizeDoi(candidate)
    if (doi !== null) return { scheme: 'doi', value: doi }
  }
  return null
}
