import type { Period } from '../../values/editions.ts'
import { MARK_ELEMENT, oembedLinks, renderDocument } from './document.ts'
import { Html, html } from './html.ts'
import type { Look } from './look.ts'
import { type PaperCard, paperList } from './paper-card.ts'

/**
 * Tells the page around the frame how high the papers are. It says nothing else, so that any page may hear it. The page may
 * reply with its theme, or with the color of its text; an address with `theme` keeps its own.
 */
export const FRAME_SCRIPT = `
const root = document.documentElement
const isFixed = 'theme' in root.dataset
const lightness = (color) => {
  const numbers = color.replace(/^\\w+\\(([a-z][\\w-]* )?/, '').match(/-?[\\d.]+(e-?\\d+)?/g)?.map(Number) ?? [0]
  if (color.startsWith('ok')) return numbers[0]
  if (color.startsWith('l')) return numbers[0] / 100
  return (0.3 * numbers[0] + 0.59 * numbers[1] + 0.11 * numbers[2]) / (color.startsWith('rgb') ? 255 : 1)
}
const tell = () => parent.postMessage({ type: 'daily-papers:height', height: root.offsetHeight }, '*')
new ResizeObserver(tell).observe(root)
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', tell)
addEventListener('message', ({ data, source }) => {
  if (isFixed || source !== parent || data?.type !== 'daily-papers:theme') return
  const { theme, textColor } = data
  if (theme === 'light' || theme === 'dark') root.dataset.theme = theme
  else if (typeof textColor === 'string') root.dataset.theme = lightness(textColor) > 0.5 ? 'dark' : 'light'
  else delete root.dataset.theme
})
// Browsers do not observe a frame that is out of sight.
tell()
`

/** For the page around a frame: applies the height, and says whether the text around the frame is light or dark. */
export const HOST_SCRIPT = `<script>
  addEventListener('message', ({ data, source }) => {
    if (data?.type !== 'daily-papers:height') return
    for (const frame of document.querySelectorAll('iframe'))
      if (frame.contentWindow === source) {
        frame.height = data.height
        source.postMessage({ type: 'daily-papers:theme', textColor: getComputedStyle(frame).color }, '*')
      }
  })
</script>`

/** A page for an iframe. Its links open in a new tab, not in the frame. */
export interface EmbedPage {
  /** The address of this page; null if it is a secret, which no page that it is in should learn. */
  url: string | null
  title: string
  look: Look
  papers: readonly PaperCard[]
  /** What the list is an edition of; its entries then have no dates. Null for other lists. */
  edition: EmbeddedEdition | null
  /** The address of the page that shows the whole list; null if there is none. */
  all: string | null
  /** The address of the RSS feed of the same papers; null if there is none. */
  rss: string | null
}

/** The editions before and after, as addresses of the same frame. */
export interface EmbeddedEdition {
  period: Period
  previous: string | null
  next: string | null
}

export function renderEmbedPage(publicUrl: string, { url, title, look, papers, edition, all, rss }: EmbedPage): string {
  const alternates = [
    ...(rss === null ? [] : [{ type: 'application/rss+xml', href: rss, title }]),
    ...(url === null ? [] : oembedLinks(publicUrl, url)),
  ]
  return frame(
    { title, canonical: url, theme: look.theme, alternates },
    html`<h1>${title}</h1>`,
    html`${edition !== null && steps(edition)}${paperList(papers, { publicUrl, target: 'new', look, isDated: edition?.period !== 'DAY' })}
<footer><a class="name" href="${publicUrl}/" target="_blank" rel="noopener">${MARK_ELEMENT}Daily Papers</a>${all !== null && papers.length > 0 && html`<a href="${all}" target="_blank" rel="noopener">See all</a>`}${rss !== null && html`<a href="${rss}" target="_blank" rel="noopener">RSS</a>`}</footer>
<script>${new Html(FRAME_SCRIPT)}</script>`,
  )
}

/** These links stay in the frame. */
function steps({ period, previous, next }: EmbeddedEdition): Html | false {
  if (previous === null && next === null) return false
  const what = period.toLowerCase()
  return html`<nav class="steps" aria-label="Editions">${previous === null ? html`<span></span>` : html`<a href="${previous}" rel="prev">← The ${what} before</a>`}${next !== null && html`<a href="${next}" rel="next">The ${what} after →</a>`}</nav>
`
}

/** The page for a frame with a wrong address, so that site owners see the reason. */
export const renderEmbedMessage = (title: string, message: string): string =>
  frame(
    { title, canonical: null, theme: 'auto', alternates: [] },
    html`<h1>${title}</h1>`,
    html`<p class="none">${message}</p>`,
  )

function frame(
  head: Pick<Parameters<typeof renderDocument>[0], 'title' | 'canonical' | 'theme' | 'alternates'>,
  header: Html,
  main: Html,
): string {
  return renderDocument(
    { ...head, description: null },
    html`<body class="embed">
<header>${header}</header>
<main>
${main}
</main>
</body>`,
  )
}
