import { readdir, readFile, stat } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { simpleParser } from 'mailparser'
import { pino } from 'pino'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { afterEach, describe, expect, test } from 'vitest'
import { type Mail, type MailTransportOptions, openMailTransport } from '../../src/deliveries/mail-transport.ts'
import { temporaryDirectory } from '../support/directory.ts'

const TO = 'Alice.Reader+papers@example.net'
const MAIL: Mail = {
  to: TO,
  subject: 'Papers on agents: Tuesday 17 February 2026',
  html: '<p>Zwölf Arbeiten</p>',
  text: 'Zwölf Arbeiten\n.\nafter a line with a dot alone\n',
  messageId: '<digest.7.day.2026-02-17@papers.example.org>',
  list: { id: 'topics-agents.papers.example.org', title: 'Papers on agents' },
  headers: {
    'List-Unsubscribe': '<https://papers.example.org/digest/unsubscribe?token=t>',
    'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
    'Auto-Submitted': 'auto-generated',
  },
}

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

const logged: string[] = []
const log = pino({ level: 'trace' }, { write: (line: string) => void logged.push(line) })

/** Refuses with a reply of SMTP. */
const refusal = (code: number, text: string) => Object.assign(new Error(text), { responseCode: code })

/** A mail server on loopback; the messages that it has taken. */
async function mailServer(options: SMTPServerOptions = {}): Promise<{ smtpUrl: string; taken: Buffer[] }> {
  const taken: Buffer[] = []
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData: (stream, _session, done) => {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        taken.push(Buffer.concat(chunks))
        done()
      })
    },
    ...options,
  })
  server.on('error', () => {})
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  closing.push(() => new Promise<void>((closed) => server.close(closed)))
  return { smtpUrl: `smtp://127.0.0.1:${portOf(server.server)}`, taken }
}

const portOf = (server: Pick<Server, 'address'>): number => (server.address() as { port: number }).port

/** A server that replies as its script says, and closes the connection at `null`. */
async function scriptedServer(
  reply: (line: string) => string | null | undefined,
  greeting: string | null = '220 hello\r\n',
) {
  const sockets = new Set<{ destroy(): void }>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    if (greeting !== null) socket.write(greeting)
    let buffered = ''
    socket.on('data', (chunk) => {
      buffered += chunk
      for (let end = buffered.indexOf('\r\n'); end >= 0; end = buffered.indexOf('\r\n')) {
        const text = reply(buffered.slice(0, end))
        buffered = buffered.slice(end + 2)
        if (text === null) return socket.destroy()
        if (text !== undefined) socket.write(text)
      }
    })
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  closing.push(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((closed) => server.close(closed))
  })
  return `smtp://127.0.0.1:${portOf(server)}`
}

function transport(options: Pick<MailTransportOptions, 'smtpUrl'> & Partial<MailTransportOptions>) {
  const opened = openMailTransport({
    mailFrom: 'Daily Papers <papers@example.org>',
    outboxDirectory: '/nowhere',
    connections: 2,
    log,
    ...options,
  })
  closing.unshift(() => opened.close())
  return opened
}

