import { execFile, spawn } from 'node:child_process'
import { type FileHandle, open, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { messageOf } from '../../values/errors.ts'
import { type Binaries, packageRoot } from './binaries.ts'
import { codeOf, EmbeddedPostgresError } from './error.ts'
import { identityOf, isPostmasterOf, type User } from './processes.ts'
import { CLUSTER_NAME, serves } from './sessions.ts'

const START_LIMIT = 30_000

const PARAMETERS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  cluster_name: CLUSTER_NAME,
  max_connections: '100',
  shared_buffers: '128MB',
  huge_pages: 'off',
  jit: 'off',
  log_checkpoints: 'off',
  log_timezone: 'UTC',
  timezone: 'UTC',
}

export interface Postmaster {
  pid: number
  port: number
}

/** What `postmaster.pid` says, if there is one; a number that is not written in it yet is 0. */
export async function readPidFile(cluster: string): Promise<(Postmaster & { ready: boolean }) | undefined> {
  const text = await readFile(join(cluster, 'postmaster.pid'), 'utf8').catch((error) => {
    if (codeOf(error) !== 'ENOENT') throw error
  })
  if (text === undefined) return undefined
  const [pid, , , port, , , , status] = text.split('\n')
  // The pid of a single-user Postgres is written with a minus.
  return { pid: Math.abs(Number(pid)), port: Number(port) || 0, ready: status?.trim() === 'ready' }
}

/**
 * The Postgres that runs on the cluster, once it answers. One that is starting, recovering or stopping is waited
 * for. Undefined when there is none; then nothing is left that would keep a new one from starting.
 */
export async function findPostmaster(
  cluster: string,
  password: string,
  say: (line: string) => void,
): Promise<Postmaster | undefined> {
  const begun = Date.now()
  for (; ; await sleep(50)) {
    const found = await readPidFile(cluster)
    if (found === undefined) return undefined
    const { pid, port, ready } = found
    // An empty file is that of a Postgres which is writing it, or else of a power cut.
    const running = pid === 0 ? Date.now() < begun + 1000 : await isPostmasterOf(pid, cluster)
    if (running === false) {
      // Postgres itself sees that a pid is gone, but not that it now belongs to another program. With the process
      // gone it also needs the file, to see whether its children live on.
      if (pid === 0 || identityOf(pid) !== undefined) await rm(join(cluster, 'postmaster.pid'), { force: true })
      say(`recovered a stale lock: the Postgres ${pid ? `with pid ${pid} ` : ''}on ${cluster} ended without stopping`)
      return undefined
    }

    let why = 'it is not ready'
    try {
      if (ready && (await serves(port, password, cluster))) return { pid, port }
    } catch (error) {
      why = messageOf(error)
      if (running && codeOf(error)?.startsWith('28')) {
        throw new EmbeddedPostgresError(
          `The Postgres that runs on ${cluster} (pid ${pid}) refuses the password kept beside it (${why}): \
put the right one into postgres.password.`,
        )
      }
    }
    if (Date.now() > begun + START_LIMIT) {
      const advice = running
        ? 'wait for it, or stop it with kill -INT'
        : `if that is not a Postgres, remove ${join(cluster, 'postmaster.pid')}`
      throw new EmbeddedPostgresError(
        `The process ${pid} holds ${cluster} and does not answer as Postgres for ${START_LIMIT / 1000} seconds \
(${why}): ${advice}, and start again.`,
      )
    }
  }
}

