/** What the forms of feeds say of an entry, by the same names. */
export interface FeedItem {
  title: string | undefined
  /** The entry's own id first, then others that it is given. */
  ids: string[]
  /** The page of the entry first. */
  links: string[]
  /** Text or HTML: the summary, or the content if there is none. */
  text: string | undefined
  published: string | undefined
  updated: string | undefined
  authors: string[]
  terms: string[]
}

/** A feed in RSS, RDF, Atom or JSON Feed: the address of its site and its entries. */
export interface Feed {
  site: string | undefined
  items: FeedItem[]
}

/** @throws an error of feedsmith if the text is no feed */
export async function readFeed(text: string): Promise<Feed> {
  // Loaded only here, because feedsmith has 170 modules, and few starts read a feed.
  const { parseFeed } = await import('feedsmith')
  const { format, feed } = parseFeed(text)
  if (format === 'atom')
    return {
      site: pageOf(feed.links) ?? feed.id,
      items: (feed.entries ?? []).map((entry) => ({
        title: entry.title?.value,
        ids: present([entry.id, ...(entry.dc?.identifiers ?? [])]),
        links: present([pageOf(entry.links), ...(entry.links ?? []).map(({ href }) => href)]),
        text: entry.summary?.value ?? entry.content?.value,
        published: entry.published,
        updated: entry.updated,
        authors: present([...(entry.authors ?? []).map(({ name }) => name), ...(entry.dc?.creators ?? [])]),
        terms: present((entry.categories ?? []).map(({ term }) => term)),
      })),
    }
  if (format === 'rss')
    return {
      site: feed.link,
      items: (feed.items ?? []).map((item) => ({
        title: item.title ?? item.dc?.titles?.[0],
        ids: present([item.guid?.value, ...(item.dc?.identifiers ?? []), item.prism?.doi]),
        links: present([item.link, ...(item.atom?.links ?? []).map(({ href }) => href)]),
        text: item.description ?? item.content?.encoded,
        published: item.pubDate ?? item.dc?.dates?.[0] ?? item.prism?.publicationDates?.[0],
        updated: item.atom?.updated,
        authors: item.dc?.creators ?? present((item.authors ?? []).map(({ name }) => name)),
        terms: present((item.categories ?? []).map(({ name }) => name)),
      })),
    }
  if (format === 'rdf')
    return {
      site: feed.link,
      items: (feed.items ?? []).map((item) => ({
        title: item.title,
        ids: present([item.rdf?.about, ...(item.dc?.identifiers ?? [])]),
        links: present([item.link]),
        text: item.description ?? item.content?.encoded,
        published: item.dc?.dates?.[0],
        updated: undefined,
        authors: item.dc?.creators ?? [],
        terms: item.dc?.subjects ?? [],
      })),
    }
  return {
    site: feed.home_page_url ?? feed.feed_url,
    items: (feed.items ?? []).map((item) => ({
      title: item.title,
      ids: present([item.id]),
      links: present([item.url, item.external_url]),
      text: item.summary ?? item.content_text ?? item.content_html,
      published: item.date_published,
      updated: item.date_modified,
      authors: present((item.authors ?? []).map(({ name }) => name)),
      terms: item.tags ?? [],
    })),
  }
}

const present = (values: (string | undefined)[]): string[] =>
  values.filter((value) => value !== undefined && value !== '') as string[]

/** In Atom a link without `rel` is the page. */
const pageOf = (links: { href?: string; rel?: string }[] | undefined): string | undefined =>
  links?.find(({ rel }) => rel === undefined || rel === 'alternate')?.href
