import { oembedLinks, renderDocument, type Theme } from './document.ts'
import { type Html, html } from './html.ts'
import { type PaperCard, paperList } from './paper-card.ts'

/** A page for an iframe. Its links open in a new tab, not in the frame. */
export interface EmbedPage {
  /** The address of this page; null if it is a secret, which no page that it is in should learn. */
  url: string | null
  title: string
  theme: Theme
  papers: readonly PaperCard[]
  /** The address of the RSS feed of the same papers; null if there is none. */
  rss: string | null
}

export function renderEmbedPage(publicUrl: string, { url, title, theme, papers, rss }: EmbedPage): string {
  const alternates = [
    ...(rss === null ? [] : [{ type: 'application/rss+xml', href: rss, title }]),
    ...(url === null ? [] : oembedLinks(publicUrl, url)),
  ]
  return frame(
    { title, canonical: url, theme, alternates },
    html`<h1>${title}</h1>`,
    html`${paperList(papers, 'new')}
<footer><a href="${publicUrl}/" target="_blank" rel="noopener">Daily Papers</a>${rss !== null && html`<a href="${rss}" target="_blank" rel="noopener">RSS</a>`}</footer>`,
  )
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