describe('over SMTP', () => {
  test('sends both forms, with the headers of its caller', async () => {
    const { smtpUrl, taken } = await mailServer()
    const { send } = transport({ smtpUrl })
    expect(await send(MAIL)).toEqual({ outcome: 'sent' })
    const mail = await simpleParser(taken[0] as Buffer)
    expect(mail).toMatchObject({ subject: MAIL.subject, html: MAIL.html, text: MAIL.text, messageId: MAIL.messageId })
    expect(mail.from?.text).toBe('"Daily Papers" <papers@example.org>')
    expect(mail.to).toMatchObject({ text: TO })
    const lines = mail.headerLines.map(({ line }) => line.replace(/\r\n\s/g, ' '))
    const listId = '"Papers on agents" <topics-agents.papers.example.org>'
    for (const [name, value] of Object.entries({ ...MAIL.headers, 'List-Id': listId }))
      expect(lines).toContainEqual(expect.stringMatching(new RegExp(`^${name}: ${RegExp.escape(value)}$`, 'i')))
    expect(new Set(mail.headerLines.map(({ key }) => key)).size).toBe(mail.headerLines.length)
  })

  test.each([
    ['Arbeiten von Müller', 'Arbeiten von Müller'],
    ['漢字'.repeat(30), '漢字'.repeat(30)],
    ['Plain, "quoted" (and) <x> \\', 'Plain, quoted and x'],
    ['a\r\nBcc: eve@example.com', 'a Bcc eve example.com'],
    ['🦄 हिन्दी', '🦄 हिन्दी'],
    ['()', ''],
  ])('the id of a list called %j can be read', async (title, name) => {
    const { smtpUrl, taken } = await mailServer()
    await transport({ smtpUrl }).send({ ...MAIL, list: { id: 'x.digests.example.org', title } })
    const { headers, headerLines } = await simpleParser(taken[0] as Buffer)
    const line = headerLines.find(({ key }) => key === 'list-id')?.line ?? ''
    expect(line).toMatch(/<x\.digests\.example\.org>$/)
    for (const part of line.split('\r\n')) expect(part.length).toBeLessThanOrEqual(78)
    const { id } = headers.get('list') as unknown as { id: { id: string; name?: string } }
    // Without a name, it takes the id for one.
    if (name === '') return expect(id.name).toBe('x.digests.example.org')
    expect(id.id).toBe('x.digests.example.org')
    // It does not decode the words of this header.
    const { subject = '' } = await simpleParser(`Subject: ${id.name ?? ''}\r\n\r\n`)
    expect(subject).toBe(name)
  })

  test('nothing in a mail becomes a header, a recipient or a file', async () => {
    const recipients: string[] = []
    const { smtpUrl, taken } = await mailServer({
      onRcptTo: ({ address }, _session, done) => {
        recipients.push(address)
        done()
      },
    })
    const { send } = transport({ smtpUrl })
    const hostile = { ...MAIL, subject: 'a\r\nBcc: eve@example.com\r\n\r\nb', to: 'x@example.net, eve@example.com' }
    await send(hostile)
    await send({ ...hostile, to: 'x@example.net\r\nRCPT TO:<eve@example.com>' })
    await send({ ...hostile, to: TO, headers: { 'List-Id': 'a\r\nBcc: eve@example.com' } })
    expect(recipients.filter((address) => /^eve@/.test(address))).toEqual([])
    for (const bytes of taken) {
      const { headers } = await simpleParser(bytes)
      expect(headers.has('bcc')).toBe(false)
    }
  })

  test.each([
    ['an address that does not exist', 'onRcptTo', 550, 'permanent'],
    ['a full mailbox, for now', 'onRcptTo', 452, 'temporary'],
    ['a message that is refused', 'onData', 554, 'permanent'],
    ['a message that is refused for now', 'onData', 451, 'temporary'],
    // The next mail would be refused as well.
    ['a sender that is refused', 'onMailFrom', 550, 'temporary'],
    ['a server that wants a sign-in', 'onRcptTo', 530, 'temporary'],
    ['a server that takes nobody', 'onConnect', 554, 'temporary'],
  ] as const)('%s: %s %i is %s, without the address', async (_what, step, code, outcome) => {
    const said = refusal(
      code,
      `${TO.toUpperCase()} <other@example.com>: Alice.Reader+papers no. See a?to=x%40y.example`,
    )
    const handler = (...given: unknown[]) => {
      const [first] = given
      if (step === 'onData') (first as { resume(): void }).resume()
      ;(given.at(-1) as (error: Error) => void)(said)
    }
    const { smtpUrl } = await mailServer({ [step]: handler })
    const { send } = transport({ smtpUrl })
    const result = await send(MAIL)
    expect(result).toMatchObject({ outcome, reason: expect.stringContaining(String(code)) })
    expect(JSON.stringify(result)).not.toMatch(/@|%40|alice/i)
  })

  test('a wrong password is no fault of the subscriber', async () => {
    const { smtpUrl } = await mailServer({
      authOptional: false,
      allowInsecureAuth: true,
      onAuth: (_auth, _session, done) => done(refusal(535, 'Authentication failed')),
    })
    const { send } = transport({ smtpUrl: smtpUrl.replace('//', '//me:wrong@') })
    const result = await send(MAIL)
    expect(result).toMatchObject({ outcome: 'temporary', reason: expect.stringContaining('535') })
    expect(JSON.stringify(result)).not.toContain('wrong')
  })

  test('a server that is not there is a temporary failure', async () => {
    const { send } = transport({ smtpUrl: 'smtp://127.0.0.1:1' })
    expect(await send(MAIL)).toMatchObject({ outcome: 'temporary', reason: expect.stringContaining('ECONNREFUSED') })
  })

  const DIALOGUE: Record<string, string> = { EHLO: '250 ok', MAIL: '250 ok', RCPT: '250 ok', DATA: '354 go on' }
  const polite = (line: string) => {
    const reply = DIALOGUE[line.slice(0, 4)]
    return reply && `${reply}\r\n`
  }

  test.each([
    ['after the recipient', 'temporary', 'RCPT'],
    ['after the message', 'unknown', '.'],
  ])('a connection that breaks %s: %s, and nothing is sent again', async (_when, outcome, last) => {
    let mails = 0
    const smtpUrl = await scriptedServer((line) => {
      if (line.startsWith('MAIL')) mails += 1
      return line.slice(0, 4) === last ? null : polite(line)
    })
    const { send } = transport({ smtpUrl })
    expect(await send(MAIL)).toEqual({ outcome, reason: 'Connection closed unexpectedly' })
    expect(mails).toBe(1)
  })

  test('a message of which a part was sent is not unknown', async () => {
    const smtpUrl = await scriptedServer((line) => (line.startsWith('From:') ? null : polite(line)))
    const { send } = transport({ smtpUrl })
    const html = 'x'.repeat(8_000_000)
    expect(await send({ ...MAIL, html })).toMatchObject({ outcome: 'temporary' })
  })

  test.each([
    ['greets', 'temporary', () => undefined, null],
    ['replies to the message', 'unknown', polite, undefined],
  ] as const)('a server that never %s holds nothing up: %s', async (_what, outcome, script, greeting) => {
    const smtpUrl = await scriptedServer(script, greeting)
    const { send } = transport({ smtpUrl, timeout: 200 })
    expect(await send(MAIL)).toEqual({ outcome, reason: 'The mail server took longer than 0.2 s.' })
  })

  test('close waits for what is being sent', async () => {
    const { smtpUrl, taken } = await mailServer()
    const opened = transport({ smtpUrl })
    const results = [1, 2].map(() => opened.send(MAIL))
    await expect.poll(() => taken.length).toBeGreaterThan(0)
    await opened.close()
    expect(await Promise.all(results)).toEqual([{ outcome: 'sent' }, { outcome: 'sent' }])
    expect(await opened.send(MAIL)).toMatchObject({ outcome: 'temporary' })
  })
})

