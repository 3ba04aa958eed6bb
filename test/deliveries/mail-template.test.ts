import { simpleParser } from 'mailparser'
import { createTransport } from 'nodemailer'
import { expect, test } from 'vitest'
import { mailTemplate } from '../../src/deliveries/mail-template.ts'

/** A mail as it is received. */
async function received(mail: object) {
  const { message } = await createTransport({ streamTransport: true, buffer: true }).sendMail({
    from: 'papers@example.org',
    to: 'ada@example.net',
    ...mail,
  })
  return { bytes: message as Buffer, parsed: await simpleParser(message as Buffer) }
}

const TOKEN = 'abcdefghijklmnopqrstuvwxyz-_0123'

// Of every length up to that of a line: the token is broken at each of its characters once.
test.each(Array.from({ length: 80 }, (_, n) => n))(
  'a copy has the token in all places, after %i characters of a line',
  async (n) => {
    const render = (token: string) => ({
      subject: 'Päpers',
      html: `<p>é = “${'x'.repeat(n)}”</p>\n.\n<a href="https://example.org/?token=${token}">${token}${token}</a>`,
      text: `${'é'.repeat(n)} https://example.org/?token=${token}\n.${token}\nFrom me\n`,
    })
    const fill = await mailTemplate(render)
    for (const token of [TOKEN, TOKEN.toUpperCase(), 'short', 'l'.repeat(50)]) {
      const { bytes, parsed } = await received(fill(token))
      const shown = [parsed.subject, parsed.html, parsed.text].map((text) => String(text).trimEnd())
      expect(shown).toEqual(Object.values(render(token)).map((text) => text.trimEnd()))
      if (token.length !== TOKEN.length) continue
      const lines = bytes.toString('latin1').split('\r\n')
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(78)
      expect(bytes.toString('latin1')).not.toMatch(/[^\x20-\x7e\r\n]/)
    }
  },
)

test('a mail is rendered once for all of its copies, and a text without a token has none', async () => {
  let rendered = 0
  const fill = await mailTemplate(() => {
    rendered += 1
    return { subject: 's', html: '<p>all the same</p>', text: 'all the same' }
  })
  const [first, second] = [fill(TOKEN), fill('another')]
  expect(first).toEqual(second)
  expect(rendered).toBe(1)
  expect((await received(first)).parsed.text?.trim()).toBe('all the same')
})
