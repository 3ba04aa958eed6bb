import { sql } from 'drizzle-orm'
import type { Db } from '../db/client.ts'
import { executePrepared } from '../db/prepared.ts'
import { AUTHOR_MARK } from './impact.ts'
import type { ResolvedQuery } from './resolve.ts'
import { fold, isStopWord, type Word, wordsOf } from './text.ts'

// A word that is in no paper is taken for a misspelling of the nearest one that is. Most misspellings are one slip
// (Damerau, CACM 1964): a letter dropped, doubled, replaced, or changed places with its neighbour. Those are tried
// first, all of them, as the words that people write, because a slip in an ending changes the stem past recognition.
// What is further away is looked for by trigrams among the terms.

/** Shorter words have too many neighbours to guess which one is meant. */
const SHORTEST = 5
const LONGEST = 30
/** Of shorter ones too little is left when two letters are wrong. */
const SHORTEST_FOR_TWO_SLIPS = 7
/** So many words of one query are corrected; a query with more is not a misspelled one. */
const MOST_WORDS = 8
const LETTERS = 'abcdefghijklmnopqrstuvwxyz'

/**
 * The text of a query with words that are in no paper replaced by the nearest that are, or null where there are no such
 * words or none is near. Words in quotation marks stay as they are, and so do words with digits.
 */
export async function correctSpelling(
  db: Db,
  { query, generation, terms }: Pick<ResolvedQuery, 'query' | 'generation' | 'terms'>,
): Promise<string | null> {
  const unknown = new Map<string, string>()
  for (const atom of query.clauses.flat()) {
    if (atom.kind === 'phrase') continue
    for (const word of atom.kind === 'word' ? [atom.word] : atom.words) {
      if (word.wholes.some((whole) => terms.has(whole))) continue
      for (const piece of piecesOf(atom.text, word))
        if (!isKnown(piece, terms, atom.kind === 'author') && isCorrectable(piece)) unknown.set(piece, fold(piece))
    }
  }
  const wanted = [...unknown].slice(0, MOST_WORDS)
  if (wanted.length === 0) return null
  const nearest = await nearestWords(
    db,
    generation,
    wanted.map(([, folded]) => folded),
  )
  let corrected = query.text
  for (const [written, folded] of wanted) {
    const found = nearest.get(folded)
    if (found !== undefined)
      corrected = corrected.replace(new RegExp(`(?<![\\p{L}\\p{N}])${written}(?![\\p{L}\\p{N}])`, 'gu'), found)
  }
  return corrected === query.text ? null : corrected
}

/** The parts of a compound, as they were written. */
const piecesOf = (text: string, word: Word): string[] =>
  word.isUnparted ? [] : (text.match(/[\p{L}\p{M}\p{N}]+/gu) ?? [])

function isKnown(piece: string, terms: ResolvedQuery['terms'], isAuthor: boolean): boolean {
  return wordsOf(piece).every(({ parts }) =>
    parts.every((part) => isStopWord(part) || terms.has(AUTHOR_MARK + part) || (!isAuthor && terms.has(part))),
  )
}

/** What has capitals inside is a name or an abbreviation, which is near to others without being one of them. */
const isCorrectable = (piece: string): boolean =>
  /^\p{L}\p{Ll}+$/u.test(piece) && piece.length >= SHORTEST && piece.length <= LONGEST

/** A word that is near, and how papers have it. */
interface Candidate {
  term: string
  /** 0 for letters that changed places, 1 for one other slip, more for more of them. */
  distance: number
  paperCount: number
}

/** The nearest known word of each, as papers write it. */
async function nearestWords(db: Db, generation: number, words: readonly string[]): Promise<Map<string, string>> {
  const slips = new Map(words.map((word) => [word, slipsOf(word)]))
  const counts = await paperCounts(db, generation, new Set([...slips.values()].flatMap((found) => [...found.keys()])))
  const nearest = new Map<string, string>()
  await Promise.all(
    words.map(async (word) => {
      const candidates = [...(slips.get(word) ?? [])].flatMap(([term, distance]) => {
        const paperCount = counts.get(term) ?? 0
        return paperCount > 0 ? [{ term, distance, paperCount }] : []
      })
      const best = bestOf(candidates) ?? bestOf(await byTrigrams(db, generation, word))
      if (best !== undefined) nearest.set(word, best.term)
    }),
  )
  const written = await writings(db, generation, new Set(nearest.values()))
  return new Map([...nearest].map(([word, term]) => [word, written.get(term) ?? term]))
}

/** Frequent words are what people mean; changed places are the likeliest slip, a further slip is much rarer than one. */
const bestOf = (candidates: readonly Candidate[]): Candidate | undefined =>
  [...candidates].sort((a, b) => likelihood(b) - likelihood(a) || (a.term < b.term ? -1 : 1))[0]

const likelihood = ({ paperCount, distance }: Candidate): number =>
  Math.log(paperCount + 1) - (distance === 0 ? 0 : distance === 1 ? 1.5 : 6)

