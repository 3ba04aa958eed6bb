import porter2 from 'wink-porter2-stemmer'
import { Memo } from './memo.ts'
import { isStopWord, stopWordNumber } from './stop-words.ts'
import type { Vocabulary } from './vocabulary.ts'

/**
 * The analyzer: splits a text into words and gives each word its index terms. Titles, abstracts, queries and highlights
 * all use it, so that they agree.
 *
 * - Words are normalized (case, accents, ligatures, full-width forms) and stemmed with Snowball's English stemmer.
 * - A compound has a term for each part and one for the whole without connectors: `GPT-4o` gives `gpt`, `4o` and `gpt4o`.
 *   So `GPT4o` finds it, and `finetuning` finds `fine-tuning`. A word with a number or a version after it is a compound,
 *   too: `SAM 2` gives `sam`, `2` and `sam2`. `GPT4o`, `GPT 4o` and `GPT-4o` give the same terms, and so do `Qwen2.5`,
 *   `Qwen 2.5` and `Qwen-2.5`. `3D`, `3 D` and `3-D` give `3d` only.
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
export const ANALYZER_VERSION = 5

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
/** A name with a number, perhaps with a letter after it: `cifar10`, `gpt4o`. */
const NUMBERED = /^(\p{L}{2,})(\d{1,4}\p{L}?)$/u
/** A number that may be part of the name before it: `SAM 2`, `CIFAR 100`, `GPT 4o`, `Llama 3.1`, but not `monocular 3D`. */
const NUMBER = /^(?:\d{1,3}|\d\.\d{1,2})(?!d$)\p{Ll}?$/u
/** The letter of a dimension after its number: `3 D`. */
const AFTER_NUMBER_OF_DIMENSIONS = /^ [dD](?![\p{L}\p{N}])/u

/** Longer terms are truncated. They are addresses and sequences, which no query has in full. */
const LONGEST_TERM = 60

/** The words of a text in order. */
export function wordsOf(text: string): Word[] {
  const words: Word[] = []
  scanWords(text, (terms, start, end) => {
    const { parts, wholes, unstemmed, isUnsegmented } = terms ?? analyzed.of(text.slice(start, end))
    words.push({ start, end, parts, wholes, unstemmed, isUnsegmented })
  })
  return words
}

/** The words of a text as they are written, but normalized: those of a name. */
export function unstemmedWordsOf(text: string): Terms[] {
  const words: Terms[] = []
  scanWords(text, (terms, start, end) => words.push(terms ?? analyzed.of(text.slice(start, end))))
  return words
}

/** What `wordsOf` returns of a word, without offsets. Words that are written alike share one. */
export class Terms {
  readonly unstemmed: readonly string[]
  readonly wholes: readonly string[]
  readonly isUnsegmented: boolean
  /** Whether it may be a part of the name before it: `SAM 2`, `Llama 3.1`. */
  readonly isNumber: boolean
  #parts: readonly string[] | null
  #vocabularyId = 0
  #numbers: TermNumbers = NO_NUMBERS

  constructor(unstemmed: readonly string[], options: { parts?: readonly string[]; wholes?: readonly string[] } = {}) {
    this.unstemmed = unstemmed.map(truncate)
    this.wholes = options.wholes ?? NONE
    this.isUnsegmented = options.parts === unstemmed
    this.isNumber = unstemmed.length === 1 && NUMBER.test(unstemmed[0] as string)
    this.#parts = options.parts ?? null
  }

  /** Stemmed when they are read first: nobody reads those of names. */
  get parts(): readonly string[] {
    this.#parts ??= this.unstemmed.map(stem)
    return this.#parts
  }

  /** Remembered for the vocabulary that was asked for last. */
  numbersIn(vocabulary: Vocabulary): TermNumbers {
    if (this.#vocabularyId !== vocabulary.id) {
      const numberOf = (term: string) => vocabulary.numberOf(term)
      this.#vocabularyId = vocabulary.id
      this.#numbers = {
        sequence: this.parts.map((part) => wordNumber(part, vocabulary)),
        parts: this.parts.filter((part) => !isStopWord(part)).map(numberOf),
        wholes: this.wholes.map(numberOf),
        areWholesNumbered: this.wholes.length > 0 && (this.isUnsegmented || /\p{N}/u.test(this.wholes[0] as string)),
      }
    }
    return this.#numbers
  }
}

/** The number of a stem in a vocabulary; of a stop word, which is no term, −1 less its own number. */
export function wordNumber(stem: string, vocabulary: Vocabulary): number {
  const stopWord = stopWordNumber(stem)
  return stopWord === undefined ? vocabulary.numberOf(stem) : -1 - stopWord
}

/** The terms of a word by their numbers in a vocabulary. */
interface TermNumbers {
  /** The numbers of the parts as words, as `wordNumber` gives them. */
  sequence: readonly number[]
  /** Without stop words. */
  parts: readonly number[]
  wholes: readonly number[]
  /** Whether the wholes are names with numbers, or bigrams. */
  areWholesNumbered: boolean
}

const NO_NUMBERS: TermNumbers = { sequence: [], parts: [], wholes: [], areWholesNumbered: false }
const NONE: readonly string[] = []

/**
 * Calls `add` for each word of a text in order. Instead of the terms of a word of ASCII letters, which most words are, it gets
 * null: there are faster ways to find them.
 */
