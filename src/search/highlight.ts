import { type Word, wordsOf } from './analyzer.ts'
import { likelyWords } from './likely-words.ts'
import { isStopWord } from './stop-words.ts'

/** A piece of a text. It is plain text, not markup: escape it before you show it in HTML. */
export interface TextSegment {
  text: string
  /** Whether it matches the query. */
  isMatch: boolean
}

/** The terms to highlight, optionally with their weights. */
export type HighlightedTerms = ReadonlySet<string> | ReadonlyMap<string, number>

/** The greatest length of a passage in UTF-16 code units. A passage can be a little longer, to keep a grapheme whole. */
export const PASSAGE_LENGTH = 300

/**
 * Splits a title into matching words and the text between them. The joined segments are the title. Each matching word or
 * compound is one segment, without the text between two matches.
 */
export function highlightTitle(title: string, highlighted: HighlightedTerms): TextSegment[] {
  const text = new HighlightedText(title, highlighted)
  return text.segments(0, title.length)
}

/**
 * The passage of an abstract that matches the query best, split like a title. The joined segments are a part of the
 * abstract. The passage begins with a sentence if that loses no matching term, else with a word. Without a match it is
 * the beginning of the abstract. A short abstract is returned whole.
 */
export function highlightPassage(abstract: string, highlighted: HighlightedTerms): TextSegment[] {
  const text = new HighlightedText(abstract, highlighted)
  if (abstract.length <= PASSAGE_LENGTH) return text.segments(0, abstract.length)
  return text.segments(...text.bestPassage())
}

/** A range of the text to highlight, and the terms that it matches. */
interface Match {
  start: number
  end: number
  terms: string[]
}

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' })
/** Between two of these characters there is always a grapheme boundary, so the slow segmenter is not needed. */
const PLAIN =
  /[\n\x20-\x7e\u00a1-\u00ac\u00ae-\u02ff\u0370-\u0482\u048a-\u052f\u05d0-\u05ea\u0620-\u064a\u0e01-\u0e30\u2010-\u2027\u3001-\u3029\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff\uac00-\ud7a3\uff01-\uff5e]/
/** How far from its greatest length a passage is cut, to find the edge of a word. */
const CUT_REACH = 60
/** The ends of sentences, except after common abbreviations and initials. A sentence begins after each match. */
const SENTENCE_ENDS =
  /(?<!\b(?:al|cf|vs|eg|ie|e\.g|i\.e|resp|approx|[Ff]igs?|[Ee]qs?|[Ss]ecs?|[Nn]o|\p{Lu}))[.!?]["'’”)\]]{0,4}\s{1,8}(?=[\p{Lu}\p{Lt}\p{Lo}\p{N}$\\"'“‘([])|[。！？｡]["'’”」』）]{0,4}\s{0,8}|\n\s{0,8}\n\s{0,8}/gu

class HighlightedText {
  readonly #text: string
  readonly #highlighted: HighlightedTerms
  readonly #words: Word[]
  readonly #matches: Match[] = []
  #graphemes: Intl.Segments | undefined

  constructor(text: string, highlighted: HighlightedTerms) {
    this.#text = text
    this.#highlighted = highlighted
    this.#words = likelyWords(text, highlighted)
    const singles = charactersOutsideBigrams(highlighted)
    const isHighlighted = (term: string) => highlighted.has(term) && !isStopWord(term)
    for (const word of this.#words)
      if (word.parts.some(isHighlighted) || word.wholes.some(isHighlighted)) {
        if (word.isUnsegmented) this.#matchCharacters(word, singles)
        else this.#add({ ...word, terms: [...word.parts, ...word.wholes].filter(isHighlighted) })
      }
  }

  /** The text between two offsets, split into matches and the rest. */
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

  /** The offsets of the best passage of a text that is longer than a passage. */
  bestPassage(): [start: number, end: number] {
    const length = this.#text.length
    const sentences = this.#sentences()
    const ofSentences = this.#bestWindow(this.#sentencesWithMatches(sentences))
    const ofWords = this.#bestWindow(this.#matches.map((match) => match.start))
    const isOfWords = ofWords.weight > ofSentences.weight
    const { start: wanted, matchesEnd } = isOfWords ? ofWords : ofSentences

    let start = wanted
    if (isOfWords) {
      // Show as much text before the matches as after them, unless the text ends there.
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

  /** Highlights the bigrams of the query, and the single characters that the query has outside of a bigram. */
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
      if (next && this.#highlighted.has(term + next.term)) take(from, next.end, term + next.term)
    }
    if (open) this.#add(open)
  }

  /**
   * The best of the passages that begin at these ascending offsets: the one with the greatest weight of distinct terms,
   * then with the most matches, then the first.
   */
  #bestWindow(starts: readonly number[]): { weight: number; count: number; start: number; matchesEnd: number } {
    const matches = this.#matches
    const counts = new Map<string, number>()
    let best = { weight: 0, count: 0, start: starts[0] ?? 0, matchesEnd: 0 }
    let weight = 0
    let [first, next] = [0, 0]
    for (const start of starts) {
      for (let match = matches[next]; match !== undefined; match = matches[next]) {
        // A match that is longer than a passage is still shown, truncated.
        if (match.end - start > PASSAGE_LENGTH && match.start !== start) break
        for (const term of match.terms) {
          const count = counts.get(term) ?? 0
          counts.set(term, count + 1)
          if (count === 0) weight += weightOf(this.#highlighted, term)
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
          if (left === 0) weight -= weightOf(this.#highlighted, term)
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

  /** The offsets at which sentences begin. */
  #sentences(): number[] {
    const blanks = /^\s*/.exec(this.#text) as RegExpExecArray
    const begins = [blanks[0].length]
    for (const end of this.#text.matchAll(SENTENCE_ENDS))
      begins.push(this.#boundary(end.index + end[0].length, 'after'))
    return begins
  }

  /** The sentences in which a match begins; the first sentence if there is no match. */
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

  /** The first offset near `wanted` where a passage can begin, not after `latest`. */
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

  /** The last offset near `wanted` where a passage can end, not before `earliest`. */
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

  /** Whether an offset is within or at the edge of a run of an unsegmented script. */
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

  /** The offset itself if it is a grapheme boundary, else the nearest boundary on one side. */
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

/** The weight of a term as a whole number, so that a sum does not depend on the order of addition and subtraction. */
const weightOf = (highlighted: HighlightedTerms, term: string): number =>
  'get' in highlighted ? Math.round((highlighted.get(term) ?? 0) * 1e6) : 1

/**
 * The characters that the query has outside of any bigram. Only these are highlighted everywhere: each character of a
 * longer word is a term, too, and would highlight text that does not match the query.
 */
function charactersOutsideBigrams(highlighted: HighlightedTerms): Set<string> {
  const short = [...highlighted.keys()].filter((term) => /[^\0-\x7f]/.test(term) && [...term].length <= 2)
  const inPairs = new Set(short.flatMap((term) => ([...term].length === 2 ? [...term] : [])))
  return new Set(short.filter((term) => [...term].length === 1 && !inPairs.has(term)))
}

/** The characters of a run of an unsegmented script as terms, each with its offsets. */
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
