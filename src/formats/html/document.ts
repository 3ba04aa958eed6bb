import { LINK_CARD_SIZE } from '../../values/pictures.ts'
import { Html, html } from './html.ts'
import { STYLE } from './style.ts'

export const THEMES = ['auto', 'light', 'dark'] as const
export type Theme = (typeof THEMES)[number]

/** A `<meta>` element; Open Graph has properties, all others have names. */
export type PageMeta = ({ name: string } | { property: string }) & { content: string }

/** The metadata of a page, for browsers, feed readers, other sites and search engines. */
export interface PageHead {
  title: string
  /** Null if the title says everything. */
  description: string | null
  /** The canonical address; null for a page that search engines must not list, such as an error. */
  canonical: string | null
  /** The link card, which other sites show. The page itself does not load it. */
  card?: string | null
  type?: 'website' | 'article'
  /** Further metadata, for the programs that read it. */
  meta?: readonly PageMeta[]
  /** What the page is about in the words of schema.org. */
  jsonLd?: object
  /** Feeds and other formats of the same page. */
  alternates?: { type: string; href: string; title: string }[]
  theme?: Theme
}

/** The mark: a sheet of paper with a vote on it, in one colour on any ground. */
const MARK =
  '<path fill="#b5391f" d="M3 0h14l7 7v14a3 3 0 0 1-3 3H3a3 3 0 0 1-3-3V3a3 3 0 0 1 3-3z"/><path fill="#f6d9d0" d="M17 0v4a3 3 0 0 0 3 3h4z"/><path fill="#fff" d="M12 9.5 17.5 17h-11z"/>'
export const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24">${MARK}</svg>`
/** The icon as a `data:` address, so that pages load nothing. */
export const ICON_ADDRESS = `data:image/svg+xml,${encodeURIComponent(ICON)}`

export const MARK_ELEMENT = new Html(`<svg class="mark" viewBox="0 0 24 24" aria-hidden="true">${MARK}</svg>`)

const STYLE_ELEMENT = new Html(`<style>${STYLE}</style>`)

/** A whole HTML document. It has no scripts and loads nothing but its inline icon. */
export function renderDocument({ theme = 'auto', ...head }: PageHead, body: Html): string {
  const { title, description, canonical, alternates = [], card = null, type = 'website', meta = [], jsonLd } = head
  return html`<!doctype html>
<html lang="en"${theme !== 'auto' && html` data-theme="${theme}"`}>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="${theme === 'auto' ? 'light dark' : theme}">
<title>${title}</title>
${description !== null && html`<meta name="description" content="${description}">\n`}<link rel="icon" href="${ICON_ADDRESS}">
${
  canonical === null
    ? html`<meta name="robots" content="noindex">`
    : html`<link rel="canonical" href="${canonical}">
<meta property="og:type" content="${type}">
<meta property="og:site_name" content="Daily Papers">
<meta property="og:title" content="${title}">
<meta property="og:url" content="${canonical}">
${description !== null && html`<meta property="og:description" content="${description}">\n`}${card !== null && cardMeta(card, title)}<meta name="twitter:card" content="${card === null ? 'summary' : 'summary_large_image'}">`
}
${meta.map((one) => html`<meta ${'name' in one ? html`name="${one.name}"` : html`property="${one.property}"`} content="${one.content}">\n`)}${jsonLd !== undefined && dataBlock(jsonLd)}${alternates.map(({ type, href, title: name }) => html`<link rel="alternate" type="${type}" href="${href}" title="${name}">\n`)}${STYLE_ELEMENT}
</head>
${body}
</html>
`.text
}

const cardMeta = (card: string, title: string): Html =>
  html`<meta property="og:image" content="${card}">
<meta property="og:image:type" content="image/png">
<meta property="og:image:width" content="${LINK_CARD_SIZE.width}">
<meta property="og:image:height" content="${LINK_CARD_SIZE.height}">
<meta property="og:image:alt" content="${title}">
`

/** A script element that holds data and never runs. Nothing in the data may look like its end. */
const dataBlock = (data: object): Html =>
  new Html(`<script type="application/ld+json">${JSON.stringify(data).replaceAll('<', '\\u003c')}</script>\n`)

/**
 * A page of this site, with the common header and footer.
 *
 * @param query what the search box holds
 */
export function renderSitePage(publicUrl: string, head: PageHead, main: Html, query = ''): string {
  return renderDocument(
    head,
    html`<body class="page">
<a class="skip" href="#main">To the content</a>
<header class="masthead">
<a class="name" href="${publicUrl}/">${MARK_ELEMENT}Daily Papers</a>
<nav aria-label="Site"><a href="${publicUrl}/editions">Editions</a><a href="${publicUrl}/topics">Topics</a><a href="${publicUrl}/docs">Docs</a></nav>
${searchForm(publicUrl, query)}
</header>
<main id="main">
${main}
</main>
<footer>
<p>Research papers, day by day, in the order of people's votes. For people and for programs.</p>
<nav aria-label="More"><a href="${publicUrl}/authors">Authors</a><a href="${publicUrl}/organizations">Organizations</a><a href="${publicUrl}/docs#feeds">Feeds</a><a href="${publicUrl}/docs#embed">Embed</a><a href="${publicUrl}/docs#mail">Mail</a><a href="${publicUrl}/graphql">GraphiQL</a></nav>
</footer>
</body>`,
  )
}

/** Where forms post to: a path, which is right whatever name of the server a browser used. */
export const formPath = (publicUrl: string, path: string): string =>
  new URL(publicUrl).pathname.replace(/\/$/, '') + path

const searchForm = (publicUrl: string, query: string): Html =>
  html`<form class="search" role="search" action="${formPath(publicUrl, '/search')}"><input type="search" name="q" value="${query}" aria-label="Search papers" placeholder="Search papers" required maxlength="1000"><button>Search</button></form>`

/** A page with a message: not found, or what is wrong with the address. */
export const renderMessagePage = (publicUrl: string, title: string, message: string): string =>
  renderSitePage(
    publicUrl,
    { title: `${title} · Daily Papers`, description: null, canonical: null },
    html`<h1>${title}</h1>
<p class="lead">${message}</p>
<ul class="onward" role="list"><li><a href="${publicUrl}/">The newest papers</a></li><li><a href="${publicUrl}/editions">All editions</a></li><li><a href="${publicUrl}/topics">All topics</a></li></ul>`,
  )

/** A text shortened to a number of characters, at a space if possible. */
export function shortened(text: string, length: number): string {
  const line = text.replace(/\s+/g, ' ').trim()
  if (line.length <= length) return line
  const cut = line
    .slice(0, length)
    .toWellFormed()
    .replace(/\uFFFD$/, '')
  return `${cut.slice(0, Math.max(cut.lastIndexOf(' '), length / 2))}…`
}

/** Links for oEmbed discovery. */
export const oembedLinks = (publicUrl: string, url: string): NonNullable<PageHead['alternates']> =>
  (['json', 'xml'] as const).map((format) => ({
    type: format === 'json' ? 'application/json+oembed' : 'text/xml+oembed',
    href: `${publicUrl}/oembed?${new URLSearchParams({ url, format })}`,
    title: 'oEmbed',
  }))
