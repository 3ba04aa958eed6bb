import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { sql } from 'drizzle-orm'
import { type Db, openDatabase } from '../../src/db/client.ts'
import { startDatabase } from '../../src/db/start.ts'
import { fail, helpIfRequested, say } from '../../src/programs/console.ts'
import { normalizeText, stem, wordsOf } from '../../src/search/analyzer.ts'
import { AUTHOR_MARK } from '../../src/search/author-names.ts'
import { isInDictionary } from '../../src/search/dictionary.ts'
import { isStopWord } from '../../src/search/stop-words.ts'
import { readSettings } from '../../src/settings.ts'
import { messageOf, OperatorError } from '../../src/values/errors.ts'
import { random } from '../support/random.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { quantile } from './eval/measures.ts'

// `npm run known-items` measures whether search finds half-remembered papers of a catalogue (known-item search):
//
//     DATA_DIR=.data/hf npm run import -- hf-daily …
//     DATA_DIR=.data/hf npm run known-items
//
// - a title without three of ten words, and one word misspelled in every third: the paper should be first
// - an author's family name and a word of the title: the paper should be among the first five
// - one to three words of a title: papers that have all of them should come first
// - words that are right but in no paper: they should not be corrected
// - misspelled words of titles that are no words: they should be

const USAGE = `Usage: npm run known-items -- [--papers N] [--seed N] [--examples N] [--words FILE]
Searches for N papers (default 500) in the catalogue of DATA_DIR or DATABASE_URL, and prints N failures of each kind (default 12).
FILE has a word in each line (default /usr/share/dict/american-english-huge, of Debian's wamerican-huge).`

interface Options {
  papers: number
  seed: number
  examples: number
  words: string
}

interface Item {
  arxivId: string
  title: string
  authors: string[]
}

interface Found {
  arxivId: string
  text: string
  /** Whether the text has all authors. */
  isWhole: boolean
}

type Draw = () => number

const FIRST_FEW = 5
const PAGE = 20
/** How many results are read to find the rank of a paper that is not among the first few. */
const DEEPEST_RANK = 100
const CONCURRENCY = 2

const SEARCH = /* GraphQL */ `
  query ($query: String!, $first: Int!) {
    search(query: $query, first: $first) {
      correctedQuery
      nodes { arxivId title abstract authors(first: 100) { nodes { name } pageInfo { hasNextPage } } }
    }
  }
`
const COUNT = /* GraphQL */ `
  query ($query: String!) {
    papers(filter: { query: $query }, first: 1) { totalCount }
  }
`

function readArguments(args: string[]): Options {
  try {
    const { values } = parseArgs({
      args,
      options: {
        papers: { type: 'string', default: '500' },
        seed: { type: 'string', default: '1' },
        examples: { type: 'string', default: '12' },
        words: { type: 'string', default: '/usr/share/dict/american-english-huge' },
      },
    })
    const number = (name: 'papers' | 'seed' | 'examples') => {
      if (!/^\d+$/.test(values[name])) throw new Error(`--${name} must be a whole number.`)
      return Number(values[name])
    }
    return { papers: number('papers'), seed: number('seed'), examples: number('examples'), words: values.words }
  } catch (error) {
    throw new OperatorError(`${messageOf(error)}\n${USAGE}`)
  }
}

const pick = <T>(list: readonly T[], draw: Draw): T => list[Math.floor(draw() * list.length)] as T

/** A random sample of a list, in the order of the list. */
function some<T>(list: readonly T[], count: number, draw: Draw): T[] {
  const places = list.map((_, place) => ({ place, draw: draw() })).sort((a, b) => a.draw - b.draw)
  const kept = new Set(places.slice(0, count).map(({ place }) => place))
  return list.filter((_, place) => kept.has(place))
}

async function allItems(db: Db): Promise<Item[]> {
  const rows = await db.execute<{ arxivId: string; title: string; authors: string[] }>(sql`
    select arxiv_id as "arxivId", title, array(
      select name from paper_authors join authors on authors.id = author_id where paper_id = papers.id order by position
    ) as authors
    from papers where hidden_at is null and arxiv_id is not null order by arxiv_id`)
  return [...rows]
}