export function scanWords(text: string, add: (terms: Terms | null, start: number, end: number) => void): void {
  // A word waits for the next one, which may be its number.
  let waiting: Terms | null = null
  let [waitingStart, waitingEnd] = [NOWHERE, NOWHERE]
  const found = (terms: Terms | null, start: number, end: number) => {
    if (waitingStart !== NOWHERE) {
      // Asked for each word, and most have several letters: they are no part of the word before.
      const canJoin = terms === null ? end === start + 1 : terms.isNumber
      const isNext = canJoin && start === waitingEnd + 1 && text[waitingEnd] === ' '
      const named = isNext ? joined(waiting ?? text.slice(waitingStart, waitingEnd), terms, text, start, end) : null
      if (named !== null) {
        waiting = named
        waitingEnd = end
        return
      }
      add(waiting, waitingStart, waitingEnd)
    }
    waiting = terms
    waitingStart = start
    waitingEnd = end
  }
  // No word has a blank. Most pieces between blanks are letters with punctuation, for which the pattern is slow.
  for (let at = 0; at < text.length; at += 1) {
    let start = at
    while (isOf(text, start, PUNCTUATION)) start += 1
    let end = start
    while (isOf(text, end, LETTER)) end += 1
    let next = end
    while (isOf(text, next, PUNCTUATION)) next += 1
    if (next === text.length || text.charCodeAt(next) === BLANK) {
      if (start < end) found(null, start, end)
    } else {
      const blank = text.indexOf(' ', next)
      next = blank < 0 ? text.length : blank
      for (const { 0: written, 1: unsegmented, index } of text.slice(at, next).matchAll(WORDS))
        found(
          unsegmented === undefined ? analyzed.of(written) : charactersOf(unsegmented),
          at + index,
          at + index + written.length,
        )
    }
    at = next
  }
  if (waitingStart !== NOWHERE) add(waiting, waitingStart, waitingEnd)
}

const NOWHERE = -1
const BLANK = 32
const LETTER = 1
/** Signs that are no part of a word unless there are letters on both sides. */
const PUNCTUATION = 2
const CLASSES = new Uint8Array(128)
for (let code = 65; code <= 90; code += 1) {
  CLASSES[code] = LETTER
  CLASSES[code + 32] = LETTER
}
for (const sign of '"\'(),.:;?![]{}') CLASSES[sign.charCodeAt(0)] = PUNCTUATION
/** False also where there is no character, and for all that are not of ASCII. */
const isOf = (text: string, at: number, kind: number): boolean => CLASSES[text.charCodeAt(at)] === kind

/** Two neighbouring words as one: a name and its number, or a number of dimensions and its letter. Null if they are two. */
function joined(first: Terms | string, second: Terms | null, text: string, start: number, end: number): Terms | null {
  if (second?.isNumber && text[end] !== '%' && !AFTER_NUMBER_OF_DIMENSIONS.test(text.slice(end, end + 3)))
    return numbered(typeof first === 'string' ? analyzed.of(first) : first, second)
  if (second !== null || end > start + 1 || typeof first === 'string' || !first.isNumber) return null
  const pieces = [...first.unstemmed, text.slice(start, end).toLowerCase()]
  return isDimension(pieces) ? analyzed.of(pieces.join('')) : null
}

/** A word and the number after it as one compound; null if they are not a name and its number. */
function numbered(name: Terms, number: Terms): Terms | null {
  const [letters, ...others] = name.unstemmed
  if (letters === undefined || others.length > 0 || name.isUnsegmented || !/^\p{L}{2,}$/u.test(letters)) return null
  return isStopWord(letters) ? null : analyzed.of(`${letters}-${number.unstemmed[0]}`)
}

/** Most words of a catalogue are the same few thousand. */
const analyzed = new Memo(analyze)

function analyze(written: string): Terms {
  if (/^[A-Za-z]+$/.test(written)) return new Terms([written.toLowerCase()])
  const unstemmed = normalizeText(written.replace(BREAK, ''))
  // A word that ends in signs, such as C++, has no parts, and the parts of a version or a decimal have no meaning.
  if (/[+#]$/.test(unstemmed) || DECIMAL.test(unstemmed))
    return new Terms([unstemmed], { parts: [truncate(unstemmed)] })
  const bare = unstemmed.replace(/['’]s$/, '')
  const pieces = (bare.includes('.') ? withVersions(bare) : (bare.match(PARTS) ?? []).map(spellOutGreek)).flatMap(
    (piece) => NUMBERED.exec(piece)?.slice(1) ?? piece,
  )
  if (isDimension(pieces)) return new Terms([pieces.join('')])
  // The parts of words like don't make no compound, but O'Brien and d'Alembert are also written as one word.
  if (pieces.length > 1 && (!/['’]/.test(bare) || /^[dlo]['’]/.test(bare))) return compound(pieces)
  return new Terms(pieces)
}

/** A digit and a D, which mean nothing alone. */
const isDimension = ([digit, letter, ...others]: readonly string[]): boolean =>
  letter === 'd' && others.length === 0 && digit !== undefined && /^\d$/.test(digit)

const compound = (pieces: readonly string[]): Terms => new Terms(pieces, { wholes: [stem(pieces.join(''))] })

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
  return new Terms(characters, { parts: characters, wholes: pairs })
}

const truncate = (term: string): string =>
  term.length > LONGEST_TERM ? [...term].slice(0, LONGEST_TERM).join('') : term

/** The stem of a normalized word. If the stem would be a stop word, the word itself, which must stay searchable. */
export function stem(word: string): string {
  if (!/^[a-z]{3,40}$/.test(word) || isStopWord(word)) return truncate(word)
  const stemmed = porter2(americanSpelling(word))
  return isStopWord(stemmed) ? word : stemmed
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
