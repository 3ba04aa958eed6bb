import type { PaperOrderName } from '../../lists/paper-orders.ts'
import { FEED_FORMATS } from '../feed/formats.ts'
import { FEED_DEFAULTS, feedLinks, iframe, listAddress } from '../links.ts'
import { type CurrentQuery, PAPER_QUERY_PARAMETERS } from '../query-string.ts'
import { type FormProblem, labelledField, subscribeForm } from './digest-pages.ts'
import { formPath, renderSitePage } from './document.ts'
import { HOST_SCRIPT } from './embed-page.ts'
import { type Html, html } from './html.ts'
import { type ListLook, withLook } from './look.ts'
import { type PaperCard, paperList } from './paper-card.ts'

export interface DocsView {
  /** The list of the composer, and how its form was filled. */
  query: CurrentQuery
  typed: ReadonlyMap<string, string>
  look: ListLook
  /** What is wrong with the form; null if nothing is. */
  problem: FormProblem | null
  title: string
  papers: readonly PaperCard[]
  /** The current version of the custom element's script. */
  script: { url: string; integrity: string }
}

const PERIODS = ['day', 'week', 'month'] as const

export function renderDocsPage(publicUrl: string, view: DocsView): string {
  const all = feedLinks(publicUrl, { filter: {}, ...FEED_DEFAULTS })
  return renderSitePage(
    publicUrl,
    {
      title: 'Docs · Daily Papers',
      description: 'Feeds, mails, frames, an element for any page, and a GraphQL API for the daily lists of papers.',
      canonical: `${publicUrl}/docs`,
    },
    html`<h1>Take the papers anywhere</h1>
<p class="lead">One filter makes a page, a feed, a mail, a list on your own site, and a GraphQL query.</p>
<nav class="tabs" aria-label="On this page"><a href="#composer">Compose</a><a href="#feeds">Feeds</a><a href="#mail">Mail</a><a href="#embed">Embed</a><a href="#graphql">GraphQL</a></nav>
${composer(publicUrl, view)}
<section>
<h2 id="feeds">Feeds</h2>
<p>Every list is a feed, in the format of your choice.</p>
<dl class="details feeds">
<dt>Trending papers</dt><dd class="links">${FEED_FORMATS.map(({ extension, name }) => html`<a href="${all[extension]}">${name}</a>`)}</dd>
${PERIODS.map(
  (period) =>
    html`<dt>The newest ${period}</dt><dd class="links">${FEED_FORMATS.map(({ extension, name }) => html`<a href="${publicUrl}/feeds/editions/${period}/latest.${extension}">${name}</a>`)}</dd>
<dt>An entry a ${period}</dt><dd class="links">${FEED_FORMATS.map(({ extension, name }) => html`<a href="${publicUrl}/feeds/editions/${period}.${extension}">${name}</a>`)}</dd>\n`,
)}</dl>
<p>The address of a feed has the filter of the API: ${PAPER_QUERY_PARAMETERS.map((name, place) => html`${place > 0 && ', '}<code>${name}</code>`)}. Several values are separated by commas. <code>edition</code> is <code>day</code>, <code>week</code> or <code>month</code> for the newest, or one by its name, such as <code>2026-02-17</code>, <code>2026-W08</code> or <code>2026-02</code>.</p>
</section>
<section>
<h2 id="mail">By mail</h2>
<p>The papers of each edition, most votes first. You confirm it by a link that is sent to you, and every mail has one that ends it.</p>
${subscribeForm({ action: formPath(publicUrl, '/digest/subscribe') })}
<p>The address <code>${publicUrl}/digest/subscribe</code> with the filter of a feed, such as <code>?minVotes=5</code>, is a form for those papers.</p>
</section>
<section>
<h2 id="embed">On your page</h2>
<p>The same filter makes a list for any page, in light and dark.</p>
<h3>As an element</h3>
<p>What you put inside is shown until the list is there, and where it cannot be had. With <code>live</code>, votes count as they are cast; with <code>edition="day"</code>, it shows the newest day, with links to the days before; with <code>subscribe</code>, a form below the list sends it by mail. It brings its own colours, light and dark; to make it yours, set <code>--daily-papers-font</code>, <code>-text</code>, <code>-muted</code>, <code>-accent</code>, <code>-line</code>, <code>-background</code> and <code>-inset</code> in your styles, or style its parts, such as <code>::part(title)</code>. In React, Vue and TypeScript, <a href="${publicUrl}/embed.d.ts">its types</a> are one file to save in your project.</p>
<h3>As a frame, without any script</h3>
<p>A page that takes no scripts shows a frame, in the theme of the reader's system or of <code>theme=light</code> or <code>theme=dark</code> in its address. With the script of a few lines below it, the frame is as high as its papers, and as light or dark as the text of your page. Where a page takes links only, paste the address of a paper or of an edition: this server speaks <a href="https://oembed.com" rel="noopener">oEmbed</a>.</p>
</section>
<section>
<h2 id="graphql">GraphQL</h2>
<p>Papers, authors, organizations, topics, votes, trends and their history are one GraphQL API, open to read without a key. <a href="${publicUrl}/graphql">GraphiQL</a> has queries to try. <a href="${publicUrl}/openapi.json">OpenAPI</a> describes feeds, citations and the paths of Hugging Face. Agents use the tools at <code>${publicUrl}/mcp</code>, an endpoint of the Model Context Protocol; <a href="${publicUrl}/llms.txt">llms.txt</a> leads programs to everything.</p>
</section>`,
  )
}

