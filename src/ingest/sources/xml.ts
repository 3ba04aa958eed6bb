import { Parser } from 'htmlparser2'
import { type Raw, UnreadableInput } from './input-files.ts'
import { MEBIBYTE, tooLong } from './lines.ts'
import type { FileReading } from './source.ts'
import { SourceText } from './xml-source-text.ts'

/** An element of XML. Names have no prefix: `arxiv:doi` is `doi`. */
export interface XmlElement {
  name: string
  attributes: Record<string, string>
  children: XmlElement[]
  /** The text between the children. */
  text: string
}

export interface XmlForm {
  /** What the first element must be. */
  roots: readonly string[]
  /** The form in words, with its article, for the error about another first element. */
  called: string
  /** The elements to yield, each with all that is in it. */
  yielded: readonly string[]
}

/** In characters. The longest real record, with 3,000 authors and their affiliations, has 600 kB. */
const LARGEST_ELEMENT = 16 * MEBIBYTE
/** In characters. The parser keeps tags, comments and CDATA sections until their end. */
const LONGEST_TAG = MEBIBYTE
const MOST_LEVELS = 256

/** A complete element, its number among those of its name, and its text. */
interface FoundElement {
  element: XmlElement
  position: number
  raw: Raw
}

/**
 * Yields elements of an XML file, numbered by name from 1. Of the rest nothing is kept, so a file of any size fits in
 * memory. Several documents may follow each other in a file. Damaged elements are reported and left out.
 *
 * @throws UnreadableInput if the file has another form
 */
export async function* readXml(
  { file, bytes, report }: FileReading,
  form: XmlForm,
): AsyncGenerator<FoundElement, void, undefined> {
  const reportFile = (reason: string) => report({ file: file.name, position: null, reason })
  const collector = new Collector(form, (problem) => report({ file: file.name, ...problem }))
  let hasText = false
  for await (const text of decodeXml(bytes)) {
    hasText ||= /\S/.test(text)
    collector.write(text)
    yield* collector.take()
  }
  if (!hasText) return reportFile('It is empty.')
  if (!collector.hasRoot) return reportFile('It is not XML.')
  if (collector.isOpen) reportFile('The XML is cut off.')
}

/** Builds the yielded elements from what the parser finds. */
class Collector {
  hasRoot = false
  #form: XmlForm
  #report: (problem: { position: number; reason: string; raw: Raw }) => void
  #parser: Parser
  #source: SourceText
  #level = 0
  /** The open elements from the yielded one on. */
  #open: XmlElement[] = []
  #fault: string | null = null
  #size = 0
  #positions = new Map<string, number>()
  #complete: FoundElement[] = []
  #sinceLastEvent = 0

