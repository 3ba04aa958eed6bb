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

  /** @param env variables added to the environment of this process */
  constructor(command: string, env: Record<string, string> = {}, cwd = ROOT) {
    this.#child = spawn(command, {
      shell: true,
      detached: true,
      cwd,
      env: { ...process.env, RATE_LIMIT: 'off', ...env },
    })
    this.#child.stdout?.on('data', (chunk) => (this.stdout += chunk))
    this.#child.stderr?.on('data', (chunk) => (this.stderr += chunk))
    this.ended = once(this.#child, 'close').then(([code]) => code)
  }

  /** Waits until stderr matches and returns the match; throws if the program ends first. */
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

  /** Sends a signal to the command alone, as a supervisor does. A shell around it would get it instead: begin with `exec`. */
  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** Sends a signal to the whole group, as a terminal does, and returns the exit code. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    try {
      process.kill(-(this.#child.pid as number), signal)
    } catch {
      // It has ended already.
    }
    return this.ended
  }
}

/** Starts the server and waits until it prints its address. */
export async function startProgram(
  command: string,
  env: Record<string, string>,
): Promise<{ program: Program; url: string }> {
  const program = new Program(command, env)
  const [, url] = await program.said(/Daily Papers is at (\S+)\/graphql/)
  return { program, url: url as string }
}
