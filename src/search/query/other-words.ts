import type { Db } from '../../db/client.ts'
import { AUTHOR_MARK } from '../author-names.ts'
import { isStopWord } from '../stop-words.ts'
import { papersWith } from './match-sets.ts'
import { type PostingList, readPostings } from './posting-lists.ts'
import type { ResolvedQuery } from './resolved-query.ts'

/** The words of a query that papers have. */
export class OtherWords {
  /** How many of them each paper has, by its id. */
  readonly #counts: Uint8Array
  readonly #least: number

  private constructor(papersOfWords: readonly (readonly number[])[]) {
    this.#least = Math.ceil(papersOfWords.length / 2)
    this.#counts = new Uint8Array(papersOfWords.reduce((last, papers) => Math.max(last, papers.at(-1) ?? 0), 0) + 1)
    for (const papers of papersOfWords)
      for (const paper of papers) this.#counts[paper] = Math.min(255, (this.#counts[paper] as number) + 1)
  }

  static async of(db: Db, { query, terms, lists }: Omit<ResolvedQuery, 'correctedText'>): Promise<OtherWords> {
    const words = query.clauses.flat().flatMap((atom) => (atom.kind === 'word' ? [atom.word] : atom.words))
    const known = words
      .map(({ parts, unstemmed }) =>
        [...parts.filter((part) => !isStopWord(part)), ...unstemmed.map((part) => AUTHOR_MARK + part)].flatMap(
          (term) => terms.get(term)?.id ?? [],
        ),
      )
      .filter((ids) => ids.length > 0)
    const read = lists ?? (await readPostings(db, known.flat()))
    const papersOf = (ids: readonly number[]) =>
      papersWith({ termIds: [...ids], clauses: [ids.map((_, place) => [place])], excluded: [], isExact: true }, read)
    return new OtherWords(known.map(papersOf))
  }

  get exist(): boolean {
    return this.#least > 0
  }

  /** Whether some paper is in all of these lists and has at least half of the words. */
  areWith(lists: readonly (PostingList | undefined)[]): boolean {
    if (this.#least === 0 && lists.length === 1) return true
    const places = lists.map((_, place) => place)
    const papers = papersWith(
      { termIds: places, clauses: places.map((place) => [[place]]), excluded: [], isExact: true },
      new Map(lists.flatMap((list, place) => (list ? [[place, list] as const] : []))),
    )
    return papers.some((paper) => (this.#counts[paper] ?? 0) >= this.#least)
  }
}
