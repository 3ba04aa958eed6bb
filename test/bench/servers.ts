import { spawn } from 'node:child_process'
import packageJson from '../../package.json' with { type: 'json' }
import { ROOT } from '../support/program.ts'
import { atCore, SERVER_CORE } from './cores.ts'
import { atEnd } from './ending.ts'

/** A server that runs in a process of its own. */
export interface RunningServer {
  name: string
  url: string
  pid: number
  /** What it has said so far on both outputs. */
  output(): string
  stop(): Promise<void>
}

interface ServerCommand {
  name: string
  /** Arguments of Node. */
  args: string[]
  env: Record<string, string>
  /** The checkout that it is run from; this one by default. */
  root?: string
}

/** Starts a server on a free port and waits until it says where it is. */
export function startServer({ name, args, env, root = ROOT }: ServerCommand): Promise<RunningServer> {
  const [command, ...rest] = atCore(SERVER_CORE, [process.execPath, ...args])
  const child = spawn(command as string, rest, {
    cwd: root,
    env: { ...process.env, NODE_ENV: 'production', PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const { pid } = child
  atEnd(() => child.kill('SIGKILL'))
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  let output = ''
  return new Promise((resolve, reject) => {
    const listen = (chunk: Buffer) => {
      output += chunk
      const url = /(?:Daily Papers is at|ready at) (http:\/\/[^\s/]+)/.exec(output)?.[1]
      if (url === undefined) return
      const stop = async () => {
        child.kill('SIGTERM')
        const late = setTimeout(() => child.kill('SIGKILL'), 5_000)
        await ended
        clearTimeout(late)
      }
      resolve({ name, url, pid: pid as number, output: () => output, stop })
    }
    child.stdout.on('data', listen)
    child.stderr.on('data', listen)
    child.once('error', reject)
    void ended.then(() => reject(new Error(`${name} ended without saying where it is:\n${output}`)))
  })
}

/** Node's own arguments in `npm start`. */
const NODE_ARGS = packageJson.scripts.start.split(' ').filter((arg) => arg.startsWith('--'))

/** The server of this project, as `npm start` starts it. */
export const startOurs = (
  databaseUrl: string,
  {
    name = 'ours',
    cacheMegabytes,
    nodeArgs = [],
    root = ROOT,
    isCounted = false,
    env = {},
  }: {
    name?: string
    cacheMegabytes?: number
    nodeArgs?: string[]
    root?: string
    isCounted?: boolean
    env?: Record<string, string>
  } = {},
): Promise<RunningServer> =>
  startServer({
    name,
    root,
    args: [...NODE_ARGS, ...nodeArgs, 'src/run.js', 'serve'],
    env: {
      DATABASE_URL: databaseUrl,
      SAMPLE: 'false',
      LOG_LEVEL: 'silent',
      // Limits that nobody reaches.
      ...(isCounted
        ? { RATE_LIMIT: 'anonymous=999999999,token=999999999,votes=999999999', METRICS_PORT: '0' }
        : { RATE_LIMIT: 'off' }),
      ...(cacheMegabytes === undefined ? {} : { CACHE_MEGABYTES: String(cacheMegabytes) }),
      ...env,
    },
  })
