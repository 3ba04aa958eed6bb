import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

export const ROOT = join(import.meta.dirname, '../..')

/** A command line that runs, or has run, in a process group of its own. */
export class Program {
  stdout = ''
  stderr = ''
  readonly #child: ChildProcess
  readonly ended: Promise<number | null>

  /** @param env what the command sees beside this process' environment */
  constructor(command: string, env: Record<string, string> = {}, cwd = ROOT) {
    this.#child = spawn(command, { shell: true, detached: true, cwd, env: { ...process.env, ...env } })
    this.#child.stdout?.on('data', (chunk) => (this.stdout += chunk))
    this.#child.stderr?.on('data', (chunk) => (this.stderr += chunk))
    this.ended = once(this.#child, 'close').then(([code]) => code)
  }

  /** Waits for a line on stderr and answers what the pattern found; throws when the program ends first. */
  async said(pattern: RegExp): Promise<RegExpExecArray> {
    let over = false
    void this.ended.then(() => (over = true))
    for (;;) {
      const found = pattern.exec(this.stderr)
      if (found) return found
      if (over) throw new Error(`The program ended without saying ${pattern}:\n${this.stderr}\n${this.stdout}`)
      await new Promise((resolve) => setTimeout(resolve, 25))
    }
  }

  /** Sends a signal to the whole group, as a terminal does, and answers the exit code. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    try {
      process.kill(-(this.#child.pid as number), signal)
    } catch {
      // It has ended already.
    }
    return this.ended
  }
}

/** Starts the server and waits until it says its address. */
export async function startProgram(
  command: string,
  env: Record<string, string>,
): Promise<{ program: Program; url: string }> {
  const program = new Program(command, env)
  const [, url] = await program.said(/Daily Papers is at (\S+)\/graphql/)
  return { program, url: url as string }
}
