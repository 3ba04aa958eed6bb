import { mkdirSync, readdirSync, readFileSync, rmSync, statfsSync } from 'node:fs'
import { join } from 'node:path'

const MEMORY = '/dev/shm'
const NEEDED = 4 * 1024 ** 3
const NAME = /^papers-(\d+)$/

/**
 * Gives the run a temporary directory in memory, if Linux has 4 GB free for it and `TMPDIR` names no other. The tests create and
 * drop hundreds of databases of 600 files each, which the file system of a disk does slowly: ext4 creates a file far more slowly
 * for minutes after others were removed.
 */
export default function setup() {
  if (process.env.TMPDIR !== undefined || process.platform !== 'linux' || !canRunPrograms()) return
  removeLeftovers()
  const { bavail, bsize } = statfsSync(MEMORY)
  if (bavail * bsize < NEEDED) return
  const directory = join(MEMORY, `papers-${process.pid}`)
  mkdirSync(directory)
  process.env.TMPDIR = directory
  return () => rmSync(directory, { recursive: true, force: true })
}

/** Whether a tmpfs is mounted there whose files may be run: those of Docker's may not. */
function canRunPrograms(): boolean {
  const [, options] = /^\S+ \/dev\/shm tmpfs (\S+)/m.exec(readFileSync('/proc/mounts', 'utf8')) ?? []
  return options !== undefined && !options.split(',').includes('noexec')
}

/** Removes what runs left that were killed. */
function removeLeftovers(): void {
  for (const name of readdirSync(MEMORY)) {
    const [, pid] = NAME.exec(name) ?? []
    if (pid !== undefined && !isRunning(Number(pid))) rmSync(join(MEMORY, name), { recursive: true, force: true })
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
