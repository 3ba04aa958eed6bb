/** Safe HTML: built by `html`, which escapes every text, or written in this project. */
export class Html {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** A value in a template. Null, undefined and false render nothing. */
export type Part = string | number | Html | null | undefined | false | readonly Part[]

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/** Escapes a text for HTML and XML, both between tags and in quoted attributes. */
export const escapeText = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => ESCAPES[character] as string)

/** Builds HTML from a template. Quote attributes, and pass addresses in them through `linkAddress`. */
export function html(literals: TemplateStringsArray, ...parts: Part[]): Html {
  return new Html(literals.reduce((text, literal, place) => text + write(parts[place - 1]) + literal))
}

function write(part: Part): string {
  if (part === null || part === undefined || part === false) return ''
  if (part instanceof Html) return part.text
  if (typeof part === 'object') return part.map(write).join('')
  return escapeText(String(part))
}

/** An http or https address, or null: imported data can hold `javascript:` addresses. */
export function linkAddress(address: string | null | undefined): string | null {
  if (address == null || !URL.canParse(address)) return null
  const { protocol, href } = new URL(address)
  return protocol === 'https:' || protocol === 'http:' ? href : null
}
