import { sql } from 'drizzle-orm'
import type { Db } from '../../db/client.ts'
import { executePrepared } from '../../db/prepared.ts'
import { AUTHOR_MARK } from '../names.ts'
import { fold, isStopWord, stem, type Word, wordsOf } from '../text.ts'
import { rewriteQuery } from './parse.ts'
import type { ResolvedQuery } from './resolved.ts'
import { neighboursIn } from './weights.ts'

// A word that is in no paper is taken for a misspelling of the nearest one that is. Most misspellings are one slip
// (Damerau, CACM 1964): a letter dropped, doubled, replaced, or changed places with its neighbour. Those are tried
// first, all of them; then whether it is two words written in one; and then words two slips away, by trigrams among the
// terms. Terms are stems, and so what is near is looked at once more as papers write it: `opera` is not `operating`.

/** Shorter words have too many neighbours to guess which one is meant. */
const SHORTEST = 5
const LONGEST = 30
/** All slips of a longer one are many, and trigrams tell it from others as well. */
const LONGEST_FOR_ALL_SLIPS = 12
/** Hardly anybody mistakes the first letter (Pollock and Zamora, CACM 1984); of a longer word, enough is left to tell. */
const SHORTEST_FOR_FIRST_LETTER = 7
/** Of shorter ones too little is left when two letters are wrong. */
const SHORTEST_FOR_TWO_SLIPS = 9
/** Names are near to many words: one that stands in fewer papers is not what a word was meant to be. */
const LEAST_PAPERS_OF_NAMES = 3
/** Two words in one: each so long at least, and each in such a share of all papers. */
const SHORTEST_HALF = 3
const LEAST_SHARE_OF_HALVES = 0.001
/** So many words of one query are corrected; a query with more is not a misspelled one. */
const MOST_WORDS = 5
/** So many of the likeliest terms are looked at as papers write them, in so many papers. */
const LOOKED_AT = 6
const PAPERS_LOOKED_AT = 10
const LETTERS = 'abcdefghijklmnopqrstuvwxyz'

/** A word that is in no paper, in small letters without accents, and whether it stands for an author. */
interface Unknown {
  word: string
  isName: boolean
}

/**
 * The text of a query with words that are in no paper replaced by the nearest that are, or null where there are no such
 * words or none is near. Words in quotation marks stay as they are, and so do words with digits.
 */
export async function correctSpelling(db: Db, resolved: Omit<ResolvedQuery, 'correctedText'>): Promise<string | null> {
  const { query, terms } = resolved
  const unknown = new Map<string, Unknown>()
  // Of two words that papers write in one, neither is wrong.
  const inOne = new Set(
    neighboursIn(query).flatMap(({ words, compound }) =>
      compound !== null && terms.has(compound) ? words.flatMap(({ folded }) => folded) : [],
    ),
  )
  for (const atom of query.clauses.flat()) {
    if (atom.kind === 'phrase') continue
    const isName = atom.kind === 'author'
    for (const word of atom.kind === 'word' ? [atom.word] : atom.words) {
      if (word.wholes.some((whole) => terms.has(whole))) continue
      for (const piece of piecesOf(atom.text, word))
        if (!isKnown(piece, terms, isName) && isCorrectable(piece) && !inOne.has(fold(piece)))
          unknown.set(piece, { word: fold(piece), isName })
    }
  }
  const wanted = new Map([...unknown].slice(0, MOST_WORDS))
  if (wanted.size === 0) return null
  const nearest = await nearestWords(db, resolved, wanted)
  const corrected = rewriteQuery(query.text, (content, kind) =>
    kind === 'phrase' ? content : content.replace(/[\p{L}\p{M}\p{N}]+/gu, (piece) => nearest.get(piece) ?? piece),
  )
  return corrected === query.text ? null : corrected
}

/** The parts of a compound, as they were written. */
const piecesOf = (text: string, word: Word): string[] =>
  word.isUnparted ? [] : (text.match(/[\p{L}\p{M}\p{N}]+/gu) ?? [])

function isKnown(piece: string, terms: ResolvedQuery['terms'], isName: boolean): boolean {
  return wordsOf(piece).every(({ parts, folded }) =>
    parts.every(
      (part, index) =>
        isStopWord(part) || terms.has(AUTHOR_MARK + (folded[index] as string)) || (!isName && terms.has(part)),
    ),
  )
}

/** What has capitals inside is a name or an abbreviation, which is near to others without being one of them. */
const isCorrectable = (piece: string): boolean =>
  /^\p{L}\p{Ll}+$/u.test(piece) && piece.length >= SHORTEST && piece.length <= LONGEST

