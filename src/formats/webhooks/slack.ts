import { bylineOf, headingOf, shortened, type WebhookMessage } from './message.ts'

/** In characters. Ten papers fit into a message of Mattermost, which has 16,383, and into one of Slack, which has 40,000. */
const LONGEST = { heading: 300, title: 250, byline: 150, summary: 300 }

/** Shows the next character as it is: Slack and Mattermost would format `*`, `_`, `~` and `` ` ``, and notify by `@channel`. */
const JOINER = '\u2060'

/** Text of others, so that it neither formats, nor links, nor notifies anyone. */
const escaped = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll(/[*_~`@#|[\]\\]/g, (mark) => (mark === '|' ? '¦' : `${mark}${JOINER}`))

/**
 * A message for Slack's incoming webhooks. Mattermost reads the same: it knows the text with its links, but no blocks.
 */
export function slackBody(message: WebhookMessage): string {
  const list = `“${message.listName}”`
  const papers = message.papers.map((paper) =>
    [
      `• <${paper.url}|${escaped(shortened(paper.title, LONGEST.title))}>`,
      escaped(shortened(bylineOf(paper), LONGEST.byline)),
      escaped(shortened(paper.summary ?? '', LONGEST.summary)),
    ]
      .filter((line) => line !== '')
      .join('\n'),
  )
  const heading = escaped(shortened(headingOf(message, list), LONGEST.heading))
  return JSON.stringify({ text: [`*${heading}*`, ...papers].join('\n'), unfurl_links: false, unfurl_media: false })
}
