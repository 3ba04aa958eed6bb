import { chmod, lstat, mkdir, readdir, stat } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { basename, dirname, isAbsolute, join } from 'node:path'
import { messageOf } from '../../values/errors.ts'
import { EmbeddedPostgresError } from './error.ts'
import { isRoot, type User } from './processes.ts'

/** Folders for files that Postgres cannot use in their usual place, best first. */
export function defaultCacheDirs(): string[] {
  // All users share the temporary folder. The name contains the user id, and `refusal` rejects a folder of another user.
  const temporary = join(tmpdir(), `daily-papers-${process.getuid?.() ?? 'cache'}`)
  const usual = isRoot() ? '/var/cache' : homeCache()
  return usual === undefined ? [temporary] : [join(usual, 'daily-papers'), temporary]
}

/** Undefined for a user without a home: without HOME and without an entry in /etc/passwd, where `homedir` throws. */
function homeCache(): string | undefined {
  try {
    const home = homedir()
    return isAbsolute(home) ? join(home, '.cache') : undefined
  } catch {
    return undefined
  }
}

/** Returns the first folder that only this process' user can write to and that `user` can enter. Creates it if missing. */
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
  // Programs run from this folder, so no other user may be able to put one there.
  if (uid !== (process.getuid?.() ?? uid)) return 'it belongs to another user'
  if (process.platform !== 'win32' && mode & 0o022) return 'others can write to it'
  if (!(await canEnter(folder, user))) return `user ${user?.uid} cannot enter it`
}

/** Whether the permission bits of every folder on the path let the user enter it. */
export async function canEnter(folder: string, user: User): Promise<boolean> {
  if (user === undefined) return true
  const { mode, uid, gid } = await stat(folder)
  const bit = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001
  if (!(mode & bit)) return false
  return dirname(folder) === folder || canEnter(dirname(folder), user)
}

/** Makes all files below a folder readable for every user, and the files in folders named `bin` executable. */
export async function openToAll(root: string): Promise<void> {
  await chmod(root, 0o755)
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    if (entry.isSymbolicLink()) continue
    const open = entry.isDirectory() || basename(entry.parentPath) === 'bin'
    await chmod(join(entry.parentPath, entry.name), open ? 0o755 : 0o644)
  }
}

/** Whether the path exists, be it a file, a folder or a broken link. */
export async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  )
}