/** A word with two neighbouring letters swapped, or one letter missing, doubled or replaced. */
function misspelled(word: string, draw: Draw): string {
  const letters = [...word]
  const at = Math.floor(draw() * (letters.length - 1))
  const letter = letters[at] as string
  const next = letters[at + 1] as string
  const edits = [
    [next, letter],
    [next],
    [letter, letter, next],
    [String.fromCharCode(97 + Math.floor(draw() * 26)), next],
  ]
  const edited = letters.toSpliced(at, 2, ...pick(edits, draw)).join('')
  return edited === word ? misspelled(word, draw) : edited
}

const MISSPELLABLE = /^\p{L}{5,}$/u

function halfRemembered(title: string, isMisspelled: boolean, draw: Draw): string {
  const words = title.split(/\s+/)
  const kept = some(words, Math.max(1, Math.round(words.length * 0.7)), draw)
  const places = kept.flatMap((word, place) => (MISSPELLABLE.test(word) ? [place] : []))
  if (!isMisspelled || places.length === 0) return kept.join(' ')
  const at = pick(places, draw)
  return kept.with(at, misspelled(kept[at] as string, draw)).join(' ')
}

/** The words of a title without stop words and single letters. */
const plainWords = (title: string): string[] =>
  wordsOf(title).flatMap(({ start, end, parts }) =>
    parts.every((part) => isStopWord(part) || part.length < 2) ? [] : [title.slice(start, end)],
  )

const familyName = (name: string): string => name.trim().split(/\s+/).at(-1) as string

class SearchClient {
  readonly #server: TestServer
  readonly times: number[] = []

  constructor(server: TestServer) {
    this.#server = server
  }

  async search(query: string, first: number): Promise<{ corrected: string | null; found: Found[] }> {
    const begun = performance.now()
    const { search } = await this.#data(SEARCH, { query, first })
    this.times.push(performance.now() - begun)
    return {
      corrected: search.correctedQuery,
      // biome-ignore lint/suspicious/noExplicitAny: a node of the response
      found: search.nodes.map(({ arxivId, title, abstract, authors }: any) => ({
        arxivId,
        text: [title, abstract ?? '', ...authors.nodes.map(({ name }: { name: string }) => name)].join(' | '),
        isWhole: !authors.pageInfo.hasNextPage,
      })),
    }
  }

  async count(query: string): Promise<number> {
    return (await this.#data(COUNT, { query })).papers.totalCount
  }

  /** The rank of a paper among the results, from 1; null if it is not among the first hundred. */
  async rankOf(query: string, { arxivId }: Item): Promise<{ place: number | null; corrected: string | null }> {
    const { found, corrected } = await this.search(query, FIRST_FEW)
    const at = found.findIndex((paper) => paper.arxivId === arxivId)
    if (at >= 0) return { place: at + 1, corrected }
    const deep = (await this.search(query, DEEPEST_RANK)).found.findIndex((paper) => paper.arxivId === arxivId)
    return { place: deep < 0 ? null : deep + 1, corrected }
  }

  async #data(query: string, variables: Record<string, unknown>) {
    const { data, errors } = await this.#server.ask(query, variables)
    if (errors?.[0]) throw new Error(`${JSON.stringify(variables)}: ${errors[0].message}`)
    return data
  }
}

/** Runs a function on each item, a few at a time, and logs the progress. */
async function each<T, R>(name: string, list: readonly T[], run: (item: T, index: number) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  let next = 0
  let said = performance.now()
  await Promise.all(
    Array.from({ length: CONCURRENCY }, async () => {
      for (let place = next++; place < list.length; place = next++) {
        results[place] = await run(list[place] as T, place)
        if (performance.now() - said < 10_000) continue
        said = performance.now()
        say(`${name}: ${place} of ${list.length}`)
      }
    }),
  )
  return results
}

interface Outcome {
  good: boolean
  note: string
}

function report(name: string, outcomes: readonly Outcome[], examples: number): void {
  const good = outcomes.filter((outcome) => outcome.good).length
  console.log(`${name}: ${good} of ${outcomes.length}, ${((100 * good) / outcomes.length).toFixed(1)} %`)
  const bad = outcomes.filter((outcome) => !outcome.good)
  for (const { note } of bad.slice(0, examples)) console.log(`    ${note}`)
}

const placeNote = (query: string, { title }: Item, place: number | null, corrected: string | null): string =>
  `${place ?? `not in ${DEEPEST_RANK}`}: ${query}${corrected === null ? '' : ` → ${corrected}`}   [${title}]`

