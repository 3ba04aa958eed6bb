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

/** Milliseconds that Postgres has to start. */
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

/** Reads `postmaster.pid`, if it exists. A number that Postgres has not written yet is 0. */
export async function readPidFile(cluster: string): Promise<(Postmaster & { ready: boolean }) | undefined> {
  const text = await readFile(join(cluster, 'postmaster.pid'), 'utf8').catch((error) => {
    if (codeOf(error) !== 'ENOENT') throw error
  })
  if (text === undefined) return undefined
  const [pid, , , port, , , , status] = text.split('\n')
  // A Postgres in single-user mode writes its pid as a negative number.
  return { pid: Math.abs(Number(pid)), port: Number(port) || 0, ready: status?.trim() === 'ready' }
}

/**
 * Finds the Postgres that runs on the cluster and waits until it accepts connections or has stopped. Returns undefined if
 * there is none; then nothing prevents the start of a new one.
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
    // An empty file belongs to a Postgres that is about to write it, or is left from a power failure.
    const running = pid === 0 ? Date.now() < begun + 1000 : await isPostmasterOf(pid, cluster)
    if (running === false) {
      // Postgres notices that a pid has ended, but not that it belongs to another program now. If the process has ended,
      // Postgres also needs the file to check whether its children are still running.
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
          `The Postgres that runs on ${cluster} (pid ${pid}) rejects the password in postgres.password (${why}): \
put the right one there.`,
        )
      }
    }
    if (Date.now() > begun + START_LIMIT) {
      const advice = running
        ? 'wait for it, or stop it with kill -INT'
        : `if that is not a Postgres, remove ${join(cluster, 'postmaster.pid')}`
      throw new EmbeddedPostgresError(
        `The process ${pid} holds ${cluster} and has not accepted connections for ${START_LIMIT / 1000} seconds \
(${why}): ${advice}, and start again.`,
      )
    }
  }
}

/** Starts Postgres on a cluster where none runs, and waits until it accepts connections. */
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
      const temporary = [
        // Another program took the port first.
        /could not create any TCP\/IP sockets/,
        // The children of a killed postmaster end a moment after it.
        /pre-existing shared memory block/,
      ]
      if (!temporary.some((pattern) => pattern.test(failure)) || Date.now() > deadline) {
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

/** Starts Postgres once. Returns it when it accepts connections, or the end of its log if it failed. */
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
      // Not this program's environment: it may contain secrets, and Postgres may outlive this program.
      env: { LC_ALL: 'C' },
      // In its own process group, so that Ctrl-C in the terminal does not reach it.
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
    // Until Postgres is ready, the port may belong to another program.
    if (!found?.ready || found.pid !== child.pid) continue
    try {
      if (await serves(port, password, cluster)) return { pid: child.pid, port }
    } catch (error) {
      why = messageOf(error)
    }
  }
  const tail = (await readFrom(log, before)).trim().split('\n').slice(-12).join('\n')
  if (ended !== undefined) return `${tail}\n${ended}`
  // Not killed, so that a long recovery can finish. The next start finds it.
  if (/recovery|redo/.test(tail)) return `${tail}\nIt is still recovering after ${START_LIMIT / 1000} s: start again.`
  child.kill('SIGQUIT')
  return `${tail}\nIt did not accept connections for ${START_LIMIT / 1000} seconds: ${why}`
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

/** Ends all sessions and stops Postgres. Returns when the process has ended. */
export async function shutDown({ pid }: Postmaster, cluster: string): Promise<void> {
  if (process.platform === 'win32') {
    // On Windows, a signal would kill the process.
    const control = join(packageRoot(), 'native', 'bin', 'pg_ctl.exe')
    await promisify(execFile)(control, ['stop', '-w', '-m', 'fast', '-D', cluster], { windowsHide: true })
    return
  }
  const identity = identityOf(pid)
  const hasEnded = () => identity === undefined || identityOf(pid) !== identity
  for (const [signal, patience] of [['SIGINT', 20_000] as const, ['SIGQUIT', 10_000] as const]) {
    if (!hasEnded()) send(pid, signal)
    for (const deadline = Date.now() + patience; Date.now() < deadline; await sleep(10)) if (hasEnded()) return
  }
  throw new EmbeddedPostgresError(`The Postgres with pid ${pid} on ${cluster} does not stop: look at its log.`)
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    // It may have ended after the check.
    if (codeOf(error) !== 'ESRCH') throw error
  }
}
