import { type IndexedText, impactsOf, type PaperImpacts } from './impact.ts'
import { IndexedWords, larger } from './indexed-words.ts'

/** The texts of a paper that the index needs. */
export interface PaperText extends IndexedText {
  id: number
}

/** Lists of numbers, one of each paper, one after another. */
export interface JoinedLists {
  numbers: Int32Array<ArrayBuffer>
  /** Where the list of each paper ends. */
  ends: Int32Array<ArrayBuffer>
}

/** What the index stores of many papers. It can be handed from thread to thread without copies of the long lists. */
export interface AnalyzedBatch {
  ids: number[]
  /** The parts of `PaperImpacts` of all papers. */
  lists: Record<keyof PaperImpacts, JoinedLists>
  /** The terms that no earlier batch had, by their numbers. */
  newTerms: string[]
  /** Whether the vocabulary is a new one, whose first terms these are. */
  isNewVocabulary: boolean
}

/** With more terms than this, a vocabulary is forgotten, and its terms are looked up again: a million papers have millions. */
const LARGEST_VOCABULARY = 80_000

/** Analyzes batches of texts, one after another. They share a vocabulary, as long as it is not too large. */
export class BatchAnalyzer {
  #words = new IndexedWords()

  analyze(papers: readonly PaperText[]): AnalyzedBatch {
    if (this.#words.vocabulary.size > LARGEST_VOCABULARY) this.#words = new IndexedWords()
    const { vocabulary } = this.#words
    const before = vocabulary.size
    const [terms, impacts] = [new GrowingLists(), new GrowingLists()]
    const [title, abstract] = [new GrowingLists(), new GrowingLists()]
    for (const paper of papers) {
      const analyzed = impactsOf(paper, this.#words)
      terms.add(analyzed.terms)
      impacts.add(analyzed.impacts)
      title.add(analyzed.title)
      abstract.add(analyzed.abstract)
    }
    const newTerms: string[] = []
    for (let number = before; number < vocabulary.size; number += 1) newTerms.push(vocabulary.termOf(number))
    return {
      ids: papers.map(({ id }) => id),
      lists: {
        terms: terms.complete(),
        impacts: impacts.complete(),
        title: title.complete(),
        abstract: abstract.complete(),
      },
      newTerms,
      isNewVocabulary: before === 0,
    }
  }
}

/** The lists of a batch. The arrays of a paper are garbage at once, which costs V8 nothing. */
class GrowingLists {
  readonly #ends: number[] = []
  #numbers = new Int32Array(1 << 16)

  add(numbers: readonly number[]): void {
    const start = this.#ends.at(-1) ?? 0
    const end = start + numbers.length
    while (end > this.#numbers.length) this.#numbers = larger(this.#numbers)
    this.#numbers.set(numbers, start)
    this.#ends.push(end)
  }

  complete(): JoinedLists {
    return { numbers: this.#numbers.slice(0, this.#ends.at(-1) ?? 0), ends: Int32Array.from(this.#ends) }
  }
}
