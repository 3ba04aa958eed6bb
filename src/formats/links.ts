import type { PaperFilter, PaperScope } from '../lists/paper-filter.ts'
import type { PaperOrderName } from '../lists/paper-orders.ts'
import type { EditionSpan } from '../values/editions.ts'
import { BadUserInput } from '../values/errors.ts'
import { type FeedExtension, forEachFeedFormat } from './feed/formats.ts'
import { html } from './html/html.ts'
import { type CurrentQuery, formatPaperQuery, type PaperQuery, restrictListing } from './query-string.ts'

/** What a feed or widget shows where its address does not say. */
export const FEED_DEFAULTS: Omit<PaperQuery, 'filter'> = { orderBy: 'TRENDING', first: 30 }

/** The addresses of a list for clients that do not speak GraphQL: a feed in each format, and a page for a frame. */
export interface FeedLinks extends Record<FeedExtension, string> {
  bibtex: string
  ris: string
  embed: string
  embedHtml: string
}

/** The addresses of a list on a server. */
export function feedLinks(publicUrl: string, query: PaperQuery & Partial<CurrentQuery>): FeedLinks {
  const text = formatPaperQuery(query, FEED_DEFAULTS)
  const suffix = text === '' ? '' : `?${text}`
  const embed = `${publicUrl}/embed${suffix}`
  return {
    ...forEachFeedFormat(({ extension }) => `${publicUrl}/feeds/papers.${extension}${suffix}`),
    bibtex: `${publicUrl}/feeds/papers.bib${suffix}`,
    ris: `${publicUrl}/feeds/papers.ris${suffix}`,
    embed,
    embedHtml: iframe(embed),
  }
}

/** The page of any list of papers. */
export function listAddress(publicUrl: string, query: PaperQuery & Partial<CurrentQuery>): string {
  const text = formatPaperQuery(query, FEED_DEFAULTS)
  return `${publicUrl}/papers${text === '' ? '' : `?${text}`}`
}

/** How many papers a page of a search shows. */
export const SEARCH_PAGE = { orderBy: FEED_DEFAULTS.orderBy, first: 20 }

/** The page of a search, with the parameters of its filter. */
export function searchAddress(
  publicUrl: string,
  { text, filter, after }: { text: string; filter: PaperFilter; after: string | null },
): string {
  const rest = formatPaperQuery({ filter, ...SEARCH_PAGE }, SEARCH_PAGE)
  const parameters = new URLSearchParams({ q: text, ...(after !== null && { after }) })
  return `${publicUrl}/search?${parameters}${rest === '' ? '' : `&${rest}`}`
}

/** The canonical path of an edition's feed without extension, with the period even of a day. */
export const editionFeedPath = ({ period, startsOn }: EditionSpan): string =>
  `/feeds/editions/${period.toLowerCase()}/${startsOn}`

/** What a site puts into its page to show an embed address. The page in it may open links and run no script. */
export const iframe = (
  embed: string,
  {
    title = 'Daily Papers',
    width = '100%',
    height = 600,
  }: { title?: string; width?: string | number; height?: number } = {},
): string =>
  html`<iframe src="${embed}" title="${title}" width="${width}" height="${height}" loading="lazy" sandbox="allow-scripts allow-popups allow-popups-to-escape-sandbox" style="border:0;border-radius:12px;box-shadow:0 0 0 1px #8885;max-width:100%"></iframe>`
    .text

/**
 * The one filter that says what a scope and a filter say together, so that any list has an address.
 *
 * @throws BadUserInput where no filter says it: an author's papers that are by any of several others besides
 */
function filterOfScope(scope: PaperScope, filter: PaperFilter): PaperFilter {
  const all: PaperFilter = { ...filter }
  if (scope.topic) all.allTopics = [...new Set([...(filter.allTopics ?? []), scope.topic.slug])]
  if (scope.author) all.authors = onlyOne('authors', scope.author.slug, filter.authors)
  if (scope.organization) all.organizations = onlyOne('organizations', scope.organization.slug, filter.organizations)
  if (scope.submitter) all.submitters = onlyOne('submitters', scope.submitter.handle, filter.submitters)
  if (scope.listed) restrictListing(all, scope.listed)
  return all
}

function onlyOne(field: string, member: string, wanted: readonly string[] | null | undefined): string[] {
  if (!wanted?.length || wanted.some((one) => one.toLowerCase() === member.toLowerCase())) return [member]
  throw new BadUserInput(
    `filter.${field}`,
    `This list has no feed: \`filter.${field}\` does not have "${member}", whose papers these are.`,
  )
}

/** A list of papers as GraphQL has it, in the form of an address. */
export const queryOfList = (
  list: { filter: PaperFilter; scope: PaperScope; order: PaperOrderName },
  first: number = FEED_DEFAULTS.first,
): PaperQuery => ({ filter: filterOfScope(list.scope, list.filter), orderBy: list.order, first })
