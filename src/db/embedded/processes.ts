import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { readFile, readlink } from 'node:fs/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** The user and group a child process runs as; undefined for those of this process. */
export type User = { uid: number; gid: number } | undefined

/** `nobody` on Linux. Its number is used because images without an entry for the name exist. */
export const NOBODY = { uid: 65534, gid: 65534 }

/** Whether this process runs as root; false where there is no such thing. */
export function isRoot(): boolean {
  return process.getuid?.() === 0
}

/**
 * What tells a process from a later one with the same pid: undefined when there is no such process,
 * and only `alive` where the system does not say when it started.
 */
export function identityOf(pid: number): string | undefined {
  if (existsSync('/proc/self/stat')) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
      // The second field is the program's name and can hold spaces and parentheses.
      const [state, ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      // A zombie is dead: whoever should reap it may never do so.
      if (state === 'Z' || state === 'X') return undefined
      // Counted from boot, so a reboot can bring the same number again: hence the boot's own id.
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

/** Whether `pid` is the postmaster of the directory; undefined where the system does not say. */
export async function isPostmasterOf(pid: number, directory: string): Promise<boolean | undefined> {
  if (identityOf(pid) === undefined) return false
  // A postmaster works inside its data directory. Root in a container may not see where others work.
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
