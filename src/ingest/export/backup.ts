import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Db } from '../../db/client.ts'
import { messageOf, OperatorError } from '../../values/errors.ts'
import { type ExportOptions, exportCatalogue } from './export.ts'
import { writeWhole } from './output-file.ts'

/** The names of backups sort by their moments. Other files in the directory are left alone. */
const BACKUP = /^daily-papers-\d{4}-\d{2}-\d{2}T\d{6}Z\.gz$/

export interface BackupOptions extends ExportOptions {
  /** How many backups stay in the directory. */
  keep: number
  now: Date
}

/**
 * Exports everything to a new file in a directory, which is created if missing, and then deletes the oldest backups.
 *
 * @returns the new file and the names of the deleted ones
 * @throws OperatorError if the directory cannot be used
 */
export async function backUp(
  db: Db,
  directory: string,
  { keep, now, ...options }: BackupOptions,
): Promise<{ file: string; rows: number; deleted: string[] }> {
  await mkdir(directory, { recursive: true }).catch((error) => {
    throw new OperatorError(`${directory} cannot be created: ${messageOf(error)}.`, { cause: error })
  })
  const name = `daily-papers-${now.toISOString().slice(0, 19).replaceAll(':', '')}Z.gz`
  const file = join(directory, name)
  const rows = await writeWhole(file, (to) => exportCatalogue(db, to, options))
  // After a clock was put back, the new one is not the last by name.
  const others = (await readdir(directory)).filter((each) => BACKUP.test(each) && each !== name).sort()
  const deleted = others.slice(0, Math.max(others.length - (keep - 1), 0))
  for (const each of deleted) await rm(join(directory, each))
  return { file, rows, deleted }
}
