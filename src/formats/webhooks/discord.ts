import { bylineOf, headingOf, shortened, type WebhookMessage } from './message.ts'

/** In characters, as Discord counts them: of one embed, and of all embeds of a message. */
const LONGEST = { content: 2_000, title: 256, description: 4_096, all: 6_000 }
/** In characters, before they are escaped: ten papers then fit into a message. */
const SHOWN = { heading: 400, title: 200, byline: 120, summary: 200 }

/** Text of others, so that it does not format. Mentions are turned off for the whole message. */
const escaped = (text: string): string => text.replaceAll(/[\\`*_~|>[\]()#-]/g, '\\$&')

/** A message for Discord's webhooks: an embed for each paper. */
export function discordBody(message: WebhookMessage): string {
  const embeds: { title: string; url: string; description: string }[] = []
  let length = 0
  for (const paper of message.papers) {
    const lines = [shortened(bylineOf(paper), SHOWN.byline), shortened(paper.summary ?? '', SHOWN.summary)]
    const embed = {
      title: cut(shortened(paper.title, SHOWN.title), LONGEST.title),
      url: paper.url,
      description: cut(lines.filter((line) => line !== '').join('\n'), LONGEST.description),
    }
    length += embed.title.length + embed.description.length
    // Only with texts that are mostly escaped.
    if (length > LONGEST.all) break
    embeds.push(embed)
  }
  return JSON.stringify({
    content: cut(shortened(headingOf(message), SHOWN.heading), LONGEST.content),
    embeds,
    allowed_mentions: { parse: [] },
  })
}

/** Escaped, and not longer than allowed: a backslash is never the last character. */
function cut(text: string, longest: number): string {
  for (let length = text.length; ; length -= 1) {
    const result = escaped(length < text.length ? shortened(text, length) : text)
    if (result.length <= longest) return result
  }
}
