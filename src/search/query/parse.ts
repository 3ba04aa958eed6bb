import { identifierOf } from '../../values/identifiers.ts'
import { type Word, wordsOf } from '../analyzer.ts'
import { isStopWord } from '../stop-words.ts'
import type { Atom, ParsedQuery } from './parsed-query.ts'

/**
 * Unicode's quotation marks, in families: any two of a family are a pair, because languages differ in which one opens
 * („…“, »…«), and a quoted text may have marks of another family. Single ones that are also apostrophes (' ‘ ’ ‚ ‛ ＇) are
 * left out, or `don’t` would begin a quoted text.
 */
const QUOTES = ['"“”„‟＂〝〞〟⹂', '«»', '‹›', '「」﹁﹂｢｣', '『』﹃﹄']
const ANY_QUOTE = QUOTES.join('')

/**
 * A piece of a query: optionally a minus sign, optionally `author:`, then the text up to the next blank or a quoted text.
 * A minus sign excludes only at the beginning of a piece and directly before a letter or a quotation mark, so `GPT-4`,
 * `a - b` and `-5` exclude nothing. An unpaired quotation mark is ignored.
 */
const PIECE = new RegExp(
  `([-−–](?=[\\p{L}${ANY_QUOTE}]))?(author:\\s*)?(?:([^\\s${ANY_QUOTE}]+)|${QUOTES.map(quotedBy).join('|')})|[${ANY_QUOTE}]`,
  'giu',
)

function quotedBy(family: string): string {
  return `[${family}]([^${family}]*)[${family}]`
}

/** Each phrase is looked for in the text of every paper that has its words. Later phrases are taken for words. */
const MOST_PHRASES = 10

/** What a match of `PIECE` consists of. */
function partsOf([, minus, author, bare, ...quotes]: readonly (string | undefined)[]) {
  return { minus, author, bare, quoted: quotes.slice(0, QUOTES.length).find((quoted) => quoted !== undefined) }
}

/**
 * Parses a query: words, "phrases", `author:name`, `or` between two of them, `-` before an exclusion. Never fails: text
 * that is not valid syntax is words.
 */
export function parseQuery(text: string): ParsedQuery {
  const clauses: Atom[][] = []
  const excluded: Atom[] = []
  let joins = false
  let end = 0
  /** The last two atoms, if they were joined as a name and its number. */
  let unjoined: [name: Atom, number: Atom] | null = null
  let before: Atom[] | undefined
  let excludes = false
  const phrases = new Set<string>()
  for (const match of text.matchAll(PIECE)) {
    const { minus, author, bare, quoted } = partsOf(match)
    const follows = /^\s+$/.test(text.slice(end, match.index))
    end = match.index + match[0].length
    if (bare?.toLowerCase() === 'or' && minus === undefined && author === undefined) {
      joins = clauses.length > 0
      continue
    }
    const isPhrase = quoted !== undefined && author === undefined
    if (isPhrase && phrases.has(quoted)) continue
    const isAmongFirst = isPhrase && phrases.size < MOST_PHRASES
    if (isAmongFirst) phrases.add(quoted)
    const atoms = atomsOf(quoted ?? bare ?? '', author !== undefined, isAmongFirst)
    if (minus !== undefined) {
      excluded.push(...atoms)
      excludes = true
      before = excluded
    } else if (joins && atoms[0] !== undefined) {
      // In `papers 2 or 3` the number is an alternative; in `SAM 2 or DINO` it belongs to the name.
      if (unjoined && bare !== undefined && /^\d+$/.test(bare)) {
        clauses.at(-1)?.splice(-1, 1, unjoined[0])
        clauses.push([unjoined[1]])
      }
      clauses.at(-1)?.push(atoms[0])
      clauses.push(...atoms.slice(1).map((atom) => [atom]))
      unjoined = null
      before = clauses.at(-1)
    } else {
      const name = follows ? before?.at(-1) : undefined
      const named = name && numbered(name, atoms)
      if (named) before?.splice(-1, 1, named[0])
      const others = named ? named.slice(1) : atoms
      if (named && before === excluded) excluded.push(...others)
      else clauses.push(...others.map((atom) => [atom]))
      unjoined = name && named?.length === 1 && before !== excluded ? [name, atoms[0] as Atom] : null
      before = clauses.at(-1)
    }
    joins = false
  }
  // A query of stop words only can be a name: He He.
  if (clauses.length === 0 && !excludes)
    clauses.push(
      ...wordsOf(text).map((word): Atom[] => [{ kind: 'word', text: text.slice(word.start, word.end), word }]),
    )
  return { text, identifier: identifierOf(text), clauses: clauses.map(withoutStopWords), excluded }
}

/** Nearly every paper has a phrase of stop words: beside alternatives, it says nothing. */
function withoutStopWords(clause: Atom[]): Atom[] {
  const saying = clause.filter(
    (atom) => atom.kind !== 'phrase' || atom.words.some(({ parts }) => !parts.every(isStopWord)),
  )
  return saying.length > 0 ? saying : clause
}

/**
 * Changes the words, phrases and names in the text of a query. Exclusions stay as they are.
 *
 * @param change returns the new content, or null to remove the quotation marks or the prefix around the content
 */
export function rewriteQuery(text: string, change: (content: string, kind: Atom['kind']) => string | null): string {
  return text.replace(PIECE, (piece: string, ...groups: string[]) => {
    const { minus, author, bare, quoted } = partsOf([piece, ...groups])
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
  return words.filter(hasTerms).map((word) => ({ kind: 'word', text: text.slice(word.start, word.end), word }))
}

/**
 * A word and the number after it as one atom, if the analyzer makes them one compound: `SAM 2`. The words `monocular 3` and
 * `D` are two others: `monocular` and `3 D`.
 */
function numbered(name: Atom, atoms: readonly Atom[]): [Atom, ...Atom[]] | null {
  const [number, ...more] = atoms
  if (name.kind !== 'word' || number?.kind !== 'word' || more.length > 0) return null
  const text = `${name.text} ${number.text}`
  const [first, ...rest] = wordsOf(text).map((word): Atom & { kind: 'word' } => ({
    kind: 'word',
    text: text.slice(word.start, word.end),
    word,
  }))
  const isJoined = rest.length === 0 || (rest[0]?.word.start ?? text.length) < name.text.length
  return first !== undefined && isJoined ? [first, ...rest] : null
}

const hasTerms = ({ parts, wholes }: Word): boolean => wholes.length > 0 || parts.some((part) => !isStopWord(part))