/** A term that is near, and how papers have it. */
interface Candidate {
  term: string
  paperCount: number
  /** 0 for letters that changed places, 1 for one other slip, more for more of them. */
  distance: number
}

type Index = Pick<ResolvedQuery, 'generation' | 'paperCount'>

/** The nearest known word of each, as papers write it. */
async function nearestWords(db: Db, index: Index, unknown: ReadonlyMap<string, Unknown>): Promise<Map<string, string>> {
  const slips = new Map([...unknown.values()].map(({ word }) => [word, slipsOf(word)]))
  const halves = new Map([...unknown.values()].map(({ word }) => [word, halvesOf(word)]))
  const wanted = [...slips.values()].flatMap((found) => [...found.keys()])
  const counts = await paperCounts(db, index, new Set([...wanted, ...[...halves.values()].flat(2).map(stem)]))
  const nearest = new Map<string, string>()
  await Promise.all(
    [...unknown].map(async ([piece, { word, isName }]) => {
      const candidates = [...(slips.get(word) ?? [])].flatMap(([term, distance]): Candidate[] => {
        const marked = AUTHOR_MARK + term
        const ofText = isName ? 0 : (counts.get(term) ?? 0)
        const ofNames = counts.get(marked) ?? 0
        return [
          ...(ofText > 0 ? [{ term, distance, paperCount: ofText }] : []),
          ...(ofNames >= (isName ? 1 : LEAST_PAPERS_OF_NAMES) ? [{ term: marked, distance, paperCount: ofNames }] : []),
        ]
      })
      const best =
        (await nearestWritten(db, index, word, candidates, 1)) ??
        (isName ? undefined : likeliestHalves(halves.get(word) ?? [], counts, index)) ??
        (await nearestWritten(db, index, word, await byTrigrams(db, index, word, isName), 2))
      if (best !== undefined) nearest.set(piece, best)
    }),
  )
  return nearest
}

/** Frequent words are what people mean; changed places are the likeliest slip, a further slip is much rarer than one. */
const likelihood = ({ paperCount, distance }: Omit<Candidate, 'term'>): number =>
  Math.log(paperCount + 1) - (distance === 0 ? 0 : distance === 1 ? 1.5 : 6)

/** The likeliest of the words that papers write for these terms and that are near enough. */
async function nearestWritten(
  db: Db,
  index: Index,
  word: string,
  candidates: readonly Candidate[],
  most: number,
): Promise<string | undefined> {
  const likeliest = candidates.toSorted((a, b) => likelihood(b) - likelihood(a)).slice(0, LOOKED_AT)
  if (likeliest.length === 0) return undefined
  const written = await writings(db, index, new Set(likeliest.map(({ term }) => term)))
  const near = likeliest.flatMap(({ term, paperCount }) =>
    [...(written.get(term) ?? [])].flatMap(([form, count]) => {
      const folded = fold(form)
      const { slips, isSwap } = slipsApart(word, folded, most)
      if (slips > most || !beginsLike(word, folded, slips, isSwap)) return []
      const distance = isSwap ? 0 : slips
      return [{ form, count, likelihood: likelihood({ paperCount, distance }) }]
    }),
  )
  near.sort((a, b) => b.likelihood - a.likelihood || b.count - a.count || (a.form < b.form ? -1 : 1))
  return near[0]?.form
}

const beginsLike = (word: string, written: string, slips: number, isSwap: boolean): boolean =>
  word[0] === written[0] || (slips === 1 && (isSwap || word.length >= SHORTEST_FOR_FIRST_LETTER))

/** A word, and without the ending of a plural: papers may have only the one or the other. */
const forms = (word: string): string[] => [...new Set([word, word.replace(/(?:(?<=[cs]h|s|x|z)e)?s$/, '')])]

/** How many slips lie between two words or forms of them, and whether it is that two letters changed places. */
function slipsApart(word: string, written: string, most: number): { slips: number; isSwap: boolean } {
  let least = { slips: most + 1, isSwap: false }
  for (const a of forms(word))
    for (const b of forms(written)) {
      const slips = slipsBetween(a, b, most)
      if (slips < least.slips) least = { slips, isSwap: isSwapped(a, b) }
    }
  return least
}

/** Whether two words are the same but for two letters that changed places. */
function isSwapped(a: string, b: string): boolean {
  if (a.length !== b.length) return false
  const at = [...a].findIndex((letter, index) => letter !== b[index])
  return at >= 0 && a[at] === b[at + 1] && a[at + 1] === b[at] && a.slice(at + 2) === b.slice(at + 2)
}

