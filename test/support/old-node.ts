import { execFile } from 'node:child_process'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { ROOT } from './program.ts'

/** The first Node on the path that is older than the programs need, such as that of Debian; null without one. */
export async function findOldNode(): Promise<string | null> {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    if (folder.startsWith(ROOT)) continue
    const node = join(folder, 'node')
    const version = await promisify(execFile)(node, ['--version']).catch(() => null)
    if (version && Number(/^v(\d+)/.exec(version.stdout)?.[1]) < 24) return node
  }
  return null
}
