/** HTML that is safe to send: made by `html`, which escapes every text put into it, or written in this project. */
export class Html {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** What may stand in a template. Null, undefined and false stand for nothing. */
export type Part = string | number | Html | null | undefined | false | readonly Part[]

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/** A text as it stands in HTML and XML, between tags and within quoted attributes alike. */
export const escapeText = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => ESCAPES[character] as string)

/** HTML from a template. Attributes must be quoted, and an address put into one must have been through `linkAddress`. */
export function html(literals: TemplateStringsArray, ...parts: Part[]): Html {
  return new Html(literals.reduce((text, literal, place) => text + write(parts[place - 1]) + literal))
}

function write(part: Part): string {
  if (part === null || part === undefined || part === false) return ''
  if (part instanceof Html) return part.text
  if (typeof part === 'object') return part.map(write).join('')
  return escapeText(String(part))
}

/** An address that a link may lead to, or null: an import can bring `javascript:` too. */
export function linkAddress(address: string | null | undefined): string | null {
  if (address == null || !URL.canParse(address)) return null
  const { protocol, href } = new URL(address)
  return protocol === 'https:' || protocol === 'http:' ? href : null
}
