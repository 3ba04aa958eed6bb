import { isStopWord, type Word, wordsOf } from './analyzer.ts'

/** A piece of a text. Pieces never hold markup: whoever shows them escapes them like any other text. */
export interface TextSegment {
  text: string
  /** Whether it is a word that was searched for. */
  isMatch: boolean
}

/** Terms to mark, perhaps with how much each counts. */
export type HighlightedTerms = ReadonlySet<string> | ReadonlyMap<string, number>

/** About how many UTF-16 units a passage has at most. */
export const PASSAGE_LENGTH = 300

/**
 * A title with its matching words set apart; the pieces together are the title. Each matching word is a piece of its
 * own, a compound as a whole, so that what is marked is what was found and not what stands between.
 */
export function highlightTitle(title: string, marks: HighlightedTerms): TextSegment[] {
  const text = new HighlightedText(title, marks)
  return text.segments(0, title.length)
}

/**
 * The passage of an abstract that has most of what was searched for, its matching words set apart; the pieces together
 * stand in the abstract like that. It begins with a sentence where that costs no matching term, and else with a word.
 * Without a match it is the beginning of the abstract; a short abstract is given whole.
 */
export function highlightPassage(abstract: string, marks: HighlightedTerms): TextSegment[] {
  const text = new HighlightedText(abstract, marks)
  if (abstract.length <= PASSAGE_LENGTH) return text.segments(0, abstract.length)
  return text.segments(...text.bestPassage())
}

/** A stretch of the text that is marked, and the terms for which it is. */
interface Match {
  start: number
  end: number
  terms: string[]
}

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' })
/** Between two of these there is always a boundary of graphemes, which need not be looked for. */
const PLAIN =
  /[\n\x20-\x7e\u00a1-\u00ac\u00ae-\u02ff\u0370-\u0482\u048a-\u052f\u05d0-\u05ea\u0620-\u064a\u0e01-\u0e30\u2010-\u2027\u3001-\u3029\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff\uac00-\ud7a3\uff01-\uff5e]/
/** How far from where a passage would be cut a better place is looked for. */
const CUT_REACH = 60
/** The ends of sentences, but for the most usual abbreviations and initials. What follows begins one. */
const SENTENCE_ENDS =
  /(?<!\b(?:al|cf|vs|eg|ie|e\.g|i\.e|resp|approx|[Ff]igs?|[Ee]qs?|[Ss]ecs?|[Nn]o|\p{Lu}))[.!?]["'’”)\]]{0,4}\s{1,8}(?=[\p{Lu}\p{Lt}\p{Lo}\p{N}$\\"'“‘([])|[。！？｡]["'’”」』）]{0,4}\s{0,8}|\n\s{0,8}\n\s{0,8}/gu

class HighlightedText {
  readonly #text: string
  readonly #marks: HighlightedTerms
  readonly #words: Word[]
  readonly #matches: Match[] = []
  #graphemes: Intl.Segments | undefined

