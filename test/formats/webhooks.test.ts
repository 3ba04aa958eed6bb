import { describe, expect, test } from 'vitest'
import { discordBody } from '../../src/formats/webhooks/discord.ts'
import { feishuBody, feishuProblem } from '../../src/formats/webhooks/feishu.ts'
import { headingOf, type MessagePaper, shortened, type WebhookMessage } from '../../src/formats/webhooks/message.ts'
import { slackBody } from '../../src/formats/webhooks/slack.ts'
import { editionOf } from '../../src/values/editions.ts'

const PAPER: MessagePaper = {
  id: 'x',
  arxivId: '2602.00001',
  title: 'Tidal Charts',
  url: 'https://papers.example.org/papers/2602.00001',
  summary: 'It predicts tides.',
  publishedAt: '2026-02-01T00:00:00.000Z',
  listedOn: '2026-02-02',
  voteCount: 12,
  commentCount: 1,
  organization: 'Polder AI',
  authors: ['Ada Lin', 'Bo Chen', 'Chidi Abara'],
  authorCount: 7,
  topics: ['tides'],
}
const MESSAGE: WebhookMessage = {
  event: 'PAPER_LISTED',
  listName: 'Tides',
  papers: [PAPER],
  votes: null,
  edition: null,
}
/** Ten papers with texts as long as they get, of a character that each form may have to escape. */
const long = (character: string): WebhookMessage => ({
  ...MESSAGE,
  listName: character.repeat(100),
  papers: Array(10).fill({
    ...PAPER,
    title: character.repeat(1_000),
    summary: character.repeat(5_000),
    organization: character.repeat(300),
  }),
})
const HOSTILE: WebhookMessage = {
  ...MESSAGE,
  listName: '<!channel> & co',
  papers: [
    {
      ...PAPER,
      title: '*bold* _it_ <https://evil.example|click> [x](https://evil.example) @everyone `code`\nnext',
      summary: '@channel ~gone~ > quote',
    },
  ],
}

describe('the heading', () => {
  const papers = (count: number) => Array<MessagePaper>(count).fill(PAPER)
  test.each<[Partial<WebhookMessage>, string]>([
    [{}, 'A new paper in “Tides”'],
    [{ papers: papers(3) }, '3 new papers in “Tides”'],
    [{ event: 'PAPER_CHANGED' }, '1 paper in “Tides” changed'],
    [{ event: 'VOTES_REACHED', votes: 1_000, papers: papers(2) }, '2 papers in “Tides” reached 1,000 votes'],
    [{ event: 'VOTES_REACHED', votes: 1 }, '1 paper in “Tides” reached 1 vote'],
    [
      { event: 'EDITION_FINAL', edition: { ...editionOf('DAY', '2026-02-02'), paperCount: 1 } },
      '“Tides”, Monday, 2 February 2026: 1 paper',
    ],
    [
      { event: 'EDITION_FINAL', papers: papers(10), edition: { ...editionOf('MONTH', '2026-02-01'), paperCount: 12 } },
      '“Tides”, February 2026: 12 papers, the first 10 by votes',
    ],
    [{ event: 'PING' }, 'A test of the webhook of “Tides”. Its newest papers look like this'],
    [{ event: 'PING', papers: [] }, 'A test of the webhook of “Tides”, which has no papers yet'],
  ])('%#: %j', (given, heading) => {
    expect(headingOf({ ...MESSAGE, ...given })).toBe(heading)
  })
})

test('texts are cut between characters', () => {
  expect(shortened(' a\n b ', 10)).toBe('a b')
  expect(shortened('ab😀cd', 4)).toBe('ab…')
})

