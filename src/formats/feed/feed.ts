import { knownInFeedsBy, type PaperIdentifier } from '../../values/identifiers.ts'
import type { PaperLinkKind, TopicKind } from '../../values/vocabulary.ts'
import { type Html, html, linkAddress } from '../html/html.ts'
import { authorLine, counted } from '../html/paper-card.ts'
import { LINK_LABELS } from '../link-labels.ts'
import type { JsonFeedExtension } from './json-feed-extension.ts'

/** A list for feed readers, before it has a format. Moments are in RFC 3339. */
export interface Feed {
  title: string
  description: string
  /** The address of this document. */
  self: string
  /** The address of the first page of the list, by which the whole list is known. */
  first: string
  /** The address of the next page, or null. */
  next: string | null
  /** The WebSub hub where readers can subscribe; null where there is none. */
  hub: string | null
  /** The page that shows the list to people. */
  home: string
  /** The page that says what this server is. */
  about: string
  updated: string
  items: FeedItem[]
}

export interface FeedItem {
  /** Permanent, and the same in every feed and format. */
  id: string
  url: string
  title: string
  /** In one sentence of plain text; null where nothing says it. */
  summary: string | null
  content: Html
  /** All of them, as printed. */
  authors: readonly string[]
  categories: readonly Category[]
  links: readonly FeedLink[]
  image: string | null
  /** Null where all that is known is still to come. */
  published: string | null
  updated: string | null
  facts: JsonFeedExtension | null
}

interface Category {
  term: string
  /** Who gave the term its meaning; null for a free keyword. */
  scheme: string | null
}

interface FeedLink {
  kind: PaperLinkKind
  url: string
  title: string
}

/** A paper as feeds show it. */
export interface FeedPaper {
  id: string
  /** The arXiv id first, then the DOI, then the others. */
  identifiers: readonly PaperIdentifier[]
  title: string
  abstract: string | null
  summary: string | null
  publishedAt: string
  updatedAt: string | null
  /** When an import last changed its texts here. */
  rewordedAt: string | null
  listedAt: string | null
  listedOn: string | null
  url: string
  thumbnailUrl: string | null
  voteCount: number
  commentCount: number
  organization: { name: string } | null
  topics: readonly { name: string; kind: TopicKind }[]
  links: readonly { kind: PaperLinkKind; url: string; title: string | null }[]
  authors: readonly string[]
}

/** An edition as one item: what it is, and the papers that it names. */
export interface FeedEdition {
  /** What it is called by in addresses: `day/2026-02-17`. */
  name: string
  title: string
  /** When its first paper could join. */
  opensAt: string
  /** The page that shows it. */
  url: string
  paperCount: number
  /** The moment of the latest listing. */
  listedAt: string
  papers: readonly { title: string; url: string; voteCount: number }[]
}

/** How many authors the text names; the others are counted there, and are in the list of authors. */
const NAMED_AUTHORS = 10

/** The scheme that arXiv's own feeds have for its categories. */
const ARXIV_SCHEME = 'http://arxiv.org/schemas/atom'

/** Ids of things that have no address elsewhere: `tag:` URIs (RFC 4151), because they hold whatever host this runs on. */
const TAG = 'tag:daily-papers,2026:'

// What XML 1.0 has no place for, not even escaped: control characters, halves of surrogate pairs, U+FFFE and U+FFFF.
const UNREADABLE = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu

/** A text without the characters that XML cannot hold, so that all formats have the same. */
export const readable = (text: string): string => text.replace(UNREADABLE, '')

/** When the latest of the items was updated; null where none says. */
export const latestUpdate = (items: readonly FeedItem[]): string | null => latest(items.map(({ updated }) => updated))

/**
 * A paper as an item. It is published when it comes on the daily list, or else when its first version was, and updated
 * when it has a new version or other words. Votes do not update it: readers would show it as new with each.
 *
 * @param now moments after it, which an import can bring, are as if they were not known: an item of the year 2031 would
 *            stay the newest of every reader for years, and one dated by the clock be another with each answer
 */
export function itemOfPaper(paper: FeedPaper, now: string): FeedItem {
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
    image: linkAddress(paper.thumbnailUrl),
    published: [paper.listedAt, paper.publishedAt].find(isPast) ?? null,
    updated: latest([paper.listedAt, paper.publishedAt, paper.updatedAt, paper.rewordedAt].filter(isPast)),
    facts: {
      id: paper.id,
      voteCount: paper.voteCount,
      commentCount: paper.commentCount,
      organization: paper.organization?.name ?? null,
      listedOn: paper.listedOn,
    },
  }
}

/** An edition as an item. Its list of papers grows while it is open; its id, its address and when it was published stay. */
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
 * The id of a paper, from the strongest identifier that it came with: it holds when votes come, when a stronger one comes
 * later, and when this server gets another name.
 */
function permanentId({ id, identifiers }: FeedPaper): string {
  const first = knownInFeedsBy(identifiers)
  if (first === undefined) return `${TAG}paper/${id}`
  if (first.scheme === 'arxiv') return `https://arxiv.org/abs/${first.value}`
  if (first.scheme === 'doi') return `https://doi.org/${encodeURI(first.value).replace(/[?#]/g, encodeURIComponent)}`
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

/** The latest of moments, all of them in UTC with milliseconds. */
const latest = (moments: readonly (string | null)[]): string | null =>
  moments.reduce((last, moment) => (last === null || (moment !== null && moment > last) ? moment : last), null)
