import { createHash } from 'node:crypto'
import { arxivAddress, doiAddress, knownInFeedsBy, type PaperIdentifier } from '../../values/identifiers.ts'
import type { PictureKind } from '../../values/pictures.ts'
import type { PaperLinkKind, TopicKind } from '../../values/vocabulary.ts'
import { type Html, html, linkAddress } from '../html/html.ts'
import { authorLine, cardLinks, counted } from '../html/paper-card.ts'
import { LINK_LABELS } from '../link-labels.ts'
import { type AddressedPicture, shownPictures } from '../picture-addresses.ts'
import type { JsonFeedEdition, JsonFeedExtension } from './json-feed-extension.ts'

/** A feed, independent of its format. Times are in RFC 3339. */
export interface Feed {
  title: string
  description: string
  /** The address of this document. */
  self: string
  /** The address of the first page, which identifies the whole feed. */
  first: string
  /** The address of the next page, or null. */
  next: string | null
  /** The WebSub hub to subscribe at; null if there is none. */
  hub: string | null
  /** The web page of the list. */
  home: string
  /** The web page about this server. */
  about: string
  updated: string
  /** The members of the filter's lists that name nothing, by field; null if there are none. */
  unknown: Record<string, string[]> | null
  /** The edition whose papers these are; null if they are of none. */
  edition: JsonFeedEdition | null
  items: FeedItem[]
}

export interface FeedItem {
  /** Permanent, and the same in every feed and format. */
  id: string
  url: string
  title: string
  /** One sentence of plain text, or null. */
  summary: string | null
  content: Html
  /** All authors, with their names as printed. */
  authors: readonly string[]
  categories: readonly Category[]
  links: readonly FeedLink[]
  /** A thumbnail on this server: readers of the feed do not ask another one for it. */
  image: AddressedPicture | null
  /** Null if every known date is in the future. */
  published: string | null
  updated: string | null
  facts: JsonFeedExtension | null
}

interface Category {
  term: string
  /** The vocabulary that defines the term; null for a free keyword. */
  scheme: string | null
}

interface FeedLink {
  kind: PaperLinkKind
  url: string
  title: string
}

/** The fields of a paper that feeds show. */
export interface FeedPaper {
  id: string
  /** The arXiv id first, then the DOI, then the others. */
  identifiers: readonly PaperIdentifier[]
  title: string
  abstract: string | null
  summary: string | null
  publishedAt: string
  updatedAt: string | null
  /** When an import last changed its texts. */
  rewordedAt: string | null
  listedAt: string | null
  listedOn: string | null
  url: string
  thumbnailUrl: string | null
  voteCount: number
  commentCount: number
  githubStars: number | null
  organization: { id: string; name: string; avatarUrl: string | null } | null
  submittedBy: { id: string; handle: string; name: string | null; avatarUrl: string | null } | null
  topics: readonly { name: string; kind: TopicKind }[]
  links: readonly { kind: PaperLinkKind; url: string; title: string | null }[]
  authors: readonly string[]
}

/** An edition as one feed item, with the papers that it names. */
export interface FeedEdition {
  /** The name in addresses, such as `day/2026-02-17`. */
  name: string
  title: string
  /** When the edition opens for papers. */
  opensAt: string
  /** The web page of the edition. */
  url: string
  paperCount: number
  /** When its newest paper was listed. */
  listedAt: string
  papers: readonly { title: string; url: string; voteCount: number }[]
}

/** How many authors the text names; it counts the others. The item's list of authors has all. */
const NAMED_AUTHORS = 10

/** The category scheme of arXiv's own feeds. */
const ARXIV_SCHEME = 'http://arxiv.org/schemas/atom'

/** The prefix of ids without an address elsewhere: `tag:` URIs (RFC 4151) do not depend on this server's host. */
const TAG = 'tag:daily-papers,2026:'

// Characters that XML 1.0 forbids even if escaped: control characters, lone surrogates, U+FFFE and U+FFFF.
const UNREADABLE = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu

/** Removes the characters that XML forbids, in all formats, so that all have the same text. */
export const readable = (text: string): string => text.replace(UNREADABLE, '')

/** The latest update of the items; null if no item has a date. */
export const latestUpdate = (items: readonly FeedItem[]): string | null => latest(items.map(({ updated }) => updated))

/** The same for feeds in which readers find nothing new: votes and the order of the entries do not change it. */
export function fingerprintOf(items: readonly FeedItem[]): string {
  const entries = items.map(({ id, updated }) => `${id} ${updated}\n`).sort()
  return createHash('sha256').update(entries.join('')).digest('base64url')
}

/**
 * A paper as a feed item. It is published when it is listed, or else when its first version was published, and updated by
 * a new version or changed texts. Votes do not update it: readers would show it as new after each vote.
 *
 * @param now later dates, which an import can bring, are ignored: an item of the year 2031 would stay the newest in every
 *            reader for years, and one dated by the clock would change with each response
 */