/** The terms of what one slip may have made this word of, each with how far away it is. */
function slipsOf(word: string): Map<string, number> {
  const slips = new Map<string, number>()
  const add = (written: string, distance: number) => {
    const [only, ...others] = wordsOf(written)
    const term = only?.parts[0]
    if (term === undefined || others.length > 0 || isStopWord(term) || slips.has(term)) return
    slips.set(term, distance)
  }
  for (let at = 0; at < word.length - 1; at += 1)
    add(word.slice(0, at) + word[at + 1] + word[at] + word.slice(at + 2), 0)
  for (let at = 0; at < word.length; at += 1) add(word.slice(0, at) + word.slice(at + 1), 1)
  for (let at = 0; at <= word.length; at += 1)
    for (const letter of LETTERS) {
      if (at < word.length) add(word.slice(0, at) + letter + word.slice(at + 1), 1)
      add(word.slice(0, at) + letter + word.slice(at), 1)
    }
  return slips
}

/** How papers write terms, which are stems: the usual form among the words of a few papers that have each. */
async function writings(db: Db, generation: number, terms: ReadonlySet<string>): Promise<Map<string, string>> {
  const rows = await executePrepared<{ term: string; text: string }>(
    db,
    sql`select term, concat_ws(' ', title, abstract, names) as text
      from search_terms
      cross join lateral (
        select paper_id from search_postings where term_id = search_terms.id order by impact desc, paper_id desc limit 5
      ) as posting
      join papers on papers.id = paper_id
      cross join lateral (
        select string_agg(authors.name, ' ') as names from paper_authors join authors on authors.id = author_id
        where paper_authors.paper_id = papers.id and term like ${`${AUTHOR_MARK}%`}
      ) as printed
      where generation = ${generation}::smallint
        and term collate "C" = any(${sql.param(withNames(terms))}::text[])`,
  )
  const forms = new Map<string, Map<string, number>>()
  for (const { term, text } of rows) {
    const bare = term.replace(AUTHOR_MARK, '')
    const counts = forms.get(bare) ?? new Map<string, number>()
    forms.set(bare, counts)
    for (const { parts, start, end } of wordsOf(text))
      if (parts.length === 1 && parts[0] === bare) {
        const form = text.slice(start, end).toLowerCase()
        counts.set(form, (counts.get(form) ?? 0) + 1)
      }
  }
  const usual = new Map<string, string>()
  for (const [term, counts] of forms) {
    const [form] = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))[0] ?? []
    if (form !== undefined) usual.set(term, form.replace(/['’]s$/, ''))
  }
  return usual
}

/** Terms of texts, and the same ones of names. */
const withNames = (terms: Iterable<string>): string[] => [...terms].flatMap((term) => [term, AUTHOR_MARK + term])

async function paperCounts(db: Db, generation: number, terms: ReadonlySet<string>): Promise<Map<string, number>> {
  const rows = await executePrepared<{ term: string; paper_count: number }>(
    db,
    sql`select term, paper_count from search_terms
      where generation = ${generation}::smallint
        and term collate "C" = any(${sql.param(withNames(terms))}::text[])`,
  )
  const counts = new Map<string, number>()
  for (const { term, paper_count: paperCount } of rows) {
    const bare = term.replace(AUTHOR_MARK, '')
    counts.set(bare, Math.max(paperCount, counts.get(bare) ?? 0))
  }
  return counts
}

/** The nearest terms by trigrams, those within two slips of the word. */
async function byTrigrams(db: Db, generation: number, word: string): Promise<Candidate[]> {
  const stem = wordsOf(word)[0]?.parts[0] ?? word
  if (stem.length < SHORTEST_FOR_TWO_SLIPS) return []
  const rows = await executePrepared<{ term: string; paper_count: number }>(
    db,
    sql`select term, paper_count from search_terms
      where generation = ${generation}::smallint and term % ${stem}::text and paper_count > 1
      order by similarity(term, ${stem}::text) desc, paper_count desc limit 50`,
  )
  return rows.flatMap(({ term, paper_count: paperCount }) => {
    const bare = term.replace(AUTHOR_MARK, '')
    const distance = slipsBetween(stem, bare, 2)
    return distance <= 2 && /^\p{L}+$/u.test(bare) ? [{ term: bare, distance, paperCount }] : []
  })
}

/** How many slips lie between two words (optimal string alignment); anything above `most` is given as `most + 1`. */
function slipsBetween(a: string, b: string, most: number): number {
  if (Math.abs(a.length - b.length) > most) return most + 1
  let [before, last]: [number[], number[]] = [[], Array.from({ length: b.length + 1 }, (_, j) => j)]
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i]
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (last[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1)
      let least = Math.min(replaced, (last[j] as number) + 1, (row[j - 1] as number) + 1)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        least = Math.min(least, (before[j - 2] as number) + 1)
      row.push(least)
    }
    before = last
    last = row
  }
  return Math.min(last[b.length] as number, most + 1)
}
