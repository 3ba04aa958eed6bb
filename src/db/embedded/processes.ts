import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { readFile, readlink } from 'node:fs/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** The user and group of a child process; undefined for those of this process. */
export type User = { uid: number; gid: number } | undefined

/** The user `nobody` of Linux. */
export const NOBODY = { uid: 65534, gid: 65534 }

/**
 * The user that runs Postgres for root: `nobody`, or where the system has no user with that number, another one who is not
 * root, because `initdb` refuses a user without an entry in this file.
 */
export async function unprivilegedUser(passwd = '/etc/passwd'): Promise<NonNullable<User>> {
  const text = await readFile(passwd, 'utf8').catch(() => '')
  const users = [...text.matchAll(/^([^:\n]+):[^:\n]*:(\d+):(\d+):/gm)].map(([, name, uid, gid]) => ({
    name,
    uid: Number(uid),
    gid: Number(gid),
  }))
  const found =
    users.find(({ uid }) => uid === NOBODY.uid) ??
    users.find(({ name }) => name === 'nobody' || name === 'postgres') ??
    users.find(({ uid }) => uid !== 0)
  return found === undefined || found.uid === NOBODY.uid ? NOBODY : { uid: found.uid, gid: found.gid }
}

/** Whether this process runs as root; false on systems without root. */
export function isRoot(): boolean {
  return process.getuid?.() === 0
}

/**
 * Text that distinguishes a process from a later one with the same pid. Undefined if there is no such process; `alive` if the
 * system does not report when it started.
 */
export function identityOf(pid: number): string | undefined {
  if (existsSync('/proc/self/stat')) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
      // The second field is the program's name and can hold spaces and parentheses.
      const [state, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      // A zombie has ended, even if its parent never reaps it.
      if (state === 'Z' || state === 'X') return undefined
      // The start time counts from boot, so it can repeat after a reboot. The boot id makes it unique.
      return `${readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()} ${rest[18]}`
    } catch {
      return undefined
    }
  }
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return undefined
  }
  return 'alive'
}

/** Whether `pid` is the postmaster of the directory; undefined if the system does not tell. */
export async function isPostmasterOf(pid: number, directory: string): Promise<boolean | undefined> {
  if (identityOf(pid) === undefined) return false
  // The working directory of a postmaster is its data directory. Root in a container may not be allowed to read it.
  const place = await readlink(`/proc/${pid}/cwd`).catch(() => undefined)
  if (place !== undefined) return place === directory
  const command = await commandOf(pid)
  if (command === undefined) return undefined
  if (!command.includes('postgres')) return false
  return command.includes(directory) || undefined
}

async function commandOf(pid: number): Promise<string | undefined> {
  if (process.platform === 'win32') return undefined
  if (process.platform === 'linux') return readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => undefined)
  return run('ps', ['-ww', '-o', 'command=', '-p', String(pid)]).then(
    ({ stdout }) => stdout,
    () => undefined,
  )
}