export function itemOfPaper(publicUrl: string, paper: FeedPaper, now: string): FeedItem {
  const links = paper.links.flatMap(({ kind, url, title }) => {
    const address = linkAddress(url)
    return address === null ? [] : [{ kind, url: address, title: title ?? LINK_LABELS[kind] }]
  })
  const isPast = (moment: string | null): moment is string => moment !== null && moment <= now
  return {
    id: permanentId(paper),
    url: paper.url,
    title: paper.title,
    summary: paper.summary,
    content: contentOfPaper(paper, links),
    authors: paper.authors,
    categories: paper.topics.map(({ name, kind }) => ({
      term: name,
      scheme: kind === 'CATEGORY' ? ARXIV_SCHEME : null,
    })),
    links,
    image: shownPictures(publicUrl, 'papers', { id: paper.id, source: paper.thumbnailUrl }, 'jpg')?.at(-1) ?? null,
    published: [paper.listedAt, paper.publishedAt].find(isPast) ?? null,
    updated: latest([paper.listedAt, paper.publishedAt, paper.updatedAt, paper.rewordedAt].filter(isPast)),
    facts: {
      id: paper.id,
      voteCount: paper.voteCount,
      commentCount: paper.commentCount,
      organization: paper.organization?.name ?? null,
      listedOn: paper.listedOn,
      githubStars: paper.githubStars,
      links: cardLinks(paper),
      ...picturesOf(publicUrl, paper),
    },
  }
}

function picturesOf(
  publicUrl: string,
  { id, thumbnailUrl, organization, submittedBy: submitter }: FeedPaper,
): Pick<JsonFeedExtension, 'thumbnail' | 'logo' | 'submitter'> {
  const [small, large] = shownPictures(publicUrl, 'papers', { id, source: thumbnailUrl }) ?? []
  const avatarOf = (kind: PictureKind, of: { id: string; avatarUrl: string | null } | null) =>
    (of && shownPictures(publicUrl, kind, { id: of.id, source: of.avatarUrl })?.[0]?.src) ?? null
  return {
    thumbnail: small && large ? { small: small.src, large: large.src } : null,
    logo: avatarOf('organizations', organization),
    submitter: submitter && { name: submitter.name ?? submitter.handle, avatar: avatarOf('users', submitter) },
  }
}

/** An edition as a feed item. Its papers grow while it is open; its id, address and publication date never change. */
export function itemOfEdition(edition: FeedEdition, now: string): FeedItem {
  const { papers, paperCount, opensAt, listedAt } = edition
  const more = paperCount - papers.length
  const count = counted(paperCount, 'paper')
  return {
    id: `${TAG}edition/${edition.name}`,
    url: edition.url,
    title: edition.title,
    summary: `${count}.`,
    content: html`<p>${count}, most voted first.</p>
<ol>${papers.map(
      ({ title, url, voteCount }) =>
        html`<li dir="auto"><a href="${linkAddress(url)}">${title}</a> (${counted(voteCount, 'vote')})</li>\n`,
    )}</ol>${more > 0 && html`\n<p><a href="${linkAddress(edition.url)}">And ${counted(more, 'more paper')}</a></p>`}`,
    authors: [],
    categories: [],
    links: [],
    image: null,
    published: opensAt,
    updated: listedAt > opensAt && listedAt <= now ? listedAt : opensAt,
    facts: null,
  }
}

/**
 * The id of a paper, from the strongest identifier that it had when it was added. Votes, stronger identifiers that come
 * later, and a new host name of this server do not change it.
 */
function permanentId({ id, identifiers }: FeedPaper): string {
  const first = knownInFeedsBy(identifiers)
  if (first === undefined) return `${TAG}paper/${id}`
  if (first.scheme === 'arxiv') return arxivAddress(first.value)
  if (first.scheme === 'doi') return doiAddress(first.value)
  return `${TAG}paper/${encodeURIComponent(first.scheme)}/${encodeURIComponent(first.value)}`
}

function contentOfPaper(paper: FeedPaper, links: readonly FeedLink[]): Html {
  const authors = {
    totalCount: paper.authors.length,
    nodes: paper.authors.slice(0, NAMED_AUTHORS).map((name) => ({ name })),
  }
  const facts = [
    counted(paper.voteCount, 'vote'),
    counted(paper.commentCount, 'comment'),
    ...(paper.organization ? [html`<bdi>${paper.organization.name}</bdi>`] : []),
    ...links.map(({ url, title }) => html`<a href="${url}">${title}</a>`),
  ]
  return html`${paper.summary !== null && html`<p dir="auto">${paper.summary}</p>\n`}${
    authors.totalCount > 0 && html`<p>${authorLine(authors)}</p>\n`
  }${paper.abstract?.split('\n\n').map((paragraph) => html`<p dir="auto">${paragraph}</p>\n`)}<p>${facts.map(
    (fact, place) => html`${place > 0 && ' · '}${fact}`,
  )}</p>`
}

/** The latest of several times, all in UTC with milliseconds, so that strings compare. */
const latest = (moments: readonly (string | null)[]): string | null =>
  moments.reduce((last, moment) => (last === null || (moment !== null && moment > last) ? moment : last), null)