  constructor(text: string, marks: HighlightedTerms) {
    this.#text = text
    this.#marks = marks
    this.#words = wordsOf(text)
    const singles = charactersByThemselves(marks)
    const isMarked = (term: string) => marks.has(term) && !isStopWord(term)
    for (const word of this.#words)
      if (word.parts.some(isMarked) || word.wholes.some(isMarked)) {
        if (word.isUnsegmented) this.#matchCharacters(word, singles)
        else this.#add({ ...word, terms: [...word.parts, ...word.wholes].filter(isMarked) })
      }
  }

  /** The text between two places, matches apart. */
  segments(from: number, to: number): TextSegment[] {
    const segments: TextSegment[] = []
    const push = (start: number, end: number, isMatch: boolean) => {
      if (start < end) segments.push({ text: this.#text.slice(start, end), isMatch })
    }
    let done = from
    for (const match of this.#matches) {
      const [start, end] = [Math.max(match.start, done), Math.min(match.end, to)]
      if (start >= end) continue
      push(done, start, false)
      push(start, end, true)
      done = end
    }
    push(done, to, false)
    return segments
  }

  /** Where the best passage of a text longer than one begins and ends. */
  bestPassage(): [start: number, end: number] {
    const length = this.#text.length
    const sentences = this.#sentences()
    const ofSentences = this.#bestWindow(this.#sentencesWithMatches(sentences))
    const ofWords = this.#bestWindow(this.#matches.map((match) => match.start))
    const isOfWords = ofWords.weight > ofSentences.weight
    const { start: wanted, matchesEnd } = isOfWords ? ofWords : ofSentences

    let start = wanted
    if (isOfWords) {
      // As much before the matches as behind them, unless the text ends there.
      const earliest = Math.max(matchesEnd - PASSAGE_LENGTH, 0)
      const middle = Math.min(wanted - Math.floor((wanted - earliest) / 2), length - PASSAGE_LENGTH)
      start = this.#cutAtOrAfter(Math.max(earliest, middle), wanted)
    }

    if (start + PASSAGE_LENGTH >= length) return [start, this.#trimEnd(start, length)]
    const end = this.#cutAtOrBefore(start + PASSAGE_LENGTH, Math.max(matchesEnd, start + 1))
    const nextSentence = sentences.findLast((begin) => begin <= end)
    const isWhole =
      nextSentence !== undefined && nextSentence >= matchesEnd && nextSentence - start >= (PASSAGE_LENGTH * 2) / 3
    return [start, this.#trimEnd(start, isWhole ? nextSentence : end)]
  }

  #add({ start, end, terms }: Match): void {
    this.#matches.push({ start: this.#boundary(start, 'before'), end: this.#boundary(end, 'after'), terms })
  }

  /** HighlightedTerms the pairs of neighbours that are asked for, and such characters as are asked for without a neighbour. */
  #matchCharacters(word: Word, singles: ReadonlySet<string>): void {
    const characters = charactersOf(this.#text, word)
    let open: Match | null = null
    const take = (from: number, to: number, term: string) => {
      if (open && from <= open.end) {
        open.end = Math.max(open.end, to)
        open.terms.push(term)
      } else {
        if (open) this.#add(open)
        open = { start: from, end: to, terms: [term] }
      }
    }
    for (const [index, { term, start: from, end: to }] of characters.entries()) {
      if (singles.has(term)) take(from, to, term)
      const next = characters[index + 1]
      if (next && this.#marks.has(term + next.term)) take(from, next.end, term + next.term)
    }
    if (open) this.#add(open)
  }

  /**
   * Of the passages from these places on, ascending, the one whose distinct terms weigh most; of such as weigh the same
   * the one with most matches, then the earliest.
   */
  #bestWindow(starts: readonly number[]): { weight: number; count: number; start: number; matchesEnd: number } {
    const matches = this.#matches
    const counts = new Map<string, number>()
    let best = { weight: 0, count: 0, start: starts[0] ?? 0, matchesEnd: 0 }
    let weight = 0
    let [first, next] = [0, 0]
    for (const start of starts) {
      for (let match = matches[next]; match !== undefined; match = matches[next]) {
        // A match that is longer than a passage is better than none.
        if (match.end - start > PASSAGE_LENGTH && match.start !== start) break
        for (const term of match.terms) {
          const count = counts.get(term) ?? 0
          counts.set(term, count + 1)
          if (count === 0) weight += weightOf(this.#marks, term)
        }
        next += 1
      }
      for (
        let match = matches[first];
        match !== undefined && match.start < start && first < next;
        match = matches[first]
      ) {
        for (const term of match.terms) {
          const left = (counts.get(term) as number) - 1
          counts.set(term, left)
          if (left === 0) weight -= weightOf(this.#marks, term)
        }
        first += 1
      }
      const count = next - first
      if (weight > best.weight || (weight === best.weight && count > best.count)) {
        const matchesEnd = Math.min((matches[next - 1] as Match).end, start + PASSAGE_LENGTH)
        best = { weight, count, start, matchesEnd }
      }
    }
    return best
  }

  /** Where sentences begin. */
  #sentences(): number[] {
    const blanks = /^\s*/.exec(this.#text) as RegExpExecArray
    const begins = [blanks[0].length]
    for (const end of this.#text.matchAll(SENTENCE_ENDS))
      begins.push(this.#boundary(end.index + end[0].length, 'after'))
    return begins
  }

  /** Those in which a match begins; the first where there is none. */
  #sentencesWithMatches(sentences: readonly number[]): number[] {
    const chosen: number[] = []
    let next = 0
    for (const { start } of this.#matches) {
      if (start < (sentences[next] ?? Number.POSITIVE_INFINITY)) continue
      while (next < sentences.length && (sentences[next] as number) <= start) next += 1
      chosen.push(sentences[next - 1] as number)
    }
    return chosen.length > 0 ? chosen : sentences.slice(0, 1)
  }

  /** The first place where a passage may begin, near and not behind `latest`. */
  #cutAtOrAfter(wanted: number, latest: number): number {
    const reach = Math.min(wanted + CUT_REACH, latest)
    for (let place = wanted; place <= reach; place += 1)
      if (
        place === 0 ||
        (isBlank(this.#text, place - 1) && !isBlank(this.#text, place)) ||
        this.#isUnsegmentedAt(place)
      )
        return this.#boundary(place, 'before')
    return this.#boundary(wanted, 'before')
  }

  /** The last place where a passage may end, near and not before `earliest`. */
  #cutAtOrBefore(wanted: number, earliest: number): number {
    const reach = Math.max(wanted - CUT_REACH, earliest)
    for (let place = wanted; place >= reach; place -= 1)
      if ((isBlank(this.#text, place) && !isBlank(this.#text, place - 1)) || this.#isUnsegmentedAt(place))
        return this.#boundary(place, 'after')
    return this.#boundary(wanted, 'after')
  }

  #trimEnd(start: number, end: number): number {
    let place = end
    while (place > start && isBlank(this.#text, place - 1)) place -= 1
    return place
  }

  /** Whether a place is in a word, or at the edge of one, of a script that parts no words. */
  #isUnsegmentedAt(place: number): boolean {
    let [low, high] = [0, this.#words.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#words[middle] as Word).end < place) low = middle + 1
      else high = middle
    }
    const word = this.#words[low]
    if (word === undefined || word.start > place) return false
    const next = this.#words[low + 1]
    return word.isUnsegmented || (word.end === place && next?.start === place && next.isUnsegmented)
  }

  /** A place, or the nearest to one side that does not part what people see as one character. */
  #boundary(place: number, side: 'before' | 'after'): number {
    const text = this.#text
    if (place <= 0 || place >= text.length) return place
    if (PLAIN.test(text[place - 1] as string) && PLAIN.test(text[place] as string)) return place
    this.#graphemes ??= graphemes.segment(text)
    const { index, segment } = this.#graphemes.containing(place) as Intl.SegmentData
    return index === place || side === 'before' ? index : index + segment.length
  }
}

const isBlank = (text: string, place: number): boolean => /^\s$/.test(text[place] ?? '')

/** In whole numbers, whose sums do not depend on the order of adding and taking away. */
const weightOf = (marks: HighlightedTerms, term: string): number =>
  'get' in marks ? Math.round((marks.get(term) ?? 0) * 1e6) : 1

/**
 * Characters to mark wherever they stand: those that were asked for outside of any pair. Of a longer word each character
 * is a term, too, and marking it everywhere would mark what nobody searched for.
 */
function charactersByThemselves(marks: HighlightedTerms): Set<string> {
  const short = [...marks.keys()].filter((term) => /[^\0-\x7f]/.test(term) && [...term].length <= 2)
  const inPairs = new Set(short.flatMap((term) => ([...term].length === 2 ? [...term] : [])))
  return new Set(short.filter((term) => [...term].length === 1 && !inPairs.has(term)))
}

/** The characters of a word of an unsegmented script as terms, each with where it stands. */
function charactersOf(text: string, { start, end, parts }: Word): { term: string; start: number; end: number }[] {
  const run = text.slice(start, end)
  const plain = run.match(/\P{M}\p{M}*/gu) ?? []
  const isPlain = plain.length === parts.length
  const pieces = isPlain ? plain : Array.from(graphemes.segment(run), ({ segment }) => segment)
  const characters: { term: string; start: number; end: number }[] = []
  let place = start
  for (const [index, piece] of pieces.entries()) {
    const from = place
    place += piece.length
    const terms = isPlain ? [parts[index] as string] : (wordsOf(piece)[0]?.parts ?? [])
    for (const term of terms) characters.push({ term, start: from, end: place })
  }
  return characters
}