const ORDERS: [PaperOrderName, string][] = [
  ['TRENDING', 'Trending'],
  ['MOST_VOTED', 'Most votes'],
  ['MOST_DISCUSSED', 'Most discussed'],
  ['NEWEST', 'Newest'],
  ['RECENTLY_LISTED', 'Recently listed'],
  ['RECENTLY_CHANGED', 'Recently changed'],
  ['OLDEST', 'Oldest'],
]

/** Only a list of papers like others has the order of likeness. */
const ordersOf = ({ filter }: CurrentQuery): [PaperOrderName, string][] =>
  filter.like?.length ? [...ORDERS, ['LIKENESS', 'Nearest']] : ORDERS

const EDITIONS = [
  ['', 'All papers'],
  ['day', 'The newest day'],
  ['week', 'The newest week'],
  ['month', 'The newest month'],
] as const

/** A form for a filter, and what can be made of it. No script is needed: the form asks for this page once more. */
function composer(publicUrl: string, { query, typed, look, problem, title, papers, script }: DocsView): Html {
  const fields = new Set<string>()
  const value = (name: string) => typed.get(name) ?? ''
  const control = (name: string, label: string, write: (attributes: Html | false) => Html) => {
    fields.add(name)
    return labelledField(name, label, problem, write)
  }
  const field = (name: string, label: string, example: string) =>
    control(name, label, (more) => html`<input name="${name}" value="${value(name)}" placeholder="${example}"${more}>`)
  const number = (name: string, label: string, least: number, most: number | null, example: string) =>
    control(
      name,
      label,
      (more) =>
        html`<input type="number" name="${name}" value="${value(name)}" min="${least}"${most !== null && html` max="${most}"`} placeholder="${example}"${more}>`,
    )
  const choice = (name: string, label: string, options: readonly (readonly [string, string])[], chosen: string) =>
    control(
      name,
      label,
      (more) =>
        html`<select name="${name}"${more}>${options.map(([option, text]) => html`<option value="${option}"${option === chosen && html` selected`}>${text}</option>`)}</select>`,
    )
  const edition = value('edition')
  const editions = EDITIONS.some(([name]) => name === edition) ? EDITIONS : [...EDITIONS, [edition, edition] as const]
  const form = html`<form class="actions composer" action="${formPath(publicUrl, '/docs')}#composer">
${field('topics', 'Topics', 'agents, cs.cl')}${field('organizations', 'Organizations', 'stanfordnlp')}${field('authors', 'Authors', 'ada-lin')}${field('query', 'Words', 'sparse attention')}${field('like', 'Like these papers', '2510.10490')}${number('minVotes', 'Votes, at least', 0, null, '0')}${number('first', 'Papers, at most', 1, 100, String(FEED_DEFAULTS.first))}${choice(
  'hasCode',
  'Code',
  [
    ['', 'With or without'],
    ['true', 'With code'],
    ['false', 'Without code'],
  ],
  value('hasCode'),
)}${choice('edition', 'Edition', editions, edition)}${choice('orderBy', 'Order', ordersOf(query), value('orderBy').toUpperCase() || query.orderBy)}${choice(
  'layout',
  'Layout',
  [
    ['', 'List'],
    ['cards', 'Cards'],
    ['compact', 'Compact'],
  ],
  value('layout').toLowerCase(),
)}${choice(
  'images',
  'Pictures',
  [
    ['', 'With pictures'],
    ['off', 'Without pictures'],
  ],
  value('images').toLowerCase(),
)}
<button class="main">Show</button>
</form>`
  return html`<section>
<h2 id="composer">Compose a list</h2>
${form}
${problem !== null && !fields.has(problem.field) && html`<p class="problem" role="alert">${problem.message}</p>`}
<div class="columns even">
<div>
<h3>${title}</h3>
${paperList(papers, { publicUrl, target: 'same', heading: 'h3', look })}
</div>
<div>
${snippets(publicUrl, { query, look }, script)}
</div>
</div>
</section>`
}

