// XML has the same escapes as HTML.
import { type Html, html as xml } from '../html/html.ts'
import { type Feed, readable } from './feed.ts'

/** A comment in XML that says which members of the filter's lists name nothing; null if there are none. */
export function unknownComment({ unknown }: Feed): Html | null {
  if (unknown === null) return null
  const fields = Object.entries(unknown).map(([field, members]) => `${field}: ${members.join(', ')}`)
  // A comment may not contain two hyphens.
  return xml`<!-- unknown ${readable(fields.join('; ')).replace(/-(?=-)/g, '- ')} -->\n`
}
