import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { createTransport } from 'nodemailer'
import { encodeWords, isPlainText, quoteString } from 'nodemailer/lib/mime-funcs'
import type { Logger } from 'pino'
import { messageOf } from '../values/errors.ts'
import type { EncodedPart } from './mail-template.ts'

/** A mail to one address. */
export interface Mail {
  to: string
  subject: string
  html: string | EncodedPart
  text: string | EncodedPart
  /** With angle brackets. The same for every try to send the same mail. */
  messageId: string
  /** The list that it is of, by which mail programs sort (RFC 2919); null for a mail of none. */
  list: { id: string; title: string } | null
  /** Further headers, such as `List-Unsubscribe`. */
  headers: Record<string, string>
}

/**
 * What became of a mail. `permanent`: the mail server refuses this address or this message for good. `temporary`: the mail
 * was not sent, and may be sent later. `unknown`: the connection broke after the whole message was sent and before its reply,
 * so it may have been delivered. A reason is a sentence or a reply of the mail server, without the address.
 */
export type SendResult = { outcome: 'sent' } | { outcome: 'temporary' | 'permanent' | 'unknown'; reason: string }

export interface MailTransport {
  /** Never rejects for what a mail server or a disk does. */
  send(mail: Mail): Promise<SendResult>
  /** Waits a moment for mails that are being sent, then cuts their connections. */
  close(): Promise<void>
}

export interface MailTransportOptions {
  /** Null to write files into `outboxDirectory`. */
  smtpUrl: string | null
  mailFrom: string
  outboxDirectory: string
  /** How many connections to the mail server are open at most. */
  connections: number
  log: Logger
  /** In milliseconds: how long a mail may take from `send` to its result. */
  timeout?: number
}

/** In milliseconds, and less than any lease of a delivery. */
const TIMEOUT = 45_000
/** In milliseconds: how long a connection may take, its greeting, and each step of a message. */
const STEP_TIMEOUTS = { dnsTimeout: 10_000, connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 30_000 }
/** In milliseconds: how long `close` waits for mails that are being sent. */
const GRACE = 10_000

const LONGEST_REASON = 300
/** In characters, of an encoded word in a header, without what stands around it. */
const LONGEST_WORD = 52

/**
 * What all mails have in common: nodemailer must not read files or addresses that a text names, and need not find the shortest
 * encoding of each, which takes a tenth of the processor time.
 */
const DEFAULTS = { disableFileAccess: true, disableUrlAccess: true, textEncoding: 'quoted-printable' } as const

/** Opens the way to the mail server, or to a directory of files where there is none. */
export function openMailTransport(options: MailTransportOptions): MailTransport {
  return options.smtpUrl === null ? outbox(options) : smtp(options, options.smtpUrl)
}

function smtp({ mailFrom, connections, log, timeout = TIMEOUT }: MailTransportOptions, smtpUrl: string): MailTransport {
  const transporter = createTransport(
    {
      ...STEP_TIMEOUTS,
      url: smtpUrl,
      pool: true,
      maxConnections: connections,
      // The pool would send a mail again whose connection broke. Whoever keeps the tries decides that.
      maxRequeues: 0,
    },
    { ...DEFAULTS, from: mailFrom },
  )
  /** The bytes of each mail that is being sent, which say whether all of it was sent. */
  const messages = new WeakMap<AbortSignal, Readable>()
  transporter.use('stream', (mail, done) => {
    const { message } = mail
    const { signal } = mail.data
    const create = message.createReadStream.bind(message)
    message.createReadStream = (given) => {
      const stream = create(given)
      if (signal) messages.set(signal, stream)
      return stream
    }
    done()
  })
  const sending = new Set<Promise<SendResult>>()

  async function send(mail: Mail): Promise<SendResult> {
    const deadline = new AbortController()
    const timer = setTimeout(() => deadline.abort(), timeout)
    const { signal } = deadline
    try {
      await transporter.sendMail({ ...fieldsOf(mail), signal })
      return { outcome: 'sent' }
    } catch (error) {
      const failure = signal.aborted ? new Error(`The mail server took longer than ${timeout / 1_000} s.`) : error
      return resultOf(failure as SendError, mail, messages.get(signal)?.readableEnded ?? false)
    } finally {
      clearTimeout(timer)
    }
  }

  log.info({ server: new URL(smtpUrl).host }, 'mail is sent by SMTP')
  return {
    send: (mail) => {
      const result = send(mail).finally(() => sending.delete(result))
      sending.add(result)
      return result
    },
    close: async () => {
      transporter.close()
      const timer = setTimeout(() => transporter.close({ force: true }), GRACE)
      await Promise.all(sending)
      clearTimeout(timer)
    },
  }
}