function snippets(
  publicUrl: string,
  { query, look }: Pick<DocsView, 'query' | 'look'>,
  script: DocsView['script'],
): Html {
  const feeds = feedLinks(publicUrl, query)
  const parameters = new URL(withLook(feeds.embed, look)).searchParams
  const attributes = [...parameters].map(
    ([name, text]) => html` ${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}="${text}"`,
  )
  const element = html`<script type="module" src="${script.url}" integrity="${script.integrity}" crossorigin="anonymous"></script>
<daily-papers${attributes} theme="auto" live>
  <a href="${publicUrl}/">Daily Papers</a>
</daily-papers>`
  const page = withLook(listAddress(publicUrl, query), look)
  return html`<h3>Page</h3>
<pre tabindex="0"><code>${page}</code></pre>
<p class="links"><a href="${page}">Open the list</a></p>
<h3>Feed</h3>
<pre tabindex="0"><code>${feeds.rss}</code></pre>
<p class="links">${FEED_FORMATS.map(({ extension, name }) => html`<a href="${feeds[extension]}">${name}</a>`)}</p>
<h3>Element</h3>
<pre tabindex="0"><code>${element.text}</code></pre>
<h3>Frame</h3>
<pre tabindex="0"><code>${iframe(withLook(feeds.embed, look))}
${HOST_SCRIPT}</code></pre>
<h3>GraphQL</h3>
<pre tabindex="0"><code>${graphqlOf(query)}</code></pre>
<p class="links"><a href="${publicUrl}/graphql">GraphiQL</a></p>`
}

/** A list as a GraphQL query. */
export function graphqlOf({ filter, orderBy, first, newest }: CurrentQuery): string {
  const fields = Object.entries(filter).filter(([, value]) => value != null)
  // JSON has the escapes of GraphQL's strings.
  const members = fields.map(([name, value]) => `${name}: ${JSON.stringify(value).replaceAll('","', '", "')}`)
  const given = [members.length > 0 && `filter: { ${members.join(', ')} }`, `orderBy: ${orderBy}`, `first: ${first}`]
  const papers = `papers(${given.filter(Boolean).join(', ')}) {
  totalCount
  nodes {
    title
    url
    voteCount
    authors(first: 3) { nodes { name } }
    topics { name }
  }
}`
  const body = newest === null ? papers : `edition(period: ${newest}) {\n  date\n${indented(papers)}\n}`
  return `{\n${indented(body)}\n}`
}

const indented = (text: string): string => text.replace(/^/gm, '  ')
