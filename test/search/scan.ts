import { sql } from 'drizzle-orm'
import type { Db } from '../../src/db/client.ts'
import { nameAlternatives } from '../../src/search/author-names.ts'
import { type IndexedText, impactIn, impactsOf, isInTitle } from '../../src/search/index/impact.ts'
import { IndexedWords } from '../../src/search/index/indexed-words.ts'
import type { ScoredPaper } from '../../src/search/query/best-papers.ts'
import { isUnranked } from '../../src/search/query/match-condition.ts'
import { parseQuery } from '../../src/search/query/parse.ts'
import type { Atom } from '../../src/search/query/parsed-query.ts'
import { termsOfQuery } from '../../src/search/query/query-terms.ts'
import { rankingOf } from '../../src/search/query/ranking.ts'
import { BOOSTED } from '../../src/search/query/score.ts'
import { isStopWord, STOP_WORDS } from '../../src/search/stop-words.ts'

interface Scanned {
  id: number
  /** The stems of the title and of the abstract in order, with a blank before and after each. */
  title: string
  abstract: string
  impacts: ReadonlyMap<string, number>
}

/**
 * A second implementation of search, which reads every paper for every query. It shares the analyzer, the parser and the
 * weights with the first one, and nothing that reads the index. It knows no misspellings.
 */
export class Scan {
  readonly #papers: Scanned[]
  readonly #counts = new Map<string, { id: number; paperCount: number }>()

  constructor(texts: readonly (IndexedText & { id: number })[]) {
    const words = new IndexedWords()
    this.#papers = texts.map((text) => {
      const { terms, impacts, title, abstract } = impactsOf(text, words)
      const entries = terms.map((term, n): [string, number] => [words.vocabulary.termOf(term), impacts[n] as number])
      return {
        id: text.id,
        title: stemsOf(title, words),
        abstract: stemsOf(abstract, words),
        impacts: new Map(entries),
      }
    })
    for (const { impacts } of this.#papers)
      for (const term of impacts.keys()) {
        const known = this.#counts.get(term) ?? { id: this.#counts.size, paperCount: 0 }
        known.paperCount += 1
        this.#counts.set(term, known)
      }
  }

  /** Of the papers that are not hidden. */
  static async of(db: Db): Promise<Scan> {
    const rows = await db.execute<{ id: string; title: string; abstract: string | null; authors: string[] }>(sql`
      select id, title, abstract, coalesce((
        select json_agg(name order by position) from paper_authors join authors on authors.id = author_id where paper_id = papers.id
      ), '[]') as authors from papers where hidden_at is null`)
    return new Scan(rows.map((row) => ({ ...row, id: Number(row.id) })))
  }

  /** The papers that match the whole query, by id. */
  matching(text: string): number[] {
    const { identifier, clauses, excluded } = parseQuery(text)
    if (identifier !== null || clauses.length + excluded.length === 0) return []
    return this.#papers
      .filter(
        (paper) =>
          clauses.every((clause) => clause.some((atom) => has(paper, atom))) &&
          !excluded.some((atom) => has(paper, atom, 'text')),
      )
      .map(({ id }) => id)
      .sort((a, b) => a - b)
  }

  /** The papers that a search finds, best first. */
  search(text: string): ScoredPaper[] {
    const query = parseQuery(text)
    if (isUnranked(query))
      return this.matching(text)
        .map((id) => ({ id, score: 0 }))
        .reverse()
    const ranking = rankingOf({
      query,
      correctedText: null,
      paperId: null,
      generation: 0,
      firstTerm: 0,
      paperCount: this.#papers.length,
      terms: new Map(
        termsOfQuery(query).flatMap((term) => {
          const known = this.#counts.get(term)
          return known ? [[term, known]] : []
        }),
      ),
      lists: null,
    })
    const required = query.clauses.filter((clause) => !clause.some(({ kind }) => kind === 'word'))
    const most = ranking.terms.reduce((sum, { weight, titleBoost }) => sum + weight * 127 + titleBoost, 0)
    const found = this.#papers
      .filter(
        (paper) =>
          required.every((clause) => clause.some((atom) => has(paper, atom))) &&
          !query.excluded.some((atom) => has(paper, atom, 'text')),
      )
      .flatMap(({ id, impacts, title }) => {
        let [score, words] = [0, 0]
        for (const { term, weight, titleBoost, words: bits } of ranking.terms) {
          const impact = impacts.get(term)
          if (impact === undefined) continue
          score += weight * impactIn(impact) + (isInTitle(impact) ? titleBoost : 0)
          words |= bits
        }
        if (score === 0) return []
        return { id, title, score: score + (ranking.allWords !== 0 && words === ranking.allWords ? most : 0) }
      })
    const inOrder = (a: ScoredPaper, b: ScoredPaper) => b.score - a.score || a.id - b.id
    const best = found.sort(inOrder).slice(0, ranking.allWords === 0 ? BOOSTED.long : BOOSTED.short)
    // A single paper needs no order.
    for (const paper of best.length > 1 ? best : []) {
      for (const { words, boost } of ranking.titleBoosts)
        if (paper.title.includes(` ${words.join(' ')} `)) paper.score += boost
      const whole = ranking.wholeTitle
      if (whole === null) continue
      const gaps = new RegExp(whole.words.map((word) => ` ${RegExp.escape(word)}(?= )`).join('(?: .*)?'))
      if (gaps.test(paper.title))
        paper.score += Math.floor((whole.boost * whole.words.length) / paper.title.trim().split(' ').length)
    }
    return found.map(({ id, score }) => ({ id, score })).sort(inOrder)
  }
}

/** The stems of words as text, with a blank before and after each. */
export const stemsOf = (numbers: readonly number[], { vocabulary }: IndexedWords): string =>
  ` ${numbers.map((word) => (word < 0 ? `${STOP_WORDS[-1 - word]} ` : `${vocabulary.termOf(word)} `)).join('')}`

/** Whether a paper has a word, a phrase or an author. */
function has({ impacts, title, abstract }: Scanned, atom: Atom, where: 'text' | 'anywhere' = 'anywhere'): boolean {
  const hasAll = (terms: readonly string[]) => terms.length > 0 && terms.every((term) => impacts.has(term))
  if (atom.kind === 'author') return nameAlternatives(atom.words).some(hasAll)
  if (atom.kind === 'phrase') {
    const sequence = ` ${atom.words.flatMap(({ parts }) => parts).join(' ')} `
    return title.includes(sequence) || abstract.includes(sequence)
  }
  const { word } = atom
  if (where === 'anywhere' && nameAlternatives([word]).some(hasAll)) return true
  if (word.isUnsegmented) return hasAll(word.wholes.length > 0 ? word.wholes : word.parts)
  return hasAll(word.parts.filter((part) => !isStopWord(part))) || word.wholes.some((whole) => hasAll([whole]))
}
