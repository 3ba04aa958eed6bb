import { createHash } from 'node:crypto'
import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { messageOf, OperatorError } from '../../values/errors.ts'
import { thisProgram } from './export-file.ts'
import { writeWhole } from './output-file.ts'

/** The files of a dump. The manifest is written last: without it, a dump is not complete. */
const PAPERS = 'papers.jsonl.gz'
const MANIFEST = 'manifest.json'

/** Everybody may read them: what they contain is public. */
const MODE = 0o644

/** What the manifest says beside the file. */
export interface DumpAbout {
  /** The address of the server. */
  server: string
  /** The cursor of changes to go on from. */
  after: string
  /** Under which licence the metadata may be used. */
  license: string
}

/**
 * Writes lines of papers to a directory that is empty or missing, and a manifest.
 *
 * @param about called after the last line
 * @throws OperatorError if the directory cannot be used
 */
export async function writeDump(
  directory: string,
  pages: AsyncIterable<readonly string[]>,
  about: () => DumpAbout,
  signal: AbortSignal,
): Promise<{ papers: number; bytes: number }> {
  await refuseUsed(directory)
  const hash = createHash('sha256')
  let papers = 0
  let bytes = 0
  async function* texts() {
    for await (const lines of pages) {
      papers += lines.length
      yield lines.map((line) => `${line}\n`).join('')
    }
  }
  async function* hashed(chunks: AsyncIterable<Buffer>) {
    for await (const chunk of chunks) {
      hash.update(chunk)
      bytes += chunk.length
      yield chunk
    }
  }
  await writeWhole(join(directory, PAPERS), (to) => pipeline(texts, createGzip(), hashed, to, { signal }), MODE)
  const { server, after, license } = about()
  const manifest = {
    dump: 'daily-papers',
    v: 1,
    program: thisProgram().program,
    server,
    papers,
    files: [{ name: PAPERS, lines: papers, bytes, sha256: hash.digest('hex') }],
    changes: { after, url: `${server}/changes.jsonl?after=${after}` },
    license,
  }
  const text = `${JSON.stringify(manifest, null, 2)}\n`
  await writeWhole(join(directory, MANIFEST), (to) => pipeline([text], to, { signal }), MODE)
  return { papers, bytes }
}

async function refuseUsed(directory: string): Promise<void> {
  const names = await mkdir(directory, { recursive: true })
    .then(() => readdir(directory))
    .catch((error) => {
      throw new OperatorError(`${directory} cannot be used: ${messageOf(error)}.`, { cause: error })
    })
  const [first] = names
  if (first !== undefined)
    throw new OperatorError(`${directory} is not empty: it has ${first}. Name an empty directory, or a new one.`)
}
