import { numberOf, numbers } from './numbers.ts'
import { GIVEN_NAMES } from './people.ts'
import { Writer } from './texts.ts'
import { CATEGORIES } from './topics.ts'
import { SYLLABLES, Vocabulary } from './vocabulary.ts'

// Made-up papers in the form in which Kaggle publishes arXiv's metadata. Each line depends on the seed, its number and the
// number of papers alone.

/** Ids have five digits a month since 2015, and four before. */
const FIRST_MONTH = 2007 * 12 + 3
const FIRST_LONG_MONTH = 2015 * 12
/** Until the end of 2025, and nothing is later: an import dates what is in the future at its own moment. */
const MONTHS = 225
const LATEST = Date.UTC(2026, 0, 1)
const DAY = 86_400_000

/** With more papers, the month before the ids got their fifth digit would have too many. */
export const MOST_KAGGLE_PAPERS = 3_000_000

/** The share of papers before a month: the number of papers a month grows. */
const shareBefore = (month: number): number => ((month + 10) ** 2.5 - 10 ** 2.5) / ((MONTHS + 10) ** 2.5 - 10 ** 2.5)

/** As metadata of arXiv spells them. */
const IN_TEX: Record<string, string> = {
  Björn: String.raw`Bj\"orn`,
  Đorđe: String.raw`{\DJ}or{\dj}e`,
  José: String.raw`Jos\'e`,
  Łukasz: String.raw`{\L}ukasz`,
  Ștefan: String.raw`\c{S}tefan`,
  Zoë: String.raw`Zo{\"e}`,
}

const FORMULAS = [
  String.raw`$\alpha$`,
  '$O(n \\log n)$',
  String.raw`$\mathbb{R}^d$`,
  '$p < 0.05$',
  String.raw`$\sqrt{s} = 7$ TeV`,
]

/** The lines of a file, each with its line feed. */
export function* kaggleLines({ papers, seed }: { papers: number; seed: number }): Generator<string, void, undefined> {
  const vocabulary = new Vocabulary(seed)
  const writer = new Writer(seed, vocabulary)
  const authors = Math.ceil(papers * 0.6) + 20
  let number = 0
  for (let month = 0; month < MONTHS; month += 1) {
    const last = Math.round(papers * shareBefore(month + 1))
    for (let ofMonth = 1; number < last; ofMonth += 1) {
      number += 1
      const line = new KagglePaper(numbers(numberOf(seed, number, 2)), FIRST_MONTH + month, ofMonth, last)
      yield `${JSON.stringify(line.record(number, writer, vocabulary, authors))}\n`
    }
  }
}

class KagglePaper {
  readonly #random: () => number
  readonly #month: number
  readonly #ofMonth: number
  readonly #published: number

  constructor(random: () => number, month: number, ofMonth: number, lastOfMonth: number) {
    this.#random = random
    this.#month = month
    this.#ofMonth = ofMonth
    const start = Date.UTC(Math.floor(month / 12), month % 12, 1)
    this.#published = start + Math.floor((28 * DAY * ofMonth) / (lastOfMonth + 1) / 1_000) * 1_000
  }

