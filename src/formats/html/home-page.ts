import { editionAddress, editionTitle } from '../edition-name.ts'
import { FEED_FORMATS } from '../feed/formats.ts'
import { FEED_DEFAULTS, feedLinks, iframe } from '../links.ts'
import { formatPaperQuery, PAPER_QUERY_PARAMETERS, type PaperQuery } from '../query-string.ts'
import { subscribeForm } from './digest-pages.ts'
import { renderSitePage } from './document.ts'
import type { EditionView } from './edition-page.ts'
import { html } from './html.ts'
import { counted, type PaperCard, paperList } from './paper-card.ts'

export interface HomeView {
  /** The newest edition that has papers, with its first papers; null if the catalogue is empty. */
  edition: Omit<EditionView, 'previous' | 'next'> | null
  trending: readonly PaperCard[]
  /** The slug of a topic for the examples; null if there are no topics. */
  topic: string | null
  /** The current version of the custom element's script. */
  script: { url: string; integrity: string }
}

const PERIODS = ['day', 'week', 'month'] as const

export function renderHomePage(publicUrl: string, { edition, trending: papers, topic, script }: HomeView): string {
  const trending: PaperQuery = { filter: {}, ...FEED_DEFAULTS }
  const example: PaperQuery = { ...trending, filter: topic === null ? {} : { topics: [topic] }, first: 5 }
  const all = feedLinks(publicUrl, trending)
  const some = feedLinks(publicUrl, example)
  const element = `<script type="module" src="${script.url}" integrity="${script.integrity}" crossorigin="anonymous"></script>
<daily-papers${topic === null ? '' : ` topics="${topic}"`} first="5" theme="auto" live>
  <a href="${publicUrl}/">Daily Papers</a>
</daily-papers>`
  const description = 'The papers that people vote for, as one GraphQL API, as feeds, and as a list for any page.'
  return renderSitePage(
    publicUrl,
    {
      title: 'Daily Papers',
      description,
      canonical: `${publicUrl}/`,
      alternates: FEED_FORMATS.map(({ extension, name, mediaType }) => ({
        type: mediaType,
        href: all[extension],
        title: `Trending papers (${name})`,
      })),
    },
    html`<h1>Research papers, day by day</h1>
<p class="lead">${description}</p>
<section aria-labelledby="newest">
${
  edition === null
    ? html`<h2 id="newest">The newest edition</h2><p class="none">The catalogue is empty still.</p>`
    : html`<h2 id="newest"><a href="${editionAddress(publicUrl, edition)}">${editionTitle(edition)}</a></h2>
${paperList(edition.papers.nodes, 'same', 'h3')}
<p class="steps"><a href="${editionAddress(publicUrl, edition)}">${edition.papers.totalCount === 1 ? 'The whole edition' : `All ${counted(edition.papers.totalCount, 'paper')} of the day`}</a></p>`
}
</section>
${
  papers.length > 0 &&
  html`<section>
<h2>Trending</h2>
${paperList(papers, 'same', 'h3')}
</section>`
}
<section>
<h2 id="feeds">Feeds</h2>
<p>Every list is a feed, in the format of your choice.</p>
<dl class="details feeds">
<dt>Trending papers</dt><dd class="links">${FEED_FORMATS.map(({ extension, name }) => html`<a href="${all[extension]}">${name}</a>`)}</dd>
${PERIODS.map(
  (period) =>
    html`<dt>An entry a ${period}</dt><dd class="links">${FEED_FORMATS.map(({ extension, name }) => html`<a href="${publicUrl}/feeds/editions/${period}.${extension}">${name}</a>`)}</dd>\n`,
)}</dl>
<h3>Of any filter</h3>
<p>The address of a feed has the filter of the API: ${PAPER_QUERY_PARAMETERS.map((name, place) => html`${place > 0 && ', '}<code>${name}</code>`)}. Several values are separated by commas.</p>
<pre><code>${some.rss}</code></pre>
</section>
<section>
<h2 id="mail">By mail</h2>
<p>The papers of each edition, most votes first. You confirm it by a link that is sent to you, and every mail has one that ends it.</p>
${subscribeForm({ action: 'digest/subscribe' })}
<p>The address <code>${publicUrl}/digest/subscribe</code> with the filter of a feed, such as <code>?${formatPaperQuery({ ...example, first: FEED_DEFAULTS.first }, FEED_DEFAULTS) || 'minVotes=5'}</code>, is a form for those papers.</p>
</section>
<section>
<h2 id="embed">Put it on your page</h2>
<p>The same filter makes a list for any page, in light and dark.</p>
<h3>As an element</h3>
<p>What you put inside is shown until the list is there, and where it cannot be had. With <code>live</code>, votes count as they are cast; with <code>subscribe</code>, a form below the list sends it by mail. It brings its own colours, light and dark; to make it yours, set <code>--daily-papers-font</code>, <code>-text</code>, <code>-muted</code>, <code>-accent</code>, <code>-line</code>, <code>-background</code> and <code>-inset</code> in your styles, or style its parts, such as <code>::part(title)</code>.</p>
<pre><code>${element}</code></pre>
<h3>As a frame, without any script</h3>
<pre><code>${iframe(some.embed)}</code></pre>
<p>Where a page takes links only, paste the address of a paper or of an edition: this server speaks <a href="https://oembed.com" rel="noopener">oEmbed</a>.</p>
</section>
<section>
<h2>Ask for exactly what you need</h2>
<p>Papers, authors, organizations, topics, votes, trends and their history are one GraphQL API, open to read without a key. <a href="${publicUrl}/graphql">GraphiQL</a> has queries to try.</p>
</section>`,
  )
}