/** What nodemailer says about a failure. */
interface SendError extends Error {
  code?: string
  /** The SMTP command that was refused; `API` for what was not sent at all. */
  command?: string
  responseCode?: number
  permanent?: boolean
}

/** Replies about how this server signs in, whatever the command: the next mail would get them, too. */
const SIGN_IN_REPLIES: readonly unknown[] = [530, 534, 535, 538]

function resultOf(error: SendError, { to }: Mail, isWhole: boolean): SendResult {
  const reason = withoutAddress(messageOf(error), to)
  if (error.responseCode !== undefined) {
    // Refusals of the connection, the sign-in or the sender are not about this mail: to stop for them would stop all.
    const isAboutMail = error.command === 'RCPT TO' || error.command === 'DATA'
    const isPermanent = error.permanent === true && isAboutMail && !SIGN_IN_REPLIES.includes(error.responseCode)
    return { outcome: isPermanent ? 'permanent' : 'temporary', reason }
  }
  // An address that cannot be written in a command.
  if (error.code === 'EENVELOPE' && error.command === 'API') return { outcome: 'permanent', reason }
  return { outcome: isWhole ? 'unknown' : 'temporary', reason }
}

/** A reason without the address that it is about, and without any other, on one short line. */
function withoutAddress(reason: string, address: string): string {
  const local = address.slice(0, address.lastIndexOf('@'))
  return reason
    .replaceAll(new RegExp(RegExp.escape(address), 'giu'), '…')
    .replaceAll(/[^\s<>"'(),;:[\]]+(?:@|%40)[^\s<>"'(),;:[\]]+/g, '…')
    .replaceAll(new RegExp(`(?<![\\p{L}\\p{N}])${RegExp.escape(local)}(?![\\p{L}\\p{N}])`, 'giu'), '…')
    .replaceAll(/[\s\p{C}]+/gu, ' ')
    .slice(0, LONGEST_REASON)
    .trim()
}

/** Each mail is a file that a mail program opens. For a trial, and for servers without a mail server. */
function outbox({ mailFrom, outboxDirectory: directory, log }: MailTransportOptions): MailTransport {
  const composer = createTransport({ streamTransport: true, buffer: true }, { ...DEFAULTS, from: mailFrom })
  log.info({ directory }, 'mail is not sent but written into files: SMTP_URL is not set')
  return {
    send: async (mail) => {
      try {
        const { message } = await composer.sendMail(fieldsOf(mail))
        await writeWhole(directory, fileName(mail.messageId), message as Buffer)
        return { outcome: 'sent' }
      } catch (error) {
        return { outcome: 'temporary', reason: withoutAddress(messageOf(error), mail.to) }
      }
    },
    close: async () => {},
  }
}

/** An address as an object, so that commas and brackets in it do not name further recipients. */
const fieldsOf = ({ to, list, headers, ...mail }: Mail) => ({
  ...mail,
  to: { name: '', address: to },
  headers:
    list === null ? headers : { ...headers, 'List-Id': { prepared: true, foldLines: true, value: listId(list) } },
})

/** Of a header that nodemailer does not know, it would encode the id in its brackets, too. */
function listId({ id, title }: { id: string; title: string }): string {
  const words = title
    .replaceAll(/[^\p{L}\p{M}\p{N}\p{So} .,'-]/gu, ' ')
    .trim()
    .replaceAll(/\s+/g, ' ')
  if (words === '') return `<${id}>`
  const phrase = isPlainText(words) ? quoteString(words) : encodeWords(words, 'Q', LONGEST_WORD, true)
  return `${phrase} <${id}>`
}

/** `2026-02-17T05-00-00-123Z-digest.1.2026-02-17@papers.example.org.eml`: sorted by time, and valid on Windows. */
const fileName = (messageId: string): string =>
  `${new Date().toISOString().replaceAll(/[:.]/g, '-')}-${messageId
    .replaceAll(/[<>]/g, '')
    .replaceAll(/[^\w.@-]/g, '_')
    .slice(0, 100)}.eml`

/** Readable by the user of the server only, because it has an address in it. */
async function writeWhole(directory: string, name: string, content: Buffer): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const path = join(directory, name)
  const unfinished = `${path}.part`
  try {
    await writeFile(unfinished, content, { flag: 'wx', flush: true, mode: 0o600 })
    await rename(unfinished, path)
  } catch (error) {
    await rm(unfinished, { force: true })
    throw error
  }
}
