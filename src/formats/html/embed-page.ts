import { oembedLinks, renderDocument, type Theme } from './document.ts'
import { type Html, html } from './html.ts'
import { type PaperCard, paperList } from './paper-card.ts'

/** The page for an iframe. Its links open beside the page that it is in. */
export interface EmbedPage {
  /** The address of this page. */
  url: string
  title: string
  theme: Theme
  papers: readonly PaperCard[]
  /** The same as a feed, where there is one. */
  rss: string | null
}

export function renderEmbedPage(publicUrl: string, { url, title, theme, papers, rss }: EmbedPage): string {
  const alternates = [
    ...(rss === null ? [] : [{ type: 'application/rss+xml', href: rss, title }]),
    ...oembedLinks(publicUrl, url),
  ]
  return frame(
    { title, canonical: url, theme, alternates },
    html`<h1>${title}</h1>`,
    html`${paperList(papers, 'new')}
<footer><a href="${publicUrl}/" target="_blank" rel="noopener">Daily Papers</a>${rss !== null && html`<a href="${rss}" target="_blank" rel="noopener">RSS</a>`}</footer>`,
  )
}

/** What a frame shows whose address is wrong: those who put it there see why. */
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
