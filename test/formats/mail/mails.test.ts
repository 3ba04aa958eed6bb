import { Parser } from 'htmlparser2'
import { describe, expect, test } from 'vitest'
import { STYLE } from '../../../src/formats/html/style.ts'
import { renderConfirmationMail } from '../../../src/formats/mail/confirmation-mail.ts'
import { type DigestMail, type DigestPaper, renderDigestMail } from '../../../src/formats/mail/digest-mail.ts'
import { MARKUP } from '../../support/hostile.ts'

const PAPER: DigestPaper = {
  title: 'Agents that read',
  url: 'https://papers.example.org/papers/2602.01234',
  authors: ['Ada Lovelace', 'Alan Turing', 'Grace Hopper'],
  authorCount: 12,
  organization: 'Northlight Lab',
  voteCount: 1_234,
  summary: 'They read a paper and say what is in it.',
}

const DIGEST: DigestMail = {
  publicUrl: 'https://papers.example.org',
  listTitle: 'Papers with most votes on agents',
  edition: { period: 'DAY', startsOn: '2026-02-17', endsOn: '2026-02-17' },
  papers: [
    PAPER,
    { ...PAPER, title: 'Alone', authors: ['Ada'], authorCount: 1, organization: null, voteCount: 1, summary: null },
  ],
  totalCount: 7,
  links: {
    page: 'https://papers.example.org/embed?topics=agents&edition=2026-02-17',
    feed: 'https://papers.example.org/feeds/papers.rss?topics=agents',
    unsubscribe: 'https://papers.example.org/digest/unsubscribe?token=t',
    manage: 'https://papers.example.org/digest/manage?token=t',
  },
  why: 'You get this because this address subscribed to it.',
}

/** What a parser of HTML makes of a mail. */
function look(mail: string) {
  const tags: { name: string; attributes: Record<string, string> }[] = []
  let text = ''
  const parser = new Parser({
    onopentag: (name, attributes) => void tags.push({ name, attributes }),
    ontext: (part) => {
      text += part
    },
  })
  parser.end(mail)
  const hrefs = tags.flatMap(({ attributes: { href } }) => (href === undefined ? [] : [href]))
  return { tags, text, hrefs }
}

describe('a digest', () => {
  const mail = renderDigestMail(DIGEST)

  test('says everything in both forms', () => {
    expect(mail.subject).toBe('Papers with most votes on agents: Tuesday, 17 February 2026')
    const page = look(mail.html)
    for (const said of [
      'Agents that read',
      'Ada Lovelace, Alan Turing, Grace Hopper and 9 more',
      'Northlight Lab',
      'They read a paper and say what is in it.',
      'And 5 more',
      '7 papers, most votes first',
      DIGEST.why,
    ]) {
      expect(page.text).toContain(said)
      expect(mail.text.replace(/\s+/g, ' ')).toContain(said)
    }
    expect(page.text).toContain('1,234')
    expect(mail.text).toContain('1,234 votes')
    for (const address of [PAPER.url, ...Object.values(DIGEST.links)]) {
      expect(page.hrefs).toContain(address)
      expect(mail.text).toContain(`${address}\n`)
    }
    expect(renderDigestMail({ ...DIGEST, totalCount: 2 }).text).not.toContain('more:')
  })

  test('loads nothing and runs nothing: it has no pictures, and every style is in it', () => {
    const names = new Set(look(mail.html).tags.map(({ name }) => name))
    for (const name of ['img', 'script', 'link', 'iframe', 'form']) expect(names).not.toContain(name)
    expect(mail.html).not.toMatch(/url\(|@import|var\(--/)
  })

  test('what a source wrote is text, and leads nowhere but to web pages', () => {
    const hostile = { ...PAPER, ...MARKUP, authors: [MARKUP.author] }
    const papers = [{ ...hostile, url: 'javascript:alert(1)' }]
    const { html, subject } = renderDigestMail({
      ...DIGEST,
      listTitle: `a\r\nBcc: x\u202e${MARKUP.title}`,
      papers,
      why: MARKUP.topic,
    })
    const { tags, text, hrefs } = look(html)
    expect(new Set(tags.map(({ name }) => name))).toEqual(new Set(look(mail.html).tags.map(({ name }) => name)))
    expect(text).toContain(MARKUP.title)
    expect(hrefs.filter((href) => /^javascript/i.test(href))).toEqual([])
    expect(subject).not.toMatch(/[\p{C}\r\n]/u)
    expect(subject.length).toBeLessThanOrEqual(180)
  })

  test('the text fits in 72 columns, but for addresses', () => {
    const papers = Array.from({ length: 12 }, () => ({
      ...PAPER,
      title: 'A long title '.repeat(20),
      summary: 'Words '.repeat(60),
    }))
    const { text } = renderDigestMail({ ...DIGEST, papers, totalCount: 12, why: 'Because '.repeat(30) })
    for (const line of text.split('\n')) if (!line.includes('://')) expect(line.length).toBeLessThanOrEqual(72)
    expect(text).toContain('\n10. A long title')
    expect(text).toContain('\n    long title')
  })

  test('30 papers with long texts are below the size at which Gmail cuts a mail off', () => {
    const long = {
      ...PAPER,
      title: 'Wörter '.repeat(40),
      summary: 'Wörter '.repeat(200),
      authors: ['Wörter '.repeat(10)],
    }
    const { html } = renderDigestMail({ ...DIGEST, papers: Array.from({ length: 30 }, () => long), totalCount: 30 })
    expect(Buffer.byteLength(html)).toBeLessThan(102_000)
  })
})

test('mails have the colours of pages', () => {
  const colours = (text: string) => new Set(text.match(/#[\da-f]{6}\b/g))
  const ofPages = colours(STYLE)
  const ofMails = colours(renderDigestMail(DIGEST).html)
  expect(ofMails.size).toBeGreaterThan(8)
  expect([...ofMails].filter((colour) => !ofPages.has(colour))).toEqual([])
})

describe('a confirmation', () => {
  const CONFIRMATION = {
    publicUrl: 'https://papers.example.org',
    listTitle: 'Papers with most votes on agents or cs.cl',
    period: 'WEEK',
    links: { confirm: 'https://papers.example.org/digest/confirm?token=c' },
    hours: 48,
  } as const

  test('asks, and says how to say no', () => {
    const { subject, html, text } = renderConfirmationMail(CONFIRMATION)
    expect(subject).toBe('Confirm your subscription at papers.example.org')
    expect(look(html).hrefs).toEqual([CONFIRMATION.links.confirm])
    expect(text).toContain(`\n${CONFIRMATION.links.confirm}\n`)
    for (const said of ['“Papers with most votes on agents or cs.cl”', 'every week', '48 hours', 'do nothing'])
      for (const form of [look(html).text, text.replace(/\s+/g, ' ')]) expect(form).toContain(said)
  })

  test.each([
    'Papers on “see evil.example now”',
    'Papers on “http:/evil”',
    'Papers on “www.evil”',
    'Papers on “mail me@evil”',
    'Papers on bit.ly',
    'Papers on evil.ai or cs.ai',
    `Papers on “${'win '.repeat(40)}”`,
  ])('no stranger says by it: %s', (listTitle) => {
    const { html, text } = renderConfirmationMail({ ...CONFIRMATION, listTitle })
    expect(html + text).not.toMatch(/evil|bit\.ly|win win/)
    expect(text).toContain('a list of papers')
  })
})