  record(number: number, writer: Writer, vocabulary: Vocabulary, authors: number) {
    const random = this.#random
    const names = Array.from({ length: this.#authorCount() }, () => personName(Math.floor(authors * random() ** 2)))
    const keywords = Array.from({ length: 3 }, () => {
      const id = Math.floor(4_000 * random() ** 2)
      return { id, name: `${vocabulary.word(2 * id + 7)} ${vocabulary.word(2 * id + 8)}` }
    })
    const { title, abstract } = writer.textOf(number, keywords)
    const versions = this.#versions()
    const last = versions.at(-1) as number
    return {
      id: this.#id(),
      submitter: names[0]?.join(' ') ?? '',
      authors: listed(names.map((name) => name.join(' '))),
      title: wrapped(title, 74).replaceAll('\n', '\n  '),
      comments: random() < 0.7 ? this.#comments(last) : null,
      'journal-ref':
        random() < 0.3 ? `J. of ${vocabulary.word(number % 900)} ${1 + (number % 90)} (${2 + (number % 400)})` : null,
      doi: random() < 0.4 ? `10.${1_000 + (number % 97)}/made-up.${number}` : null,
      'report-no': random() < 0.07 ? `MADE-UP-${number}` : null,
      categories: this.#categories().join(' '),
      license: 'http://arxiv.org/licenses/nonexclusive-distrib/1.0/',
      abstract: `  ${wrapped(random() < 0.3 ? withFormulas(abstract, random) : abstract, 78)}\n`,
      versions: versions.map((created, n) => ({ version: `v${n + 1}`, created: new Date(created).toUTCString() })),
      update_date: new Date(last + DAY).toISOString().slice(0, 10),
      authors_parsed: names.map(([given, family]) => [family, given, '']),
    }
  }

  #id(): string {
    const year = Math.floor(this.#month / 12)
    const yearAndMonth = `${String(year).slice(2)}${String((this.#month % 12) + 1).padStart(2, '0')}`
    return `${yearAndMonth}.${String(this.#ofMonth).padStart(this.#month < FIRST_LONG_MONTH ? 4 : 5, '0')}`
  }

  /** 4.6 in the mean; one of a thousand papers has hundreds. */
  #authorCount(): number {
    const draw = this.#random()
    return draw < 0.001 ? 100 + Math.floor(900 * this.#random()) : 1 + Math.floor(9 * draw ** 1.6)
  }

  /** The moments of the versions. */
  #versions(): number[] {
    const versions = [this.#published]
    while (this.#random() < 0.4 && versions.length < 8) {
      const next = (versions.at(-1) as number) + Math.floor((200 * this.#random() ** 2 * DAY) / 1_000 + 3_600) * 1_000
      if (next > LATEST) break
      versions.push(next)
    }
    return versions
  }

  #categories(): string[] {
    const first = Math.floor(CATEGORIES.length * this.#random() ** 2.5)
    const others = [this.#random(), this.#random()].map(
      (draw) => (first + 1 + Math.floor(40 * draw)) % CATEGORIES.length,
    )
    return [...new Set([first, ...others.slice(Math.floor(3 * this.#random()))])].map((n) => CATEGORIES[n] as string)
  }

  #comments(last: number): string {
    const pages = 4 + Math.floor(40 * this.#random() ** 2)
    return last !== this.#published && this.#random() < 0.01
      ? 'This paper has been withdrawn by the authors due to an error in Section 3'
      : `${pages} pages, ${Math.floor(pages / 3)} figures`
  }
}

/** Given names and a family name; different numbers give different names. */
function personName(number: number): [string, string] {
  const given = GIVEN_NAMES[number % GIVEN_NAMES.length] as string
  const rest = Math.floor(number / GIVEN_NAMES.length)
  const family = [rest, rest / 100, rest / 10_000].map((part) => SYLLABLES[Math.floor(part) % 100]).join('')
  const initial = String.fromCharCode(65 + (number % 23))
  return [
    `${IN_TEX[given] ?? given}${number % 3 === 0 ? ` ${initial}.` : ''}`,
    family.charAt(0).toUpperCase() + family.slice(1),
  ]
}

const listed = (names: readonly string[]): string =>
  names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`

/** Breaks a text into lines, as arXiv does. */
function wrapped(text: string, width: number): string {
  let [lines, length] = ['', 0]
  for (const word of text.split(' ')) {
    const breaks = length > 0 && length + 1 + word.length > width
    lines += length === 0 ? word : `${breaks ? '\n' : ' '}${word}`
    length = breaks || length === 0 ? word.length : length + 1 + word.length
  }
  return lines
}

const withFormulas = (text: string, random: () => number): string =>
  text.replace(/\. /g, (end) => (random() < 0.3 ? ` ${FORMULAS[Math.floor(FORMULAS.length * random())]}${end}` : end))
