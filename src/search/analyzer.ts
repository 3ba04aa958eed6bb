import porter2 from 'wink-porter2-stemmer'

/**
 * What search sees of a text: its words, each with the terms that stand for it in the index. Titles, abstracts, queries
 * and highlights all go through here, so that what is found, what is asked and what is marked are the same words.
 *
 * - Words are folded (case, accents, ligatures, full-width forms) and cut down to their stem by Snowball's English stemmer.
 * - A compound gives its parts and the whole without its connectors: `GPT-4o` gives `gpt`, `4o` and `gpt4o`, so that it
 *   is also found as `GPT4o`, and `fine-tuning` as `finetuning`. So does a word with a number behind it, and one with a
 *   version: `SAM 2` gives `sam`, `2` and `sam2`; `Qwen2.5`, `Qwen 2.5` and `Qwen-2.5` give the same.
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
  /** The parts folded but not cut down to stems: names have no endings. */
  unstemmed: readonly string[]
  /** Whether it is of a script whose words are not parted, where each part is one character. */
  isUnsegmented: boolean
}

/** Raise it with every change of what terms a text has or of their impacts: servers then make the index anew. */
export const ANALYZER_VERSION = 3

const UNSEGMENTED = String.raw`\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{sc=Hangul}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}`
const UNSEGMENTED_RUN = String.raw`[[\p{L}\p{M}]&&[${UNSEGMENTED}]]+`
/** Where a line may be broken within a word: nobody sees them. */
const BREAKS = String.raw`\u00ad\u200b\u2060`
const LETTERS = String.raw`[[\p{L}\p{M}\p{N}${BREAKS}]--[[\p{L}\p{M}]&&[${UNSEGMENTED}]]]+`
const CONNECTOR = String.raw`[\-\u2010-\u2013\/_.'’&]`
/** C++ and C# are words of their own: without their signs they would be one letter. */
const SIGNS = String.raw`(?:\+\+|#)(?![\p{L}\p{N}])`
const WORDS = new RegExp(`(${UNSEGMENTED_RUN})|${LETTERS}(?:${CONNECTOR}${LETTERS})*(?:${SIGNS})?`, 'gv')
const PARTS = new RegExp(LETTERS, 'gv')
const BREAK = new RegExp(`[${BREAKS}]`, 'g')
const DECIMAL = /^\d+(?:\.\d+)+$/
/** A name with its version: `qwen2.5`. */
const VERSIONED = /^(\p{L}{2,})(\d+(?:\.\d+)+)$/u
/** A number that may be part of the name before it: `SAM 2`, `Llama 3.1`. */
const NUMBER = /^(?:\d{1,2}|\d\.\d{1,2})$/

/** Longer ones are cut: such words are addresses and sequences, which nobody types to the end. */
const LONGEST_TERM = 60

/** The words of a text in their order. */
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

/** A word and the number behind it as one compound; null where these are no name and its number. */
function numbered(name: Word | undefined, number: Word, text: string): Word | null {
  const [digits, ...more] = number.unstemmed
  if (digits === undefined || more.length > 0 || !NUMBER.test(digits) || name === undefined) return null
  const [letters, ...others] = name.unstemmed
  if (letters === undefined || others.length > 0 || name.isUnsegmented || !/^\p{L}{2,}$/u.test(letters)) return null
  if (STOP_WORDS.has(letters) || number.start !== name.end + 1 || text[name.end] !== ' ' || text[number.end] === '%')
    return null
  return { ...compound([letters, digits]), start: name.start, end: number.end }
}

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
  const unstemmed = normalizeText(written.replace(BREAK, ''))
  // What ends in signs, C++, is one word; and so is a version or a figure, whose parts say nothing.
  if (/[+#]$/.test(unstemmed) || DECIMAL.test(unstemmed))
    return { parts: [cut(unstemmed)], wholes: NONE, unstemmed: [cut(unstemmed)], isUnsegmented: false }
  const bare = unstemmed.replace(/['’]s$/, '')
  const pieces = bare.includes('.') ? withVersions(bare) : (bare.match(PARTS) ?? []).map(withGreekNamed)
  // Words like don't have parts that are none; the names of O'Brien and d'Alembert are also written in one.
  if (pieces.length > 1 && (!/['’]/.test(bare) || /^[dlo]['’]/.test(bare))) return compound(pieces)
  return { parts: pieces.map(stem), wholes: NONE, unstemmed: pieces.map(cut), isUnsegmented: false }
}

const compound = (pieces: readonly string[]): Terms => ({
  parts: pieces.map(stem),
  wholes: [stem(pieces.join(''))],
  unstemmed: pieces.map(cut),
  isUnsegmented: false,
})

/** The parts of a compound; figures keep their point: `LLaMA-3.1` is `llama` and `3.1`. */
const withVersions = (unstemmed: string): string[] =>
  unstemmed.split(/[-\u2010-\u2013/_'’&]/).flatMap((written) => {
    const piece = withGreekNamed(written)
    const [, name, version] = VERSIONED.exec(piece) ?? []
    if (name !== undefined && version !== undefined) return [name, version]
    return DECIMAL.test(piece) ? [piece] : (piece.match(PARTS) ?? [])
  })

/** A Greek letter by itself, or with a number, by its name: `π0` is `pi0`. */
const withGreekNamed = (piece: string): string =>
  piece.replace(/^([α-ω])(?=\d*(?:\.\d+)*$)/, (letter) => GREEK.get(letter) ?? letter)

function charactersOf(run: string): Terms {
  const characters = [...normalizeText(run)].filter((character) => !/\p{M}/u.test(character))
  const pairs = characters.slice(1).map((character, index) => `${characters[index]}${character}`)
  return { parts: characters, wholes: pairs, unstemmed: characters, isUnsegmented: true }
}

const cut = (term: string): string => (term.length > LONGEST_TERM ? [...term].slice(0, LONGEST_TERM).join('') : term)

/** The term of a word in small letters without accents. One that says something never becomes a stop word. */
export function stem(word: string): string {
  if (!/^[a-z]{3,40}$/.test(word) || STOP_WORDS.has(word)) return cut(word)
  const stemmed = porter2(asInAmerica(word))
  return STOP_WORDS.has(stemmed) ? word : stemmed
}

/**
 * A word with the endings that are spelled in two ways in one of them: `optimisation`, `behaviour`. Not `supervised` and
 * `precise`, whose nouns are `supervision` and `precision`.
 */
const asInAmerica = (word: string): string =>
  word
    .replace(/(?<=[a-z]{2}[^cv])is(?=(?:e[drs]?|ers|ing|ingly|able|ability|ation|ations|ational|ationally)$)/, 'iz')
    .replace(
      /(?<=[a-z]{3})our(?=(?:s|ly|ed|ing|al|ally|able|ful|ites?|ists?|hoods?|i[sz](?:e[drs]?|ing|ations?))?$)/,
      'or',
    )

/** A text without what people leave out when they type: capitals, accents, ligatures, wide forms. */
export function normalizeText(text: string): string {
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