/** Starts Postgres on a cluster on which none runs, and waits until it answers. */
export async function launch(options: {
  cluster: string
  password: string
  binaries: Binaries
  user: User
  logFile: string
  parameters: Record<string, string>
  choosePort?: () => Promise<number>
}): Promise<Postmaster> {
  const { choosePort = freePort } = options
  const deadline = Date.now() + START_LIMIT
  for (;;) {
    const port = await choosePort()
    const log = await open(options.logFile, 'a+', 0o600)
    try {
      if (options.user) await log.chown(options.user.uid, options.user.gid)
      const failure = await attempt(options, port, log, deadline)
      if (typeof failure !== 'string') return failure
      const passes = [
        // Somebody else got the port first.
        /could not create any TCP\/IP sockets/,
        // The children of a killed postmaster notice its death a moment later.
        /pre-existing shared memory block/,
      ]
      if (!passes.some((pass) => pass.test(failure)) || Date.now() > deadline) {
        throw new EmbeddedPostgresError(
          `Postgres did not start on ${options.cluster}. The end of ${options.logFile}:\n${failure}`,
        )
      }
    } finally {
      await log.close()
    }
    await sleep(100)
  }
}

/** The Postgres once it answers, or else the end of what it wrote to the log. */
async function attempt(
  { cluster, password, binaries, user, parameters }: Parameters<typeof launch>[0],
  port: number,
  log: FileHandle,
  deadline: number,
): Promise<Postmaster | string> {
  const { size: before } = await log.stat()
  const settings = Object.entries({ ...PARAMETERS, ...parameters, port: String(port) })
  const child = spawn(
    binaries.postgres,
    ['-D', cluster, ...settings.flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    {
      ...user,
      cwd: cluster,
      // Nothing of this program's environment: secrets in it are not for a process that outlives it.
      env: { LC_ALL: 'C' },
      // A process group of its own, out of reach of a Ctrl-C in the terminal.
      detached: true,
      windowsHide: true,
      stdio: ['ignore', log.fd, log.fd],
    },
  )
  let ended: string | undefined
  child.once('error', (error) => {
    ended = messageOf(error)
  })
  child.once('exit', (code, signal) => {
    ended = `(ended with ${signal ?? `code ${code}`})`
  })
  child.unref()

  let why = 'it did not become ready'
  while (ended === undefined && Date.now() < deadline) {
    await sleep(20)
    const found = await readPidFile(cluster)
    // Before it is ready, another program may hold the port.
    if (!found?.ready || found.pid !== child.pid) continue
    try {
      if (await serves(port, password, cluster)) return { pid: child.pid, port }
    } catch (error) {
      why = messageOf(error)
    }
  }
  const tail = (await readFrom(log, before)).trim().split('\n').slice(-12).join('\n')
  if (ended !== undefined) return `${tail}\n${ended}`
  // Left to finish a long recovery; the next start finds it.
  if (/recovery|redo/.test(tail)) return `${tail}\nIt is still recovering after ${START_LIMIT / 1000} s: start again.`
  child.kill('SIGQUIT')
  return `${tail}\nIt did not answer for ${START_LIMIT / 1000} seconds: ${why}`
}

async function readFrom(file: FileHandle, position: number): Promise<string> {
  const { size } = await file.stat()
  const { buffer } = await file.read(Buffer.alloc(size - position), 0, size - position, position)
  return buffer.toString('utf8')
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address ? address.port : 0
}

/** Ends every session and stops Postgres; returns when it is gone. */
export async function shutDown({ pid }: Postmaster, cluster: string): Promise<void> {
  if (process.platform === 'win32') {
    // There a signal would be a kill.
    const control = join(packageRoot(), 'native', 'bin', 'pg_ctl.exe')
    await promisify(execFile)(control, ['stop', '-w', '-m', 'fast', '-D', cluster], { windowsHide: true })
    return
  }
  const identity = identityOf(pid)
  const gone = () => identity === undefined || identityOf(pid) !== identity
  for (const [signal, patience] of [['SIGINT', 20_000] as const, ['SIGQUIT', 10_000] as const]) {
    if (!gone()) send(pid, signal)
    for (const deadline = Date.now() + patience; Date.now() < deadline; await sleep(10)) if (gone()) return
  }
  throw new EmbeddedPostgresError(`The Postgres with pid ${pid} on ${cluster} does not stop: look at its log.`)
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    // It may have ended since it was looked at.
    if (codeOf(error) !== 'ESRCH') throw error
  }
}
