// XML has the same escapes as HTML.
import { Html, html as xml } from '../html/html.ts'
import { type Feed, type FeedItem, readable } from './feed.ts'
import { unknownComment } from './unknown-comment.ts'

/** In minutes: how long a reader may cache the feed. */
const TTL = 15

/** Writes a feed as RSS 2.0 with elements of Atom, Dublin Core, Media RSS and Slash. */
export function writeRss(feed: Feed): string {
  const document = xml`<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/" xmlns:slash="http://purl.org/rss/1.0/modules/slash/">
<channel>
<title>${titleText(feed.title)}</title>
<link>${feed.home}</link>
<description>${feed.description}</description>
${unknownComment(feed)}<atom:link rel="self" type="application/rss+xml" href="${feed.self}"/>
${feed.hub && xml`<atom:link rel="hub" href="${feed.hub}"/>\n`}<atom:link rel="first" type="application/rss+xml" href="${feed.first}"/>
${feed.next && xml`<atom:link rel="next" type="application/rss+xml" href="${feed.next}"/>\n`}<lastBuildDate>${date(feed.updated)}</lastBuildDate>
<ttl>${TTL}</ttl>
<generator>Daily Papers</generator>
${feed.items.map(item)}</channel>
</rss>
`
  return readable(document.text)
}

const item = ({ id, url, title, content, authors, categories, image, published, facts }: FeedItem): Html => xml`<item>
<title>${titleText(title)}</title>
<link>${url}</link>
<guid isPermaLink="false">${id}</guid>
${published && xml`<pubDate>${date(published)}</pubDate>\n`}<description>${content.text}</description>
${authors.map((name) => xml`<dc:creator>${name}</dc:creator>\n`)}${categories.map(
  ({ term, scheme }) => xml`<category${scheme && xml` domain="${scheme}"`}>${term}</category>\n`,
)}${image && xml`<media:thumbnail url="${image.src}" width="${image.width}" height="${image.height}"/>\n`}${
  facts && xml`<slash:comments>${facts.commentCount}</slash:comments>\n`
}</item>
`

/** Escapes a title by hexadecimal references: some readers parse other escapes as HTML (found by the RSS Advisory Board). */
const titleText = (title: string): Html =>
  new Html(title.replace(/[&<>]/g, (character) => `&#x${character.charCodeAt(0).toString(16).toUpperCase()};`))

/** A date in RFC 822 format, with the four-digit year that RSS recommends. */
const date = (moment: string): string => new Date(moment).toUTCString()
