import porter2 from 'wink-porter2-stemmer'
import { Memo } from './memo.ts'

/**
 * The analyzer: splits a text into words and gives each word its index terms. Titles, abstracts, queries and highlights
 * all use it, so that they agree.
 *
 * - Words are normalized (case, accents, ligatures, full-width forms) and stemmed with Snowball's English stemmer.
 * - A compound has a term for each part and one for the whole without connectors: `GPT-4o` gives `gpt`, `4o` and `gpt4o`.
 *   So `GPT4o` finds it, and `finetuning` finds `fine-tuning`. A word with a number or a version after it is a compound,
 *   too: `SAM 2` gives `sam`, `2` and `sam2`; `Qwen2.5`, `Qwen 2.5` and `Qwen-2.5` give the same terms.
 * - Scripts without spaces between words give single characters and pairs of neighbours (bigrams).
 * - A single Greek letter gives its name, which is how LaTeX writes it.
 */
export interface Word {
  /** The offset of the word in the text. */
  start: number
  end: number
  /** The stems of its parts in order, with stop words. */
  parts: readonly string[]
  /** The term of a compound as a whole, or the bigrams of an unsegmented script. */
  wholes: readonly string[]
  /** The parts normalized but not stemmed, for names. */
  unstemmed: readonly string[]
  /** Whether it is a run of a script without spaces between words. Each part is then one character. */
  isUnsegmented: boolean
}

/** Raise it with every change of the terms of a text or of their impacts: servers then rebuild the index. */
export const ANALYZER_VERSION = 4

const UNSEGMENTED = String.raw`\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{sc=Hangul}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}`
const UNSEGMENTED_RUN = String.raw`[[\p{L}\p{M}]&&[${UNSEGMENTED}]]+`
/** Invisible characters that allow a line break within a word. */
const BREAKS = String.raw`\u00ad\u200b\u2060`
const LETTERS = String.raw`[[\p{L}\p{M}\p{N}${BREAKS}]--[[\p{L}\p{M}]&&[${UNSEGMENTED}]]]+`
const CONNECTOR = String.raw`[\-\u2010-\u2013\/_.'’&]`
/** Keeps `C++` and `C#` apart from `C`. */
const SIGNS = String.raw`(?:\+\+|#)(?![\p{L}\p{N}])`
const WORDS = new RegExp(`(${UNSEGMENTED_RUN})|${LETTERS}(?:${CONNECTOR}${LETTERS})*(?:${SIGNS})?`, 'gv')
const PARTS = new RegExp(LETTERS, 'gv')
const BREAK = new RegExp(`[${BREAKS}]`, 'g')
const DECIMAL = /^\d+(?:\.\d+)+$/
/** A name with a version: `qwen2.5`. */
const VERSIONED = /^(\p{L}{2,})(\d+(?:\.\d+)+)$/u
/** A number that may be part of the name before it: `SAM 2`, `Llama 3.1`. */
const NUMBER = /^(?:\d{1,2}|\d\.\d{1,2})$/

/** Longer terms are truncated. They are addresses and sequences, which no query has in full. */
const LONGEST_TERM = 60

/** The words of a text in order. */
export function wordsOf(text: string): Word[] {
  const words: Word[] = []
  const add = (start: number, end: number, terms: Terms) => {
    const named = numbered(words.at(-1), start, end, terms, text)
    if (named === null) words.push(wordOf(start, end, terms))
    else words[words.length - 1] = named
  }
  // No word has a blank. Most pieces between blanks are letters with punctuation, for which the pattern is slow.
  for (let from = 0; from < text.length; ) {
    const blank = text.indexOf(' ', from)
    const to = blank < 0 ? text.length : blank
    const [start, end] = lettersWithin(text, from, to)
    if (start < end) add(start, end, analyzed.of(text.slice(start, end)))
    else
      for (const { 0: written, 1: unsegmented, index } of text.slice(from, to).matchAll(WORDS))
        add(
          from + index,
          from + index + written.length,
          unsegmented === undefined ? analyzed.of(written) : charactersOf(unsegmented),
        )
    from = to + 1
  }
  return words
}

const wordOf = (start: number, end: number, { parts, wholes, unstemmed, isUnsegmented }: Terms): Word => ({
  start,
  end,
  parts,
  wholes,
  unstemmed,
  isUnsegmented,
})

/** The range of a word of ASCII letters with nothing but punctuation around it; an empty range for any other piece. */
function lettersWithin(text: string, from: number, to: number): [start: number, end: number] {
  let start = from
  while (start < to && isPunctuation(text.charCodeAt(start))) start += 1
  let end = start
  while (end < to && isLetter(text.charCodeAt(end))) end += 1
  for (let rest = end; rest < to; rest += 1) if (!isPunctuation(text.charCodeAt(rest))) return [from, from]
  return [start, end]
}

const isLetter = (code: number): boolean => (code >= 97 && code <= 122) || (code >= 65 && code <= 90)
/** Signs that are no part of a word unless there are letters on both sides: " ' ( ) , . : ; ? ! [ ] { } */
const PUNCTUATION = new Set([...'"\'(),.:;?![]{}'].map((sign) => sign.charCodeAt(0)))
const isPunctuation = (code: number): boolean => code < 128 && PUNCTUATION.has(code)

type Terms = Pick<Word, 'parts' | 'wholes' | 'unstemmed' | 'isUnsegmented'>

