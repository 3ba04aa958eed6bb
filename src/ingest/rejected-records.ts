import { appendFileSync, closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import type { InputProblem } from './sources/input-files.ts'
import { COMMENT } from './sources/lines.ts'

/** A file of rejected records. */
interface RejectedFile {
  path: string
  records: number
  descriptor: number
  /** What stands around the elements of the XML document that is being written. */
  frame: { start: string; end: string } | null
}

const XML = '<?xml version="1.0" encoding="UTF-8"?>'

/**
 * Writes records that were rejected, each after a comment with its place and the reason, so that a person can correct them and
 * the same source can read them again. Lines and elements of XML are in two files. Without records there is no file.
 */
export class RejectedRecords {
  #name: string
  #files = new Map<string, RejectedFile>()

  /** @param name the path of the files without their extension */
  constructor(name: string) {
    this.#name = name
  }

  /**
   * Writes the record of a problem. A problem of a whole file has none.
   *
   * @throws Error of the file system
   */
  add({ file, position, reason, raw }: InputProblem): void {
    if (raw === undefined) return
    const { text, frame } = raw()
    const comment = printable(`${file}:${position}: ${reason}`)
    if (frame === undefined) {
      const lines = this.#open('.jsonl')
      appendFileSync(lines.descriptor, `${COMMENT}${comment}\n`)
      appendFileSync(lines.descriptor, text)
      appendFileSync(lines.descriptor, '\n')
      lines.records += 1
      return
    }
    const xml = this.#open('.xml')
    if (xml.frame?.start !== frame.start) {
      endDocument(xml)
      appendFileSync(xml.descriptor, `${XML}\n${frame.start}\n`)
      xml.frame = frame
    }
    appendFileSync(xml.descriptor, `<!-- ${comment.replace(/-(?=-)/g, '- ')} -->\n${text}\n`)
    xml.records += 1
  }

  /** Ends the files, and returns their paths with the numbers of their records. */
  close(): { path: string; records: number }[] {
    const written = [...this.#files.values()]
    for (const file of written) {
      endDocument(file)
      closeSync(file.descriptor)
    }
    this.#files.clear()
    return written.map(({ path, records }) => ({ path, records }))
  }

  #open(extension: string): RejectedFile {
    const known = this.#files.get(extension)
    if (known !== undefined) return known
    const path = this.#name + extension
    mkdirSync(dirname(path), { recursive: true })
    const opened: RejectedFile = { path, records: 0, descriptor: openSync(path, 'wx'), frame: null }
    this.#files.set(extension, opened)
    return opened
  }
}

function endDocument({ descriptor, frame }: RejectedFile): void {
  if (frame !== null && frame.end !== '') appendFileSync(descriptor, `${frame.end}\n`)
}

/** File names and quoted values may contain control sequences of the terminal, and line ends. */
export const printable = (text: string): string =>
  text.replace(/\p{Cc}/gu, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`)
