import { editionAddress, editionTitle } from '../edition-name.ts'
import { FEED_FORMATS } from '../feed/formats.ts'
import { FEED_DEFAULTS, feedLinks } from '../links.ts'
import { calendar } from './calendar.ts'
import { subscribeForm } from './digest-pages.ts'
import { formPath, oembedLinks, renderSitePage } from './document.ts'
import { type EditionView, editionCard, editionSteps } from './edition-page.ts'
import { type Html, html, linkAddress } from './html.ts'
import { withMath } from './math.ts'
import { counted, type Linked, linkTo, numeral, type PaperCard, paperList } from './paper-card.ts'

export interface HomeView {
  /** The newest edition that has papers, with its first papers; null if the catalogue is empty. */
  edition: EditionView | null
  /** The days of its month that have papers, and perhaps others. */
  days: readonly string[]
  trending: readonly Pick<PaperCard, 'title' | 'url' | 'voteCount'>[]
  topics: readonly (Linked & { paperCount: number })[]
}

const DESCRIPTION = 'The papers that people vote for, day by day: as pages, as feeds, by mail, and as one GraphQL API.'

export function renderHomePage(publicUrl: string, { edition, days, trending, topics }: HomeView): string {
  const feeds = feedLinks(publicUrl, { filter: {}, ...FEED_DEFAULTS })
  return renderSitePage(
    publicUrl,
    {
      title: 'Daily Papers',
      description: DESCRIPTION,
      canonical: `${publicUrl}/`,
      card: edition && editionCard(publicUrl, edition),
      alternates: [
        ...FEED_FORMATS.map(({ extension, name, mediaType }) => ({
          type: mediaType,
          href: feeds[extension],
          title: `Trending papers (${name})`,
        })),
        ...oembedLinks(publicUrl, `${publicUrl}/`),
      ],
    },
    html`<div class="columns">
<div>
${edition === null ? NOTHING : newest(publicUrl, edition)}
</div>
<aside aria-label="More papers">
${edition !== null && calendar(publicUrl, edition.startsOn, days, edition.startsOn)}
${
  trending.length > 0 &&
  html`<h2><a href="${publicUrl}/papers">Trending</a></h2>
<ol class="brief">${trending.map(
    ({ title, url, voteCount }) =>
      html`<li dir="auto"><a href="${linkAddress(url)}">${withMath(title)}</a> <span class="count">${counted(voteCount, 'vote')}</span></li>\n`,
  )}</ol>`
}
${
  topics.length > 0 &&
  html`<h2><a href="${publicUrl}/topics">Topics</a></h2>
<ul class="chips" role="list">${topics.map((topic) => html`<li>${linkTo(topic)} <span class="count">${numeral(topic.paperCount)}<span class="hidden"> ${topic.paperCount === 1 ? 'paper' : 'papers'}</span></span></li>\n`)}</ul>`
}
<h2>By mail</h2>
<p>The papers of each edition. You confirm it by a link, and every mail has one that ends it.</p>
${subscribeForm({ action: formPath(publicUrl, '/digest/subscribe') })}
<h2>Everywhere else</h2>
<p>As <a href="${publicUrl}/docs#feeds">feeds</a>, <a href="${publicUrl}/docs#embed">on your own page</a>, and by <a href="${publicUrl}/graphql">GraphQL</a>, without a key.</p>
</aside>
</div>`,
  )
}

const NOTHING = html`<h1>Research papers, day by day</h1>
<p class="lead">${DESCRIPTION}</p>
<p class="none">The catalogue is empty still.</p>`

function newest(publicUrl: string, edition: EditionView): Html {
  const { totalCount, nodes } = edition.papers
  const address = editionAddress(publicUrl, edition)
  return html`<p class="kicker">Papers of the day</p>
<h1><a href="${address}">${editionTitle(edition)}</a></h1>
<p class="lead">${counted(totalCount, 'paper')}, most votes first.${edition.state === 'OPEN' && ' The list is open: papers can still join.'}</p>
${editionSteps(publicUrl, edition)}
${paperList(nodes, { publicUrl, target: 'same', isDated: false })}
${totalCount > nodes.length && html`<p class="all"><a href="${address}">All ${counted(totalCount, 'paper')} of the day</a></p>`}
${editionSteps(publicUrl, edition, { label: 'Editions, below the list' })}`
}
