import { chmod, lstat, mkdir, readdir, stat } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { messageOf } from '../../values/errors.ts'
import { EmbeddedPostgresError } from './error.ts'
import { isRoot, type User } from './processes.ts'

/** Folders for what cannot stay where it is, best first. */
export function defaultCacheDirs(): string[] {
  // The temporary folder is shared: the name there is this user's own, and `refusal` below looks for a planted one.
  const temporary = join(tmpdir(), `daily-papers-${process.getuid?.() ?? 'cache'}`)
  return [isRoot() ? '/var/cache/daily-papers' : join(homedir(), '.cache', 'daily-papers'), temporary]
}

/** The first of the folders that is ours alone to write and that `user` can enter. Makes it if needed. */
export async function usableCacheDir(cacheDirs: string[], user: User): Promise<string> {
  const refusals: string[] = []
  for (const folder of cacheDirs) {
    const why = await refusal(folder, user).catch(messageOf)
    if (why === undefined) return folder
    refusals.push(`${folder}: ${why}`)
  }
  throw new EmbeddedPostgresError(
    `The embedded Postgres needs a folder outside the checkout, and none can be used (${refusals.join('; ')}): \
make one of them usable, or set DATABASE_URL to a Postgres of your own.`,
  )
}

async function refusal(folder: string, user: User): Promise<string | undefined> {
  if (await mkdir(folder, { recursive: true, mode: 0o755 })) await chmod(folder, 0o755)
  const { uid, mode } = await lstat(folder)
  // What is run from here must not be something that another user has put here.
  if (uid !== (process.getuid?.() ?? uid)) return 'it belongs to another user'
  if (process.platform !== 'win32' && mode & 0o022) return 'others can write to it'
  if (!(await canEnter(folder, user))) return `user ${user?.uid} cannot enter it`
}

/** Whether the user may pass through every folder of the path, by the permission bits of each. */
export async function canEnter(folder: string, user: User): Promise<boolean> {
  if (user === undefined) return true
  const { mode, uid, gid } = await stat(folder)
  const bit = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001
  if (!(mode & bit)) return false
  return dirname(folder) === folder || canEnter(dirname(folder), user)
}

/** Lets everybody read a tree of files, and run what is in a folder named `bin`. */
export async function openToAll(root: string): Promise<void> {
  await chmod(root, 0o755)
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    if (entry.isSymbolicLink()) continue
    const open = entry.isDirectory() || basename(entry.parentPath) === 'bin'
    await chmod(join(entry.parentPath, entry.name), open ? 0o755 : 0o644)
  }
}

/** Whether there is anything at the path. */
export async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  )
}
