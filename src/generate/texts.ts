import { numberOf, numbers } from './numbers.ts'
import { BEYOND_LATIN_1, STOP_WORDS, type Vocabulary } from './vocabulary.ts'

// Meaningless titles and abstracts that look real to search: in word frequencies, in which words occur together, and in how
// often a paper repeats its words.

export interface Keyword {
  id: number
  name: string
}

export interface PaperText {
  title: string
  abstract: string
  summary: string | null
}

/** The probability that a word is a stop word where one is allowed. */
const STOP_WORD = 0.52
/** The shares of other words: a keyword of the paper, a word related to its keywords, a word of the paper's own. */
const [KEYWORDS, OF_KEYWORDS, OWN] = [0.08, 0.36, 0.08]
/** How many words are related to a keyword. */
const FIELD = 40
const OWN_WORDS = 4

const PREPOSITIONS = ['for', 'with', 'in', 'without', 'beyond', 'via', 'of', 'by', 'from']
const OPENINGS = [
  'We propose',
  'We introduce',
  'In this paper, we present',
  'However,',
  'To address this,',
  'Experiments show that',
]

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
const pick = <T>(list: readonly T[], draw: number): T => list[Math.floor(draw * list.length)] as T

/** Writes the texts of a catalogue's papers, determined by the seed and a paper's number and keywords. */
export class Writer {
  readonly #seed: number
  readonly #vocabulary: Vocabulary

  constructor(seed: number, vocabulary: Vocabulary) {
    this.#seed = seed
    this.#vocabulary = vocabulary
  }

  textOf(paperId: number, keywords: readonly Keyword[]): PaperText {
    const random = numbers(numberOf(this.#seed, paperId))
    const vocabulary = this.#vocabulary
    const anyWord = () => vocabulary.word(vocabulary.place(random()))
    // The first keywords are the paper's subject.
    const keyword = () => keywords[Math.floor(keywords.length * random() ** 2)] as Keyword
    const name = vocabulary.name(numberOf(this.#seed, paperId, 1) % 5_000_000)
    const own = [name, ...Array.from({ length: OWN_WORDS - 1 }, anyWord)]

    const word = () => {
      const draw = random()
      if (draw < KEYWORDS) {
        const phrase = keyword().name.toLowerCase()
        return random() < 0.1 ? phrase.replaceAll(' ', '-') : phrase
      }
      if (draw < KEYWORDS + OF_KEYWORDS) return this.#wordOf(keyword(), random())
      if (draw < KEYWORDS + OF_KEYWORDS + OWN) return pick(own, random())
      return draw > 0.9997 ? pick(BEYOND_LATIN_1, random()) : anyWord()
    }

    const sentence = (length: number): string => {
      const words = random() < 0.3 ? [pick(OPENINGS, random())] : []
      for (let stops = 0; words.length < length; ) {
        // No three stop words in a row, and none at the end.
        const isStop = words.length < length - 1 && stops < 2 && random() < STOP_WORD
        stops = isStop ? stops + 1 : 0
        if (isStop) words.push(STOP_WORDS[Math.floor(STOP_WORDS.length ** random() * 1.2 - 1.2)] ?? 'the')
        else words.push(random() < 0.06 && words.length < length - 1 ? `${word()},` : word())
      }
      return `${capital(words.join(' '))}.`
    }

    const sentences: string[] = []
    const wanted = 84 + Math.floor(80 * (random() + random()))
    for (let written = 0; written < wanted; ) {
      const length = 12 + Math.floor(14 * random())
      sentences.push(sentence(length))
      written += length
    }
    return {
      title: this.#title(name, keyword, word, random),
      abstract: sentences.join(' '),
      summary: random() < 0.6 ? (sentences.at(-1) as string) : null,
    }
  }

  #title(name: string, keyword: () => Keyword, word: () => string, random: () => number): string {
    const capitals = (text: string) => text.split(' ').map(capital).join(' ')
    const preposition = () => pick(PREPOSITIONS, random())
    const parts = [capitals(word()), capitals(keyword().name), preposition(), capitals(word()), capitals(word())]
    if (random() < 0.02) parts[0] = pick(BEYOND_LATIN_1, random())
    if (random() < 0.6) parts.push(preposition(), capitals(keyword().name))
    else parts.push(capitals(word()))
    return (random() < 0.6 ? `${name}: ` : '') + parts.join(' ')
  }

  /** A word that is more frequent in papers with a keyword. */
  #wordOf({ id }: Keyword, draw: number): string {
    const which = Math.floor(FIELD * draw ** 2)
    return this.#vocabulary.word(this.#vocabulary.place(numberOf(this.#seed, id, which) / 4294967296))
  }
}
