import type { Parser } from 'htmlparser2'
import type { Raw } from './input-files.ts'

/** In characters. What stands before the first element is kept up to this length; it names the feed, and declares prefixes. */
const LONGEST_HEAD = 16_384

/** The text that a parser reads, as far as it may still be needed: that of the current element, and the start of the document. */
export class SourceText {
  #parser: Parser
  #text = ''
  /** The index of the parser at which `#text` begins. */
  #base = 0
  #documentStart: number | null = null
  #elementStart: number | null = null
  /** The names and tags of the open elements around the yielded ones. */
  #ancestors: { name: string; tag: string }[] = []
  #frame: { start: string; end: string } | null = null

  constructor(parser: Parser) {
    this.#parser = parser
  }

  add(text: string): void {
    this.#text += text
  }

  /** Forgets what is not needed any more. */
  forget(): void {
    const read = this.#parser.endIndex + 1
    if (this.#documentStart !== null && read - this.#documentStart > LONGEST_HEAD) this.#documentStart = null
    const needed = Math.min(this.#elementStart ?? read, this.#documentStart ?? read)
    this.#text = this.#text.slice(needed - this.#base)
    this.#base = needed
  }

  beginDocument(): void {
    this.#documentStart = this.#parser.startIndex
    this.#frame = null
  }

  openAncestor(name: string): void {
    this.#ancestors.push({ name, tag: this.#slice(this.#parser.startIndex, this.#parser.endIndex + 1) })
  }

  closeAncestor(): void {
    this.#ancestors.pop()
  }

  beginElement(): void {
    const start = this.#parser.startIndex
    this.#elementStart = start
    if (this.#frame !== null) return
    const tags = this.#ancestors.map(({ tag }) => tag).join('')
    const end = this.#ancestors.map(({ name }) => `</${name}>`).toReversed()
    const head = this.#documentStart === null ? tags : this.#slice(this.#documentStart, start)
    this.#frame = { start: head.trim(), end: end.join('') }
    this.#documentStart = null
  }

  /** @param isOpen whether the last tag does not belong to it, because its own end is missing */
  endElement(isOpen: boolean): Raw {
    const { startIndex, endIndex } = this.#parser
    const text = this.#slice(this.#elementStart ?? startIndex, isOpen ? startIndex : endIndex + 1).trim()
    const frame = this.#frame ?? { start: '', end: '' }
    this.#elementStart = null
    // The parser does not count the blanks of an end tag.
    return () => ({ text: isOpen || text.endsWith('>') ? text : `${text}>`, frame })
  }

  #slice(from: number, to: number): string {
    return this.#text.slice(from - this.#base, to - this.#base)
  }
}
