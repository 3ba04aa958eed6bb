import { parseFeed as parseWithFeedsmith } from 'feedsmith'
import { parseFeed as parseWithHtmlparser2 } from 'htmlparser2'
import RssParser from 'rss-parser'

/** An item as a reader sees it. */
export interface ReadItem {
  id: string | undefined
  title: string | undefined
  url: string | undefined
}

type Reader = (document: string) => ReadItem[] | Promise<ReadItem[]>

const item = (id: unknown, title: unknown, url: unknown): ReadItem => ({
  id: id as string,
  title: title as string,
  url: url as string,
})

/** Libraries that read XML feeds. */
export const XML_READERS: Record<string, Reader> = {
  'rss-parser': async (document) => {
    const { items } = await new RssParser({ customFields: { item: ['id'] } }).parseString(document)
    return items.map(({ guid, id, title, link }) => item(guid ?? id, title, link))
  },
  htmlparser2: (document) => {
    const { items = [] } = parseWithHtmlparser2(document, { xmlMode: true, decodeEntities: true }) ?? {}
    return items.map(({ id, title, link }) => item(id, title, link))
  },
  feedsmith: readWithFeedsmith,
}

/** Also reads JSON Feed, which the other two libraries do not. */
export function readWithFeedsmith(document: string): ReadItem[] {
  const { format, feed } = parseWithFeedsmith(document)
  if (format === 'rss') return (feed.items ?? []).map(({ guid, title, link }) => item(guid?.value, title, link))
  if (format === 'atom')
    return (feed.entries ?? []).map(({ id, title, links }) =>
      item(id, title?.value, links?.find(({ rel }) => rel === 'alternate')?.href),
    )
  if (format === 'json') return (feed.items ?? []).map(({ id, title, url }) => item(id, title, url))
  throw new Error(`Not a feed of ours: ${format}`)
}
