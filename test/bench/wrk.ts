import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { OperatorError } from '../../src/values/errors.ts'
import { atCore, LOAD_CORE } from './cores.ts'
import { type Request, rawRequest } from './requests.ts'

const run = promisify(execFile)

/** What a load came to. */
export interface Load {
  requests: number
  microseconds: number
  bytes: number
  /** Answers other than 2xx and 3xx, and connections that failed. */
  errors: number
  /** Microseconds. */
  p50: number
  p99: number
}

/** @throws OperatorError where the load generator is not installed */
export async function checkWrk(): Promise<void> {
  // It has no option that only answers: asked for its version it prints it and ends with 1.
  const missing = await run('wrk', ['-v']).then(
    () => false,
    (error) => error.code === 'ENOENT',
  )
  if (missing)
    throw new OperatorError('The benchmark loads servers with wrk, which is not installed: apt-get install wrk')
}

/** Sends the requests in turn over and over for some seconds, each connection one at a time. */
export async function load(
  url: string,
  requests: readonly Request[],
  { seconds, connections = 20 }: { seconds: number; connections?: number },
): Promise<Load> {
  const folder = await mkdtemp(join(tmpdir(), 'daily-papers-load-'))
  try {
    await mkdir(folder, { recursive: true })
    const file = join(folder, 'requests')
    const { host } = new URL(url)
    await writeFile(
      file,
      requests.map((request) => {
        const bytes = rawRequest(request, host)
        return `${Buffer.byteLength(bytes)}\n${bytes}`
      }),
    )
    const script = join(import.meta.dirname, 'wrk.lua')
    const args = ['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '30s', '-s', script, url, '--', file]
    const [program, ...rest] = atCore(LOAD_CORE, ['wrk', ...args])
    const { stdout } = await run(program as string, rest)
    return JSON.parse(stdout.trim().split('\n').at(-1) as string)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
