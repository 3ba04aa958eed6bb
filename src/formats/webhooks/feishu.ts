import { bylineOf, headingOf, shortened, type WebhookMessage } from './message.ts'

/** In bytes: a larger request is refused. */
const LARGEST = 20_000
/** In characters, which can be three bytes each. */
const SHOWN = { heading: 200, title: 200, byline: 120, summary: 160 }

type Element = { tag: 'a'; text: string; href: string } | { tag: 'text'; text: string }

/** A post for the custom bots of Feishu and Lark. Its texts are plain, so nothing in them formats or notifies anyone. */
export function feishuBody(message: WebhookMessage): string {
  for (let shown = message.papers.length; ; shown -= 1) {
    const body = JSON.stringify({
      msg_type: 'post',
      content: {
        post: {
          en_us: {
            title: shortened(headingOf(message), SHOWN.heading),
            content: message.papers
              .slice(0, shown)
              .flatMap((paper): Element[][] => [
                [{ tag: 'a', text: shortened(paper.title, SHOWN.title), href: paper.url }],
                ...[shortened(bylineOf(paper), SHOWN.byline), shortened(paper.summary ?? '', SHOWN.summary)]
                  .filter((text) => text !== '')
                  .map((text): Element[] => [{ tag: 'text', text }]),
              ]),
          },
        },
      },
    })
    if (shown === 0 || Buffer.byteLength(body) <= LARGEST) return body
  }
}

/** Feishu says what is wrong with a status of 200. Null if nothing is. */
export function feishuProblem(response: string): string | null {
  try {
    const { code, StatusCode, msg } = JSON.parse(response) as Record<string, unknown>
    const problem = code ?? StatusCode ?? 0
    return problem === 0 ? null : `It responded with the code ${problem}: ${shortened(String(msg ?? ''), 200)}`
  } catch {
    return null
  }
}