describe('without a mail server', () => {
  test('a mail is a whole file, of the user of the server only', async () => {
    const outboxDirectory = join(await temporaryDirectory('outbox'), 'outbox')
    const { send } = transport({ smtpUrl: null, outboxDirectory })
    expect(await send(MAIL)).toEqual({ outcome: 'sent' })
    expect(await send({ ...MAIL, messageId: '<../../up\0@x>' })).toEqual({ outcome: 'sent' })
    const files = (await readdir(outboxDirectory)).sort()
    expect(files).toEqual([
      expect.stringMatching(/^[\dT-]+Z-digest\.7\.day\.2026-02-17@papers\.example\.org\.eml$/),
      expect.stringMatching(/^[\dT-]+Z-\.\._\.\._up_@x\.eml$/),
    ])
    const path = join(outboxDirectory, files[0] as string)
    expect((await stat(path)).mode & 0o77).toBe(0)
    expect(await simpleParser(await readFile(path))).toMatchObject({ text: MAIL.text, messageId: MAIL.messageId })
    expect(logged.some((line) => line.includes(outboxDirectory))).toBe(true)
  })

  test('a directory that cannot be written is a temporary failure', async () => {
    const outboxDirectory = join(import.meta.filename, 'outbox')
    const { send } = transport({ smtpUrl: null, outboxDirectory })
    expect(await send(MAIL)).toMatchObject({ outcome: 'temporary', reason: expect.stringContaining(outboxDirectory) })
  })
})

test('no address is in the log', () => {
  expect(logged.length).toBeGreaterThan(5)
  expect(logged.join()).not.toMatch(/alice|eve@|wrong/i)
})
