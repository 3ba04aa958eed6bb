import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { z } from 'zod'
import { migrations, VERSION } from '../../db/migrate.ts'
import { messageOf, OperatorError } from '../../values/errors.ts'

/**
 * The file of an export: JSON lines in UTF-8, compressed by gzip.
 *
 *     {"export":"daily-papers","v":1,"program":"0.1.0","migration":"0006_names","tables":["users","papers"],"lastIds":{"users":7,"papers":65}}
 *     {"users":{"id":1,"handle":"ada","name":null}}
 *     {"papers":{"id":1,"arxiv_id":"2510.10490","title":"On Tides"}}
 *     {"rows":3,"sha256":"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}
 *
 * The lines between the first and the last are the rows of the tables, in the order of their keys. Nothing in the file depends
 * on the moment of the export, so equal catalogues have equal files.
 */
export const EXPORT_VERSION = 1

export interface ExportHeader {
  /** The version of the program that wrote the file. */
  program: string
  /** The newest migration of its database. */
  migration: string
  /** The tables whose rows are in the file, each after those that it refers to. */
  tables: string[]
  /** The last id that each table gave out; null if none. The next row gets a higher one, even if that row is gone. */
  lastIds: Record<string, number | null>
}

/** What the header of a file says about this program. */
export const thisProgram = (): Pick<ExportHeader, 'program' | 'migration'> => ({
  program: VERSION,
  migration: migrations().at(-1)?.tag as string,
})

/** The texts of a file. `rowsOf` gives rows of one table after another, as JSON. */
export async function* writeExport(
  header: ExportHeader,
  rowsOf: AsyncIterable<{ table: string; rows: readonly string[] }>,
): AsyncGenerator<string, void, undefined> {
  const hash = createHash('sha256')
  const hashed = (text: string) => {
    hash.update(text)
    return text
  }
  yield hashed(`${JSON.stringify({ export: 'daily-papers', v: EXPORT_VERSION, ...header })}\n`)
  let count = 0
  for await (const { table, rows } of rowsOf) {
    count += rows.length
    yield hashed(rows.map((row) => `{"${table}":${row}}\n`).join(''))
  }
  yield `${JSON.stringify({ rows: count, sha256: hash.digest('hex') })}\n`
}

const tableName = z.string().regex(/^[a-z_]+$/)
const headerLine = z.object({
  export: z.literal('daily-papers'),
  v: z.number(),
  program: z.string(),
  migration: z.string(),
  tables: z.array(tableName),
  lastIds: z.record(tableName, z.int().nullable()),
})
/** `s`, because texts can contain characters that end a line in JavaScript, though not in JSON lines. */
const ROW = /^\{"([a-z_]+)":(\{.*\})\}$/s
const LAST_LINE = /^\{"rows":(\d+),"sha256":"([0-9a-f]{64})"\}$/

/**
 * Reads a whole file and compares it with its checksum.
 *
 * @returns its header and the number of its rows
 * @throws OperatorError if it is not a whole export, or that of a newer version
 */
export async function checkExport(
  file: string,
  onBytes: (bytes: number) => void,
): Promise<{ header: ExportHeader; rows: number }> {
  const damaged = (reason: string) => new OperatorError(`${file} is not a complete export: ${reason}`)
  const hash = createHash('sha256')
  let header: ExportHeader | undefined
  let count = 0
  let last: RegExpExecArray | null = null
  for await (const lines of linesOf(file, onBytes))
    for (const line of lines) {
      if (last) throw damaged('it goes on after its last line.')
      if (header === undefined) header = readHeader(file, line)
      else {
        last = LAST_LINE.exec(line)
        if (last) continue
        if (!ROW.test(line)) throw damaged(`its line ${count + 2} is not a row.`)
        count += 1
      }
      hash.update(line).update('\n')
    }
  if (header === undefined) throw damaged('it is empty.')
  if (!last) throw damaged('it is cut off.')
  if (Number(last[1]) !== count || last[2] !== hash.digest('hex')) throw damaged('its checksum is wrong.')
  return { header, rows: count }
}

function readHeader(file: string, line: string): ExportHeader {
  const read = headerLine.safeParse(jsonOf(line))
  if (!read.success)
    throw new OperatorError(`${file} is not a file of \`npm run export\`: its first line does not say so.`)
  const { v, program, migration } = read.data
  if (v > EXPORT_VERSION || !migrations().some(({ tag }) => tag === migration))
    throw new OperatorError(
      `${file} was written by version ${program}, whose tables this version ${thisProgram().program} does not know. ` +
        'Restore it with that version or a newer one.',
    )
  return read.data
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

/** The rows of a checked file, up to `most` of one table at a time. */
export async function* readRows(
  file: string,
  most: number,
): AsyncGenerator<{ table: string; rows: string[] }, void, undefined> {
  let table = ''
  let rows: string[] = []
  for await (const lines of linesOf(file, () => {}))
    for (const line of lines) {
      const [, name, row] = ROW.exec(line) ?? []
      // The first and the last line are not rows.
      if (name === undefined || row === undefined) continue
      if (name !== table || rows.length === most) {
        if (rows.length > 0) yield { table, rows }
        ;[table, rows] = [name, []]
      }
      rows.push(row)
    }
  if (rows.length > 0) yield { table, rows }
}

/** The lines of a compressed file, without the ends of the lines, many at a time. */
async function* linesOf(file: string, onBytes: (bytes: number) => void): AsyncGenerator<string[], void, undefined> {
  const source = createReadStream(file)
  source.on('data', (chunk) => onBytes(chunk.length))
  // An error of the source becomes one of the decompressed stream, which the loop throws.
  const decompressed = pipeline(source, createGunzip(), () => {}).setEncoding('utf8')
  let rest = ''
  try {
    for await (const text of decompressed) {
      const lines = `${rest}${text}`.split('\n')
      rest = lines.pop() as string
      yield lines
    }
  } catch (error) {
    throw unreadable(file, error)
  }
  if (rest !== '') yield [rest]
}

function unreadable(file: string, error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException
  if (code === 'ENOENT') return new OperatorError(`There is no file ${file}.`)
  if (code === 'Z_BUF_ERROR') return new OperatorError(`${file} is not a complete export: it is cut off.`)
  if (code?.startsWith('Z_'))
    return new OperatorError(`${file} is not an export, or it is damaged: it is not whole gzip data.`)
  if (code === undefined) return error
  return new OperatorError(`${file} cannot be read: ${messageOf(error)}.`)
}
