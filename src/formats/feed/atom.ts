// XML has the same escapes as HTML.
import { type Html, html as xml } from '../html/html.ts'
import { type Feed, type FeedItem, readable } from './feed.ts'
import { unknownComment } from './unknown-comment.ts'

/** Writes a feed as Atom (RFC 4287) with paging links (RFC 5005). */
export function writeAtom(feed: Feed): string {
  const document = xml`<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xmlns:media="http://search.yahoo.com/mrss/">
<id>${feed.first}</id>
<title>${feed.title}</title>
<subtitle>${feed.description}</subtitle>
${unknownComment(feed)}<updated>${feed.updated}</updated>
<link rel="self" type="application/atom+xml" href="${feed.self}"/>
<link rel="alternate" type="text/html" href="${feed.home}"/>
${feed.hub && xml`<link rel="hub" href="${feed.hub}"/>\n`}<link rel="first" type="application/atom+xml" href="${feed.first}"/>
${feed.next && xml`<link rel="next" type="application/atom+xml" href="${feed.next}"/>\n`}<author><name>Daily Papers</name><uri>${feed.about}</uri></author>
<generator uri="${feed.about}">Daily Papers</generator>
${feed.items.map((item) => entry(item, feed.updated))}</feed>
`
  return readable(document.text)
}

/** @param at the date of an item without one, because Atom requires `updated` */
const entry = (
  { id, url, title, summary, content, authors, categories, links, image, published, updated }: FeedItem,
  at: string,
): Html => xml`<entry>
<id>${id}</id>
<title>${title}</title>
<link rel="alternate" type="text/html" href="${url}"/>
${links.map((link) => xml`<link rel="related" href="${link.url}" title="${link.title}"/>\n`)}${published && xml`<published>${published}</published>\n`}<updated>${updated ?? at}</updated>
${authors.map((name) => xml`<author><name>${name}</name></author>\n`)}${categories.map(
  ({ term, scheme }) => xml`<category term="${term}"${scheme && xml` scheme="${scheme}"`}/>\n`,
)}${summary && xml`<summary>${summary}</summary>\n`}<content type="html">${content.text}</content>
${image && xml`<media:thumbnail url="${image.src}" width="${image.width}" height="${image.height}"/>\n`}</entry>
`