  constructor(form: XmlForm, report: (problem: { position: number; reason: string; raw: Raw }) => void) {
    this.#form = form
    this.#report = report
    this.#parser = new Parser(
      {
        onopentag: (name, attributes) => this.#onOpen(name, attributes),
        ontext: (text) => this.#onText(text),
        onclosetag: (name, isImplied) => this.#onClose(localName(name), isImplied),
        oncomment: () => this.#onEvent(),
      },
      { xmlMode: true },
    )
    this.#source = new SourceText(this.#parser)
  }

  get isOpen(): boolean {
    return this.#level > 0
  }

  write(text: string): void {
    this.#sinceLastEvent += text.length
    this.#source.add(text)
    this.#parser.write(text)
    this.#source.forget()
    if (this.#sinceLastEvent > LONGEST_TAG) throw new UnreadableInput('It has a tag or a comment of more than 1 MiB.')
  }

  /** The elements that are complete since the last call. */
  take(): FoundElement[] {
    const complete = this.#complete
    this.#complete = []
    return complete
  }

  #onEvent(): void {
    this.#sinceLastEvent = 0
  }

  #onOpen(qualifiedName: string, attributes: Record<string, string>): void {
    this.#onEvent()
    const name = localName(qualifiedName)
    const { roots, called, yielded } = this.#form
    if (this.#level === 0 && !roots.includes(name)) throw new UnreadableInput(`It must be ${called}, not <${name}>.`)
    if (this.#level === 0) this.#source.beginDocument()
    this.hasRoot = true
    this.#level += 1
    if (this.#level > MOST_LEVELS) throw new UnreadableInput(`The XML has more than ${MOST_LEVELS} levels.`)
    const [outermost] = this.#open
    if (outermost?.name === name) {
      // They are never in each other, so this one begins because the end of the last one is missing.
      this.#fault ??= noEnd(name)
      this.#finish(outermost, true)
    }
    const parent = this.#open.at(-1)
    if (parent === undefined) {
      if (yielded.includes(name)) this.#source.beginElement()
      else {
        this.#source.openAncestor(qualifiedName)
        return
      }
    }
    const element: XmlElement = { name, attributes, children: [], text: '' }
    this.#open.push(element)
    this.#grow(name.length + 100)
    for (const value of Object.values(attributes)) this.#grow(value.length, value)
    if (this.#fault === null) parent?.children.push(element)
  }

  #onText(text: string): void {
    this.#onEvent()
    const element = this.#open.at(-1)
    if (element === undefined) return
    this.#grow(text.length, text)
    if (this.#fault === null) element.text += text
  }

  #onClose(name: string, isImplied: boolean): void {
    this.#onEvent()
    this.#level -= 1
    const element = this.#open.pop()
    if (element === undefined) {
      this.#source.closeAncestor()
      return
    }
    // The parser also calls the end of an empty element implied.
    const isEmpty = element.text === '' && element.children.length === 0
    if (isImplied && !isEmpty) this.#fault ??= noEnd(name)
    if (this.#open.length === 0) this.#finish(element, isImplied && !isEmpty)
  }

  /** @param isOpen whether its end is missing */
  #finish(element: XmlElement, isOpen: boolean): void {
    const position = (this.#positions.get(element.name) ?? 0) + 1
    this.#positions.set(element.name, position)
    const raw = this.#source.endElement(isOpen)
    if (this.#fault === null) this.#complete.push({ element, position, raw })
    else this.#report({ position, reason: this.#fault, raw })
    this.#open = []
    this.#fault = null
    this.#size = 0
  }

  #grow(length: number, text = ''): void {
    this.#size += length
    if (this.#size > LARGEST_ELEMENT) this.#fault ??= tooLong(LARGEST_ELEMENT)
    // The decoder puts it in place of bytes that are no character.
    if (text.includes('\ufffd')) this.#fault ??= 'It has bytes that are not text in the encoding of the file.'
    // Nothing of it is needed any more.
    if (this.#fault !== null) for (const element of this.#open) element.children = []
  }
}

const noEnd = (name: string): string => `The element <${name}> has no end.`

const localName = (name: string): string => name.slice(name.indexOf(':') + 1)

/** How many bytes the declaration with the encoding is looked for in. */
const DECLARATION = 256

/** The text of XML in the encoding that its first bytes or its declaration name. */
export async function* decodeXml(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string, void, undefined> {
  let decoder: TextDecoder | null = null
  let start: Uint8Array = new Uint8Array()
  for await (const chunk of bytes) {
    if (decoder !== null) {
      yield decoder.decode(chunk, { stream: true })
      continue
    }
    start = Buffer.concat([start, chunk])
    if (start.length < DECLARATION) continue
    decoder = decoderFor(start)
    yield decoder.decode(start, { stream: true })
  }
  yield decoder === null ? decoderFor(start).decode(start) : decoder.decode()
}

function decoderFor(start: Uint8Array): TextDecoder {
  const isUtf16 = (start[0] === 0xff && start[1] === 0xfe) || (start[0] === 0xfe && start[1] === 0xff)
  const declaration = Buffer.from(start.subarray(0, DECLARATION)).toString('latin1')
  const [, declared] = /<\?xml[^>]*\sencoding\s*=\s*["']([^"']+)["']/.exec(declaration) ?? []
  const encoding = isUtf16 ? (start[0] === 0xff ? 'utf-16le' : 'utf-16be') : (declared ?? 'utf-8')
  try {
    return new TextDecoder(encoding)
  } catch {
    throw new UnreadableInput(`Its encoding ${JSON.stringify(encoding)} is not known.`)
  }
}

/** The children of that name. */
export const childrenOf = (element: XmlElement, name: string): XmlElement[] =>
  element.children.filter((child) => child.name === name)

/** The text of the first child of that name without the white space around it; null if it is blank or missing. */
export const textIn = (element: XmlElement, name: string): string | null =>
  element.children.find((child) => child.name === name)?.text.trim() || null

/**
 * The text of a child that must be there.
 *
 * @throws Error whose message is one sentence that names the child
 */
export function requiredText(element: XmlElement, name: string): string {
  const text = textIn(element, name)
  if (text === null) throw new Error(`${name} is missing.`)
  return text
}