/** The terms of what one slip may have made this word of, and it as a name, each with how far away it is. */
function slipsOf(word: string): Map<string, number> {
  const slips = new Map<string, number>()
  if (word.length > LONGEST_FOR_ALL_SLIPS) return slips
  const add = (written: string, distance: number) => {
    for (const term of [stem(written), written])
      if (term !== '' && !slips.has(term) && !isStopWord(term)) slips.set(term, distance)
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

/** The pairs of words that a word may be, written in one. */
const halvesOf = (word: string): [string, string][] =>
  Array.from({ length: Math.max(0, word.length - 2 * SHORTEST_HALF + 1) }, (_, n) => [
    word.slice(0, n + SHORTEST_HALF),
    word.slice(n + SHORTEST_HALF),
  ])

/** The pair whose rarer word is in most papers, where both are in many. */
function likeliestHalves(
  pairs: readonly [string, string][],
  counts: ReadonlyMap<string, number>,
  { paperCount }: Index,
): string | undefined {
  const least = Math.max(2, LEAST_SHARE_OF_HALVES * paperCount)
  const likely = pairs
    .map((pair) => ({ pair, papers: Math.min(...pair.map((half) => counts.get(stem(half)) ?? 0)) }))
    .filter(({ papers }) => papers >= least)
    .toSorted((a, b) => b.papers - a.papers)
  return likely[0]?.pair.join(' ')
}

/** How papers write terms, which are stems, each with how often a few papers that have it do. */
async function writings(
  db: Db,
  { generation }: Index,
  terms: ReadonlySet<string>,
): Promise<Map<string, Map<string, number>>> {
  const rows = await executePrepared<{ term: string; text: string }>(
    db,
    sql`select term, case when starts_with(term, ${AUTHOR_MARK}) then names else concat_ws(' ', title, abstract) end as text
      from search_terms
      cross join lateral (
        select paper_id from search_postings where term_id = search_terms.id
        order by impact desc, paper_id desc limit ${PAPERS_LOOKED_AT}::int
      ) as posting
      join papers on papers.id = paper_id
      cross join lateral (
        select string_agg(authors.name, ' ') as names from paper_authors join authors on authors.id = author_id
        where paper_authors.paper_id = papers.id and starts_with(term, ${AUTHOR_MARK})
      ) as printed
      where generation = ${generation}::smallint and term collate "C" = any(${sql.param([...terms])}::text[])`,
  )
  const written = new Map<string, Map<string, number>>()
  for (const { term, text } of rows) {
    const counts = written.get(term) ?? new Map<string, number>()
    written.set(term, counts)
    for (const { parts, folded, start, end } of wordsOf(text ?? '')) {
      const [own, ...others] = term.startsWith(AUTHOR_MARK) ? folded.map((part) => AUTHOR_MARK + part) : parts
      if (own !== term || others.length > 0) continue
      const form = text
        .slice(start, end)
        .toLowerCase()
        .replace(/['’]s$/, '')
      counts.set(form, (counts.get(form) ?? 0) + 1)
    }
  }
  return written
}

/** How many papers have each of the terms, in texts and, behind its mark, in names. */
async function paperCounts(db: Db, { generation }: Index, terms: ReadonlySet<string>): Promise<Map<string, number>> {
  const all = [...terms].flatMap((term) => [term, AUTHOR_MARK + term])
  const rows = await executePrepared<{ term: string; paper_count: number }>(
    db,
    sql`select term, paper_count from search_terms
      where generation = ${generation}::smallint and term collate "C" = any(${sql.param(all)}::text[])`,
  )
  return new Map(rows.map(({ term, paper_count: paperCount }) => [term, paperCount]))
}

/** The nearest terms by trigrams, those within two slips of the word or, as stems differ by more, of its stem. */
async function byTrigrams(db: Db, { generation }: Index, word: string, isName: boolean): Promise<Candidate[]> {
  if (word.length < SHORTEST_FOR_TWO_SLIPS) return []
  const like = isName ? AUTHOR_MARK + word : (wordsOf(word)[0]?.parts[0] ?? word)
  const rows = await executePrepared<{ term: string; paper_count: number }>(
    db,
    sql`select term, paper_count from search_terms
      where generation = ${generation}::smallint and term % ${like}::text and paper_count > 1
        and starts_with(term, ${AUTHOR_MARK}) = ${isName}::boolean and strpos(term, ' ') = 0
      order by similarity(term, ${like}::text) desc, paper_count desc limit 50`,
  )
  return rows.flatMap(({ term, paper_count: paperCount }) => {
    const distance = slipsBetween(like, term, 2)
    return distance <= 2 ? [{ term, distance, paperCount }] : []
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
