import { hash } from 'node:crypto'
import { nameOf, normalizedTopicName } from './text.ts'
import type { TopicKind } from './vocabulary.ts'

const LONGEST_SLUG = 100

/**
 * A name as part of a URL: lower-case letters and digits of any script without accents. Everything else becomes a hyphen.
 * Returns `fallback` for a name without letters and digits.
 */
export const slugOf = (name: string, fallback: string): string =>
  shortened(withoutAccents(name).replace(/[^\p{Letter}\p{Number}]+/gu, '-')) || fallback

const withoutAccents = (name: string): string =>
  name
    .normalize('NFKD')
    .replace(/\p{Mark}/gu, '')
    .normalize('NFC')
    .toLowerCase()

const shortened = (slug: string): string =>
  [...slug]
    .slice(0, LONGEST_SLUG)
    .join('')
    .replace(/^-|[-.]$/g, '')

/** A slug or handle as somebody typed or copied it. Stored slugs of authors and topics have this form. */
export const typedSlug = (text: string): string => nameOf(text).toLowerCase()

/** What is not kept in the slug of a topic: all but letters, digits, and dots between them. */
const NOT_IN_TOPIC_SLUG = /(?:[^\p{Letter}\p{Number}.]|(?<![\p{Letter}\p{Number}])\.|\.(?![\p{Letter}\p{Number}]))+/gu

/**
 * The slug of a topic. It depends on the name and the kind alone, and topics of different names have different slugs,
 * whatever was imported first: `mixture-of-experts`, `gpt-4.5`, `c`, `c-plus-plus`, `c-sharp`. A name that cannot be read
 * back from its slug, because it has other signs or accents, gets the start of a hash: `a-b-testing~8d3c1f02a4`. So does a
 * keyword that is written like an arXiv category, and a category that is not.
 */
export function topicSlug(kind: TopicKind, name: string): string {
  const normalized = normalizedTopicName(name)
  const spelledOut = normalized.replaceAll('+', '-plus-').replaceAll('#', '-sharp-')
  const slug = shortened(withoutAccents(spelledOut).replace(NOT_IN_TOPIC_SLUG, '-')) || 'topic'
  if (nameOfTopicSlug(slug) === normalized && isArxivCategory(slug) === (kind === 'CATEGORY')) return slug
  return `${slug}~${hash('sha256', `${kind} ${normalized}`).slice(0, 10)}`
}

/** The one normalized name that may have a slug without a hash. */
const nameOfTopicSlug = (slug: string): string =>
  slug
    .replace(/-plus-plus(?=-|$)/g, '++')
    .replace(/-plus-/g, '+')
    .replace(/-plus$/, '+')
    .replace(/-sharp(?=-|$)/g, '#')
    .replaceAll('-', ' ')

/** arXiv's subject classes. An archive that is divided into classes is not one of them: "physics" is a keyword. */
const ARXIV_CATEGORY =
  /^((astro-ph|cond-mat|nlin|q-bio)(\.[a-z-]{2,})?|(cs|econ|eess|math|physics|q-fin|stat)\.[a-z-]{2,}|gr-qc|hep-(ex|lat|ph|th)|math-ph|nucl-(ex|th)|quant-ph)$/i

/** Whether a name or slug is that of an arXiv category, such as `cs.CL`, in any case. */
export const isArxivCategory = (name: string): boolean => ARXIV_CATEGORY.test(name)

/** The slugs under which a topic may be found that somebody names by its slug or its name, best first. */
export const topicSlugsOf = (text: string): string[] => [
  ...new Set([typedSlug(text), topicSlug('KEYWORD', text), topicSlug('CATEGORY', text)]),
]