async function titles(client: SearchClient, items: readonly Item[], { seed, examples }: Options): Promise<void> {
  const draw = random(seed + 1)
  const queries = items.map(({ title }, n) => halfRemembered(title, n % 3 === 0, draw))
  const outcomes = await each('titles', items, async (item, n): Promise<Outcome> => {
    const query = queries[n] as string
    const { place, corrected } = await client.rankOf(query, item)
    return { good: place === 1, note: placeNote(query, item, place, corrected) }
  })
  report('Seven of ten words of a title, one misspelled in every third; first', outcomes, examples)
  const [wrong, right] = [0, 1].map((kind) => outcomes.filter((_, n) => Math.min(n % 3, 1) === kind)) as [
    Outcome[],
    Outcome[],
  ]
  report('  with a misspelled word', wrong, 0)
  report('  without', right, 0)
}

async function people(
  client: SearchClient,
  items: readonly Item[],
  all: readonly Item[],
  { seed, examples }: Options,
): Promise<void> {
  const draw = random(seed + 2)
  const catalogue = all.map(({ title, authors }) => ({
    title: termsIn(title),
    names: termsIn(authors.map(familyName).join(' | ')),
    firstName: termsIn(familyName(authors[0] ?? '')),
  }))
  const signed = items.filter(({ authors, title }) => authors.length > 0 && plainWords(title).length > 0)
  for (const [who, author] of [
    ['first author', ({ authors }: Item) => authors[0] as string],
    ['any author', ({ authors }: Item) => pick(authors, draw)],
  ] as const) {
    const queries = signed.map((item) => [familyName(author(item)), pick(plainWords(item.title), draw)] as const)
    const reachable = { anywhere: 0, title: 0, first: 0 }
    const outcomes = await each(who, signed, async (item, n): Promise<Outcome> => {
      const [name, word] = queries[n] as readonly [string, string]
      const { place, corrected } = await client.rankOf(`${name} ${word}`, item)
      const both = await client.count(`author:${name} ${word}`)
      const [ofName, ofWord] = [[...termsIn(name)], [...termsIn(word)]]
      const withWord = catalogue.filter(({ title }) => ofWord.every((term) => title.has(term)))
      const inTitle = withWord.filter(({ names }) => ofName.every((term) => names.has(term))).length
      const byFirst = withWord.filter(({ firstName }) => ofName.every((term) => firstName.has(term))).length
      reachable.anywhere += Math.min(1, FIRST_FEW / Math.max(1, both))
      reachable.title += Math.min(1, FIRST_FEW / Math.max(1, inTitle))
      reachable.first += Math.min(1, FIRST_FEW / Math.max(1, byFirst))
      const note = `${placeNote(`${name} ${word}`, item, place, corrected)} ${both} have both, ${inTitle} in the title`
      return { good: place !== null && place <= FIRST_FEW, note }
    })
    report(`Family name of ${who} and a word of the title; in the first ${FIRST_FEW}`, outcomes, examples)
    const share = (sum: number) => ((100 * sum) / signed.length).toFixed(1)
    console.log(
      `    For comparison, a random order of the papers that have both would give ${share(reachable.anywhere)} %, among those that have the word in the title ${share(reachable.title)} %, and among those whose first author has the name, too, ${share(reachable.first)} %.`,
    )
  }
}

const termsIn = (text: string): Set<string> =>
  new Set(wordsOf(text).flatMap(({ parts, wholes }) => [...parts, ...wholes]))

async function fewWords(client: SearchClient, items: readonly Item[], { seed, examples }: Options): Promise<void> {
  const draw = random(seed + 3)
  const worded = items.filter(({ title }) => plainWords(title).length > 0)
  for (const count of [1, 2, 3]) {
    const queries = worded.map(({ title }) => some(plainWords(title), count, draw).join(' '))
    const outcomes = await each(`${count} words`, queries, async (query): Promise<Outcome & { none: boolean }> => {
      const { found, corrected } = await client.search(query, PAGE)
      const all = Math.min(PAGE, await client.count(query))
      const wanted = [...termsIn(query)].filter((term) => !isStopWord(term))
      const parts = wordsOf(query).flatMap((word) => word.parts.filter((part) => !isStopWord(part)))
      const has = found.map(({ text, isWhole }) => {
        const terms = termsIn(text)
        return (
          !isWhole ||
          parts.every((part) => terms.has(part)) ||
          wanted.some((term) => !parts.includes(term) && terms.has(term))
        )
      })
      const before = has.indexOf(false) < 0 ? found.length : has.indexOf(false)
      return {
        good: found.length > 0 && before >= all,
        none: before < found.length,
        note: `${query}${corrected === null ? '' : ` → ${corrected}`}: ${before} of ${found.length} results have all words; ${all} papers have them`,
      }
    })
    report(
      `${count} word${count === 1 ? '' : 's'} of a title; papers that have them all come first`,
      outcomes,
      examples,
    )
    const mixed = outcomes.filter(({ none }) => none).length
    console.log(`    ${mixed} pages also have papers without some of the words.`)
  }
}

