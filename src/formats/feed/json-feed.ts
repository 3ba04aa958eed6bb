import { type Feed, type FeedItem, readable } from './feed.ts'

/** Writes a feed as JSON Feed 1.1. */
export function writeJsonFeed(feed: Feed): string {
  const document = {
    version: 'https://jsonfeed.org/version/1.1',
    title: feed.title,
    description: feed.description,
    home_page_url: feed.home,
    feed_url: feed.self,
    next_url: feed.next ?? undefined,
    hubs: feed.hub === null ? undefined : [{ type: 'WebSub', url: feed.hub }],
    _daily_papers: { about: feed.about, unknown: feed.unknown ?? undefined, edition: feed.edition ?? undefined },
    items: feed.items.map(item),
  }
  return JSON.stringify(document, (_key, value) => (typeof value === 'string' ? readable(value) : value))
}

const item = ({ id, url, title, summary, content, authors, categories, links, image, ...rest }: FeedItem) => ({
  id,
  url,
  external_url: links.find(({ kind }) => kind === 'ABSTRACT')?.url,
  title,
  summary: summary ?? undefined,
  content_html: content.text,
  image: image?.src,
  date_published: rest.published ?? undefined,
  date_modified: rest.updated ?? undefined,
  authors: authors.length > 0 ? authors.map((name) => ({ name })) : undefined,
  tags: categories.length > 0 ? categories.map(({ term }) => term) : undefined,
  _daily_papers: rest.facts ?? undefined,
})
