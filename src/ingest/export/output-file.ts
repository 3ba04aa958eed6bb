import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import type { Writable } from 'node:stream'
import { messageOf, OperatorError } from '../../values/errors.ts'

/**
 * Writes a file that is complete or not there: under another name until its last byte is on the disk. An existing file stays
 * until then. Only its owner can read it unless `mode` says otherwise, because an export contains votes and hashes of tokens.
 *
 * @throws OperatorError if it cannot be written
 */
export async function writeWhole<Result>(
  file: string,
  write: (to: Writable) => Promise<Result>,
  mode = 0o600,
): Promise<Result> {
  const partial = `${file}.partial`
  let opened: FileHandle | undefined
  try {
    opened = await open(partial, 'w', mode)
    const result = await write(opened.createWriteStream({ flush: true }))
    await rename(partial, file)
    return result
  } catch (error) {
    // What fails before it writes leaves it open.
    await opened?.close().catch(() => {})
    await rm(partial, { force: true }).catch(() => {})
    const { syscall, code } = error as NodeJS.ErrnoException
    if (syscall === undefined || !/^(open|write|fsync|close|rename)$/.test(syscall)) throw error
    const remedy = /^(ENOSPC|EDQUOT)$/.test(code ?? '') ? ' Make room on its disk, or name a file on another one.' : ''
    throw new OperatorError(`${file} cannot be written: ${messageOf(error)}.${remedy}`, { cause: error })
  }
}