/** Words that are right, that no paper has and that are long enough to be corrected; null without a list of words. */
async function wordsOfNoPaper(terms: ReadonlySet<string>, { words, papers, seed }: Options): Promise<string[] | null> {
  const text = await readFile(words, 'utf8').catch(() => null)
  if (text === null) return null
  const unknown = text.split('\n').filter((word) => /^[a-z]{5,30}$/.test(word) && !isTerm(word, terms))
  return some(unknown, papers, random(seed + 4))
}

const isTerm = (word: string, terms: ReadonlySet<string>): boolean =>
  terms.has(stem(normalizeText(word))) || terms.has(AUTHOR_MARK + normalizeText(word))

async function spelling(client: SearchClient, db: Db, items: readonly Item[], options: Options): Promise<void> {
  const rows = await db.execute<{ term: string }>(
    sql`select term from search_terms join search_generations using (generation) where serving`,
  )
  const terms = new Set(rows.map(({ term }) => term))
  const right = await wordsOfNoPaper(terms, options)
  if (right === null) say(`Words that are right are not tried: there is no list of words at ${options.words}.`)
  else
    report(
      'Words that are right, but in no paper; not corrected',
      await each('right words', right, async (word): Promise<Outcome> => {
        const { corrected } = await client.search(word, 1)
        return { good: corrected === null, note: `${word} → ${corrected}` }
      }),
      options.examples,
    )
  const draw = random(options.seed + 5)
  const slips = items.flatMap(({ title }) => {
    const words = plainWords(title)
    const long = words.filter((word) => MISSPELLABLE.test(word))
    if (long.length === 0) return []
    const meant = pick(long, draw)
    const others = words.filter((word) => word !== meant)
    // As it is typed: a slip does not move capitals.
    const slip = misspelled(meant.toLowerCase(), draw)
    const isWord = isTerm(slip, terms) || isInDictionary(normalizeText(slip))
    return isWord ? [] : [{ meant, query: [slip, ...(others.length > 0 ? [pick(others, draw)] : [])].join(' ') }]
  })
  report(
    'Misspelled words of titles that are no words, with another word of the title; mended',
    await each('slips', slips, async ({ meant, query }): Promise<Outcome> => {
      const { corrected } = await client.search(query, 1)
      const [wanted, found] = [termsIn(meant), termsIn(corrected ?? '')]
      return { good: [...wanted].every((term) => found.has(term)), note: `${query} → ${corrected}   [${meant}]` }
    }),
    options.examples,
  )
}

async function measure(options: Options): Promise<void> {
  const running = await startDatabase(readSettings(process.env), say, { use: 'reads', connections: CONCURRENCY + 2 })
  const database = openDatabase(running.url, { connections: CONCURRENCY + 2, statementTimeout: 0 })
  try {
    const all = await allItems(database.db)
    const items = some(all, options.papers, random(options.seed))
    if (items.length === 0)
      throw new OperatorError('The catalogue has no arXiv papers. Import some, or set DATA_DIR to another directory.')
    const server = await startServer({ ...database, url: running.url })
    try {
      const client = new SearchClient(server)
      await spelling(client, database.db, items, options)
      await titles(client, items, options)
      await people(client, items, all, options)
      await fewWords(client, items, options)
      const [p50, p95] = [0.5, 0.95].map((share) => quantile(client.times, share).toFixed(1))
      console.log(
        `${client.times.length} searches through HTTP, ${CONCURRENCY} at a time: p50 ${p50} ms, p95 ${p95} ms`,
      )
    } finally {
      await server.close()
    }
  } finally {
    await database.close()
    await running.stop()
  }
}

try {
  helpIfRequested(USAGE)
  await measure(readArguments(process.argv.slice(2)))
} catch (error) {
  fail(error)
}
