import porter2 from 'wink-porter2-stemmer'

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
export const ANALYZER_VERSION = 3

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
  for (const match of text.matchAll(WORDS)) {
    const [written, unsegmented] = match
    const start = match.index
    const word: Word = {
      start,
      end: start + written.length,
      ...(unsegmented === undefined ? termsOf(written) : charactersOf(unsegmented)),
    }
    const named = numbered(words.at(-1), word, text)
    if (named === null) words.push(word)
    else words[words.length - 1] = named
  }
  return words
}

type Terms = Pick<Word, 'parts' | 'wholes' | 'unstemmed' | 'isUnsegmented'>

/** A word and the number after it as one compound; null if they are not a name and its number. */
function numbered(name: Word | undefined, number: Word, text: string): Word | null {
  const [digits, ...more] = number.unstemmed
  if (digits === undefined || more.length > 0 || !NUMBER.test(digits) || name === undefined) return null
  const [letters, ...others] = name.unstemmed
  if (letters === undefined || others.length > 0 || name.isUnsegmented || !/^\p{L}{2,}$/u.test(letters)) return null
  if (STOP_WORDS.has(letters) || number.start !== name.end + 1 || text[name.end] !== ' ' || text[number.end] === '%')
    return null
  return { ...compound([letters, digits]), start: name.start, end: number.end }
}

const NO_TERMS: readonly string[] = []

/** Caches the terms of words: most words of a catalogue are the same few thousand. */
const cache = new Map<string, Terms>()
const CACHE_SIZE = 50_000

function termsOf(written: string): Terms {
  let terms = cache.get(written)
  if (terms === undefined) {
    terms = analyze(written)
    if (cache.size >= CACHE_SIZE) cache.clear()
    cache.set(written, terms)
  }
  return terms
}

function analyze(written: string): Terms {
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