/** A word and the number after it as one compound; null if they are not a name and its number. */
function numbered(name: Word | undefined, start: number, end: number, number: Terms, text: string): Word | null {
  const digits = number.unstemmed[0]
  // Letters have greater codes than digits. This is asked for each word.
  if (name === undefined || digits === undefined || digits.charCodeAt(0) > 57) return null
  if (number.unstemmed.length > 1 || !NUMBER.test(digits)) return null
  const [letters, ...others] = name.unstemmed
  if (letters === undefined || others.length > 0 || name.isUnsegmented || !/^\p{L}{2,}$/u.test(letters)) return null
  if (STOP_WORDS.has(letters) || start !== name.end + 1 || text[name.end] !== ' ' || text[end] === '%') return null
  return wordOf(name.start, end, compound([letters, digits]))
}

/** Most words of a catalogue are the same few thousand. */
const analyzed = new Memo(analyze)

const NO_TERMS: readonly string[] = []

function analyze(written: string): Terms {
  if (/^[A-Za-z]+$/.test(written)) {
    const plain = written.toLowerCase()
    return { parts: [stem(plain)], wholes: NO_TERMS, unstemmed: [truncate(plain)], isUnsegmented: false }
  }
  const unstemmed = normalizeText(written.replace(BREAK, ''))
  // A word that ends in signs, such as C++, has no parts, and the parts of a version or a decimal have no meaning.
  if (/[+#]$/.test(unstemmed) || DECIMAL.test(unstemmed))
    return { parts: [truncate(unstemmed)], wholes: NO_TERMS, unstemmed: [truncate(unstemmed)], isUnsegmented: false }
  const bare = unstemmed.replace(/['’]s$/, '')
  const pieces = bare.includes('.') ? withVersions(bare) : (bare.match(PARTS) ?? []).map(spellOutGreek)
  // The parts of words like don't make no compound, but O'Brien and d'Alembert are also written as one word.
  if (pieces.length > 1 && (!/['’]/.test(bare) || /^[dlo]['’]/.test(bare))) return compound(pieces)
  return { parts: pieces.map(stem), wholes: NO_TERMS, unstemmed: pieces.map(truncate), isUnsegmented: false }
}

const compound = (pieces: readonly string[]): Terms => ({
  parts: pieces.map(stem),
  wholes: [stem(pieces.join(''))],
  unstemmed: pieces.map(truncate),
  isUnsegmented: false,
})

/** The parts of a compound. Decimals stay whole: `LLaMA-3.1` is `llama` and `3.1`. */
const withVersions = (unstemmed: string): string[] =>
  unstemmed.split(/[-\u2010-\u2013/_'’&]/).flatMap((written) => {
    const piece = spellOutGreek(written)
    const [, name, version] = VERSIONED.exec(piece) ?? []
    if (name !== undefined && version !== undefined) return [name, version]
    return DECIMAL.test(piece) ? [piece] : (piece.match(PARTS) ?? [])
  })

/** Replaces a single Greek letter, also with a number, by its name: `π0` is `pi0`. */
const spellOutGreek = (piece: string): string =>
  piece.replace(/^([α-ω])(?=\d*(?:\.\d+)*$)/, (letter) => GREEK.get(letter) ?? letter)

function charactersOf(run: string): Terms {
  const characters = [...normalizeText(run)].filter((character) => !/\p{M}/u.test(character))
  const pairs = characters.slice(1).map((character, index) => `${characters[index]}${character}`)
  return { parts: characters, wholes: pairs, unstemmed: characters, isUnsegmented: true }
}

const truncate = (term: string): string =>
  term.length > LONGEST_TERM ? [...term].slice(0, LONGEST_TERM).join('') : term

/** The stem of a normalized word. If the stem would be a stop word, the word itself, which must stay searchable. */
export function stem(word: string): string {
  if (!/^[a-z]{3,40}$/.test(word) || STOP_WORDS.has(word)) return truncate(word)
  const stemmed = porter2(americanSpelling(word))
  return STOP_WORDS.has(stemmed) ? word : stemmed
}

/**
 * The American spelling of a British one: `optimisation`, `behaviour`. Leaves `supervised` and `precise`, which look
 * alike, because of `supervision` and `precision`.
 */
const americanSpelling = (word: string): string =>
  word
    .replace(/(?<=[a-z]{2}[^cv])is(?=(?:e[drs]?|ers|ing|ingly|able|ability|ation|ations|ational|ationally)$)/, 'iz')
    .replace(
      /(?<=[a-z]{3})our(?=(?:s|ly|ed|ing|al|ally|able|ful|ites?|ists?|hoods?|i[sz](?:e[drs]?|ing|ations?))?$)/,
      'or',
    )

/** A text without capitals, accents, ligatures and full-width forms, which people leave out when they type. */
export function normalizeText(text: string): string {
  const lower = text.toLowerCase()
  if (/^[\0-\x7f]*$/.test(lower)) return lower
  return lower
    .normalize('NFKD')
    .replace(/[\u0300-\u036f]/g, '')
    .normalize('NFC')
    .replace(/[øłđæœßıðþς]/g, (letter) => UNDECOMPOSABLE[letter] as string)
    .toLowerCase()
}

/** Letters that Unicode does not decompose into a plain letter and an accent. */
const UNDECOMPOSABLE: Record<string, string> = {
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

/** Snowball's English stop words, the same list as in Postgres. */
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

/** Whether a term is a stop word. Stop words are not indexed, but phrases can have them. */
export const isStopWord = (term: string): boolean => STOP_WORDS.has(term)