describe('for Slack and Mattermost', () => {
  const textOf = (message: WebhookMessage): string => JSON.parse(slackBody(message)).text

  test('a text with links', () => {
    expect(JSON.parse(slackBody(MESSAGE))).toEqual({
      text: '*A new paper in “Tides”*\n• <https://papers.example.org/papers/2602.00001|Tidal Charts>\nAda Lin, Bo Chen, Chidi Abara and 4 more · Polder AI · 12 votes · 1 comment\nIt predicts tides.',
      unfurl_links: false,
      unfurl_media: false,
    })
  })

  test('in which nothing of others formats, links or notifies', () => {
    const text = textOf(HOSTILE)
    expect(text.match(/<[^>]*>/g)).toEqual([
      expect.stringMatching(/^<https:\/\/papers\.example\.org\/papers\/2602\.00001\|/),
    ])
    expect(text).not.toMatch(/@[a-z]|\*bold|_it_|~gone~|`code`|\[x\]/)
    expect(text).toContain('&lt;!channel&gt; &amp; co')
  })

  test.each(['a', '&', '@', '深'])('that is not too long: %s', (character) => {
    expect(textOf(long(character)).length).toBeLessThan(40_000)
  })
})

describe('for Discord', () => {
  test('an embed for each paper', () => {
    expect(JSON.parse(discordBody(MESSAGE))).toEqual({
      content: 'A new paper in “Tides”',
      embeds: [
        {
          title: 'Tidal Charts',
          url: PAPER.url,
          description:
            'Ada Lin, Bo Chen, Chidi Abara and 4 more · Polder AI · 12 votes · 1 comment\nIt predicts tides.',
        },
      ],
      allowed_mentions: { parse: [] },
    })
  })

  test('in which nothing of others formats', () => {
    const { embeds } = JSON.parse(discordBody(HOSTILE))
    expect(embeds[0].title).toContain('\\*bold\\* \\_it\\_')
    expect(embeds[0].title).toContain('\\[x\\]\\(')
  })

  test.each(['a', '*', '\\', '深', '😀'])('within the limits: %s', (character) => {
    const { content, embeds } = JSON.parse(discordBody(long(character)))
    expect(content.length).toBeLessThanOrEqual(2_000)
    let length = 0
    for (const { title, description } of embeds) {
      expect(title.length).toBeLessThanOrEqual(256)
      expect(description.length).toBeLessThanOrEqual(4_096)
      expect(title).toMatch(character === '\\' ? /^(\\\\)*…?$/ : /[^\\]$/)
      length += title.length + description.length
    }
    expect(length).toBeLessThanOrEqual(6_000)
    expect(embeds.length).toBe(character === 'a' || character === '深' || character === '😀' ? 10 : embeds.length)
    expect(embeds.length).toBeGreaterThan(5)
  })
})

describe('for Feishu', () => {
  test('a post', () => {
    expect(JSON.parse(feishuBody(MESSAGE))).toEqual({
      msg_type: 'post',
      content: {
        post: {
          en_us: {
            title: 'A new paper in “Tides”',
            content: [
              [{ tag: 'a', text: 'Tidal Charts', href: PAPER.url }],
              [{ tag: 'text', text: 'Ada Lin, Bo Chen, Chidi Abara and 4 more · Polder AI · 12 votes · 1 comment' }],
              [{ tag: 'text', text: 'It predicts tides.' }],
            ],
          },
        },
      },
    })
  })

  test.each(['a', '深', '"', '\u0080'])('that is not too large: %s', (character) => {
    const body = feishuBody(long(character))
    expect(Buffer.byteLength(body)).toBeLessThanOrEqual(20_000)
    expect(JSON.parse(body).content.post.en_us.content.length).toBeGreaterThan(12)
  })

  test('and its responses say what is wrong', () => {
    expect(feishuProblem('{"code":0,"msg":"success"}')).toBeNull()
    expect(feishuProblem('{"StatusCode":0,"StatusMessage":"success"}')).toBeNull()
    expect(feishuProblem('ok')).toBeNull()
    expect(feishuProblem('{"code":9499,"msg":"Bad Request"}')).toBe('It responded with the code 9499: Bad Request')
  })
})
