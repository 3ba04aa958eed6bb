import { isArxivCategory } from '../values/slugs.ts'
import {
  distinctTopicNames,
  LONGEST_ABSTRACT,
  LONGEST_NAME,
  LONGEST_TITLE,
  LONGEST_URL,
  nameOf,
  normalizedTopicName,
  normalizeLine,
  webAddress,
} from '../values/text.ts'
import type { PaperLinkKind } from '../values/vocabulary.ts'
import type { PaperEntry } from './entry.ts'

/** How much of each people may give: texts in characters, lists in members. */
export const MOST_OF_PAPER_INPUT = {
  title: LONGEST_TITLE,
  abstract: LONGEST_ABSTRACT,
  authors: 5_000,
  topics: 100,
  links: 100,
  name: LONGEST_NAME,
  url: LONGEST_URL,
}

export interface InputProblem {
  /** The path of the field in the input, such as `paper.title`. */
  path: string
  message: string
}

export interface LinkInput {
  kind: PaperLinkKind
  url: string
}

/** Collects what is wrong with the fields that people give of a paper. */
export class InputProblems {
  readonly found: InputProblem[] = []
  readonly #prefix: string

  /** @param prefix what paths begin with, such as `paper.` */
  constructor(prefix: string) {
    this.#prefix = prefix
  }

  add(field: string, message: string): void {
    this.found.push({ path: this.#prefix + field, message })
  }

  text(field: string, value: string, longest: number): void {
    const length = normalizeLine(value).length
    if (length === 0) this.add(field, `The ${field} must not be blank.`)
    else if (length > longest)
      this.add(field, `The ${field} must have at most ${longest} characters; it has ${length}.`)
  }

  authors(names: readonly string[]): void {
    this.#names('authors', names, (name) => nameOf(name) !== '')
    if (names.length === 0) this.add('authors', 'There must be at least one author.')
  }

  topics(names: readonly string[]): void {
    this.#names('topics', names, (name) => normalizedTopicName(name) !== '')
  }

  links(links: readonly LinkInput[]): void {
    const most = MOST_OF_PAPER_INPUT
    if (links.length > most.links) {
      this.add('links', `There may be at most ${most.links} links.`)
      return
    }
    links.forEach(({ url }, place) => {
      const path = `links.${place}.url`
      const address = webAddress(url)
      if (address === null) this.add(path, `A link must be an http or https address of at most ${most.url} characters.`)
      // `https://arxiv.org@elsewhere.example/` leads to the last of the two.
      else if (new URL(address).username !== '') this.add(path, 'A link must not have a user name before its host.')
    })
  }

  #names(field: 'authors' | 'topics', values: readonly string[], isName: (value: string) => boolean): void {
    const most = MOST_OF_PAPER_INPUT
    if (values.length > most[field]) {
      this.add(field, `There may be at most ${most[field]} ${field}; there are ${values.length}.`)
      return
    }
    values.forEach((value, place) => {
      if (!isName(value) || nameOf(value).length > most.name)
        this.add(`${field}.${place}`, `Each of the ${field} must have 1 to ${most.name} characters.`)
    })
  }
}

/** Topics as people give them, in one list, by their kinds. Both kinds are there, also without names. */
export function topicsByKind(names: readonly string[]): PaperEntry['topics'] {
  const topics = names.map(nameOf)
  return [
    { kind: 'CATEGORY', names: distinctTopicNames(topics.filter(isArxivCategory)) },
    { kind: 'KEYWORD', names: distinctTopicNames(topics.filter((topic) => !isArxivCategory(topic))) },
  ]
}

export const distinctLinks = (links: readonly LinkInput[]): NonNullable<PaperEntry['links']> => [
  ...new Map(
    links.map(({ kind, url }) => [`${kind} ${webAddress(url)}`, { kind, url: webAddress(url) as string, title: null }]),
  ).values(),
]
