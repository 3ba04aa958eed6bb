import { stemmer } from '@orama/stemmers/english'

/**
 * What search sees of a text: its words, each with the terms that stand for it in the index. Titles, abstracts, queries
 * and highlights all go through here, so that what is found, what is asked and what is marked are the same words.
 *
 * - Words are folded (case, accents, ligatures, full-width forms) and cut down to their stem by Porter's algorithm.
 * - A compound gives its parts and the whole without its connectors: `GPT-4o` gives `gpt`, `4o` and `gpt4o`, so that it
 *   is also found as `GPT4o`, and `fine-tuning` as `finetuning`.
 * - Scripts without spaces between words give their characters and pairs of neighbours.
 * - A Greek letter by itself gives its name, under which LaTeX has it.
 */
export interface Word {
  /** Where the word stands in the text. */
  start: number
  end: number
  /** The terms of its parts in the order of the text, stop words among them. */
  parts: readonly string[]
  /** Terms for the word as a whole, beside those of its parts; also the pairs of characters. */
  wholes: readonly string[]
  /** Whether it is of a script whose words are not parted, where each part is one character. */
  isUnparted: boolean
}

/** Raise it with every change of what terms a text has or of their impacts: servers then make the index anew. */
export const ANALYZER_VERSION = 2

const UNPARTED = String.raw`\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{sc=Hangul}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}`
const UNPARTED_RUN = String.raw`[[\p{L}\p{M}]&&[${UNPARTED}]]+`
const LETTERS = String.raw`[[\p{L}\p{M}\p{N}]--[[\p{L}\p{M}]&&[${UNPARTED}]]]+`
const CONNECTOR = String.raw`[\-\u2010-\u2013\/_.'’&]`
/** C++ and C# are words of their own: without their signs they would be one letter. */
const SIGNS = String.raw`(?:\+\+|#)(?![\p{L}\p{N}])`
const WORDS = new RegExp(`(${UNPARTED_RUN})|${LETTERS}(?:${CONNECTOR}${LETTERS})*(?:${SIGNS})?`, 'gv')
const PARTS = new RegExp(LETTERS, 'gv')
const DECIMAL = /^\d+(?:\.\d+)+$/

/** Longer ones are cut: such words are addresses and sequences, which nobody types to the end. */
const LONGEST_TERM = 60

/** The words of a text in their order. */
export function wordsOf(text: string): Word[] {
  const words: Word[] = []
  for (const match of text.matchAll(WORDS)) {
    const [written, unparted] = match
    const start = match.index
    words.push({
      start,
      end: start + written.length,
      ...(unparted === undefined ? termsOf(written) : charactersOf(unparted)),
    })
  }
  return words
}

type Terms = Pick<Word, 'parts' | 'wholes' | 'isUnparted'>

const NONE: readonly string[] = []

/** Most words of a catalogue are the same few thousand. */
const known = new Map<string, Terms>()
const MOST_KNOWN = 50_000

function termsOf(written: string): Terms {
  let terms = known.get(written)
  if (terms === undefined) {
    terms = analyzed(written)
    if (known.size >= MOST_KNOWN) known.clear()
    known.set(written, terms)
  }
  return terms
}

function analyzed(written: string): Terms {
  const folded = fold(written)
  const base = folded.replace(/[+#]+$/, '')
  if (base !== folded) return { parts: [cut(folded)], wholes: NONE, isUnparted: false }
  // A version or a figure is one word: its parts say nothing.
  if (DECIMAL.test(folded)) return { parts: [cut(folded)], wholes: NONE, isUnparted: false }
  const bare = folded.replace(/['’]s$/, '')
  const pieces = (bare.includes('.') ? withDecimals(bare) : (bare.match(PARTS) ?? [])).map(
    (piece) => GREEK.get(piece) ?? piece,
  )
  const isCompound = pieces.length > 1 && !/['’]/.test(bare)
  return { parts: pieces.map(stem), wholes: isCompound ? [stem(pieces.join(''))] : NONE, isUnparted: false }
}

/** The parts of a compound; figures keep their point: `LLaMA-3.1` is `llama` and `3.1`. */
const withDecimals = (folded: string): string[] =>
  folded.split(/[-\u2010-\u2013/_'’&]/).flatMap((piece) => (DECIMAL.test(piece) ? [piece] : (piece.match(PARTS) ?? [])))

function charactersOf(run: string): Terms {
  const characters = [...fold(run)].filter((character) => !/\p{M}/u.test(character))
  const pairs = characters.slice(1).map((character, index) => `${characters[index]}${character}`)
  return { parts: characters, wholes: pairs, isUnparted: true }
}

const cut = (term: string): string => (term.length > LONGEST_TERM ? [...term].slice(0, LONGEST_TERM).join('') : term)

/** The term of a word in small letters. One that says something never becomes a stop word. */
function stem(word: string): string {
  if (!/^[a-z]{3,40}$/.test(word) || STOP_WORDS.has(word)) return cut(word)
  const stemmed = stemmer(word)
  return STOP_WORDS.has(stemmed) ? word : stemmed
}

/** A text without what people leave out when they type: capitals, accents, ligatures, wide forms. */
export function fold(text: string): string {
  const lower = text.toLowerCase()
  if (/^[\0-\x7f]*$/.test(lower)) return lower
  return lower
    .normalize('NFKD')
    .replace(/[\u0300-\u036f]/g, '')
    .normalize('NFC')
    .replace(/[øłđæœßıðþς]/g, (letter) => LETTERS_WITHOUT_PARTS[letter] as string)
    .toLowerCase()
}

/** Letters that Unicode does not take apart into a plain letter and a mark. */
const LETTERS_WITHOUT_PARTS: Record<string, string> = {
  ø: 'o',
  ł: 'l',
  đ: 'd',
  æ: 'ae',
  œ: 'oe',
  ß: 'ss',
  ı: 'i',
  ð: 'd',
  þ: 'th',
  ς: 'σ',
}

const GREEK_NAMES =
  'alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma tau upsilon phi chi psi omega'
const GREEK: ReadonlyMap<string, string> = new Map(
  GREEK_NAMES.split(' ').map((name, index) => [[...'αβγδεζηθικλμνξοπρστυφχψω'][index] as string, name]),
)

/** Words that say nothing of what a text is about: the list of Snowball for English, which Postgres has, too. */
const STOP_WORDS = new Set(
  (
    'a about above after again against all am an and any are as at be because been before being below between both but ' +
    'by can did do does doing don down during each few for from further had has have having he her here hers herself ' +
    'him himself his how i if in into is it its itself just me more most my myself no nor not now of off on once only ' +
    'or other our ours ourselves out over own s same she should so some such t than that the their theirs them ' +
    'themselves then there these they this those through to too under until up very was we were what when where which ' +
    'while who whom why will with you your yours yourself yourselves'
  ).split(' '),
)

/** Whether a term is a word that is in every text. Such are not indexed; phrases do have them. */
export const isStopWord = (term: string): boolean => STOP_WORDS.has(term)
