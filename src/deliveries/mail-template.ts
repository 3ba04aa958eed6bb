import { randomBytes } from 'node:crypto'
import MimeNode from 'nodemailer/lib/mime-node'
import type { RenderedMail } from '../formats/mail/mail-document.ts'

/** A part of a mail with its own headers, as it is sent. */
export interface EncodedPart {
  raw: Buffer
}

/** The subject and the two forms of a mail. */
export interface EncodedMail {
  subject: string
  html: EncodedPart
  text: EncodedPart
}

/**
 * A mail of which many people get a copy with nothing but another token in it. It is rendered and encoded once, which takes more
 * processor time than sending it.
 *
 * @param render called once, with a stand-in for the token; tokens have letters, digits, `-` and `_` only, so that no form of a
 *               mail writes them in another way
 * @returns makes the copy for a token
 */
export async function mailTemplate(render: (token: string) => RenderedMail): Promise<(token: string) => EncodedMail> {
  // As long as a token. No text of a paper has it by accident.
  const standIn = randomBytes(24).toString('base64url')
  const { subject, html, text } = render(standIn)
  const [htmlOf, textOf] = await Promise.all([
    partTemplate('text/html', html, standIn),
    partTemplate('text/plain', text, standIn),
  ])
  return (token) => ({ subject, html: { raw: htmlOf(token) }, text: { raw: textOf(token) } })
}

/** A place for a token, or for a part of one, and the bytes after it. */
interface Place {
  from: number
  to: number | undefined
  after: Buffer
}

async function partTemplate(type: string, content: string, standIn: string): Promise<(token: string) => Buffer> {
  // Of a part that is not the whole mail, only its own headers are written.
  const part = new MimeNode('multipart/alternative').createChild(`${type}; charset=utf-8`, {
    textEncoding: 'quoted-printable',
  })
  // Lines end as SMTP wants them, so that no copy has to be mended on its way.
  const encoded = await part.setContent(content.replaceAll(/\r?\n/g, '\r\n')).build()
  const { before, places } = split(encoded.toString('latin1'), standIn)
  return (token) =>
    Buffer.concat([
      before,
      ...places.flatMap(({ from, to, after }) => [Buffer.from(token.slice(from, to), 'latin1'), after]),
    ])
}

/** Quoted-printable may break a line, by `=` at its end, between any two characters of the stand-in. */
function split(encoded: string, standIn: string): { before: Buffer; places: Place[] } {
  const places: Place[] = []
  let end = 0
  let before: Buffer | null = null
  const add = (upTo: number) => {
    const bytes = Buffer.from(encoded.slice(end, upTo), 'latin1')
    const last = places.at(-1)
    if (last) last.after = bytes
    else before = bytes
  }
  const anywhere = new RegExp([...standIn].map(RegExp.escape).join('(?:=\r\n)?'), 'g')
  for (const match of encoded.matchAll(anywhere)) {
    const pieces = match[0].split('=\r\n')
    let [position, from] = [match.index, 0]
    for (const [number, piece] of pieces.entries()) {
      add(position)
      // Of a longer token, the last piece has the rest.
      const to = number === pieces.length - 1 ? undefined : from + piece.length
      places.push({ from, to, after: Buffer.alloc(0) })
      end = position + piece.length
      position = end + '=\r\n'.length
      from += piece.length
    }
  }
  add(encoded.length)
  return { before: before ?? Buffer.alloc(0), places }
}
