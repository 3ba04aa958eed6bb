import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Answer, Task } from './tasks.ts'

/** In milliseconds: what a task may take, what the start of the process may, and how long it waits for another task. */
const TIMEOUT = 5_000
const START = 30_000
const IDLE = 20_000
/** How many tasks wait; with more, the last would wait too long. */
const MAX_WAITING = 200

const PROGRAM = fileURLToPath(new URL('./conversion-process.ts', import.meta.url))

/** How many of its own processes one task may end: the first may have been killed for the memory that others took. */
const TRIES = 2

const STOPPING: Answer = { status: 'failed', reason: 'The server stops.' }

/** Does tasks one after the other in a process of its own, which is there only while there are some. */
export class Converter {
  #process: ChildProcess | null = null
  #last: Promise<unknown> = Promise.resolve()
  #waiting = 0
  #idle: NodeJS.Timeout | undefined
  #isClosed = false
  readonly #timeout: number
  readonly #program: string

  /** Tests have less time, and processes that fail. */
  constructor({ timeout = TIMEOUT, program = PROGRAM }: { timeout?: number | undefined; program?: string } = {}) {
    this.#timeout = timeout
    this.#program = program
  }

  /** Whether there is room for a task. */
  get isFree(): boolean {
    return this.#waiting < MAX_WAITING && !this.#isClosed
  }

  run(task: Task): Promise<Answer> {
    this.#waiting += 1
    const result = this.#last.then(() => this.#run(task)).finally(() => (this.#waiting -= 1))
    this.#last = result
    return result
  }

  close(): void {
    this.#isClosed = true
    this.#end()
  }

  async #run(task: Task): Promise<Answer> {
    for (let tries = 1; tries <= TRIES && !this.#isClosed; tries += 1) {
      const isNew = this.#process === null
      const child = this.#open()
      const start = isNew ? await told(child, START) : null
      if (start !== null && !('message' in start)) {
        this.#end()
        return startFailure(start)
      }
      const outcome = await told<Answer>(child, this.#timeout, task)
      if ('message' in outcome) {
        this.#idle = setTimeout(() => this.#end(), IDLE).unref()
        return outcome.message
      }
      this.#end()
      if (outcome.end === 'late')
        return { status: 'refused', reason: `It was not converted within ${this.#timeout / 1_000} s.` }
    }
    return this.#isClosed ? STOPPING : { status: 'refused', reason: `${TRIES} processes that converted it ended.` }
  }

  #open(): ChildProcess {
    clearTimeout(this.#idle)
    if (this.#process !== null) return this.#process
    const child = start(this.#program)
    child.once('exit', () => {
      if (this.#process === child) this.#process = null
    })
    this.#process = child
    return child
  }

  #end(): void {
    clearTimeout(this.#idle)
    this.#process?.kill('SIGKILL')
    this.#process = null
  }
}

/** Without the settings of the server, which have passwords: what a picture makes of this process must not read them. */
function start(program: string): ChildProcess {
  const child = fork(program, [], {
    env: { MALLOC_ARENA_MAX: '2' },
    execArgv: ['--max-old-space-size=64', '--max-semi-space-size=2'],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  // It must not keep a program alive that has nothing else to do.
  child.unref()
  child.channel?.unref()
  // Without a listener, an error that comes between two pictures would end the server.
  child.on('error', () => {})
  return child
}

/** How a process ended that was to say something: by itself, killed by the system or never started, or without a word in time. */
interface End {
  end: 'crashed' | 'killed' | 'late'
  reason: string
}

/** Where sharp makes the process crash, it would do so for each picture. */
const startFailure = ({ end, reason }: End): Answer => ({
  status: end === 'crashed' ? 'unavailable' : 'failed',
  reason: `The process that converts pictures does not start: ${reason}`,
})

/** What the process says next, after it was told a task if there is one. */
function told<Message>(child: ChildProcess, timeout: number, task?: Task): Promise<{ message: Message } | End> {
  return new Promise((resolve) => {
    const settle = (outcome: { message: Message } | End) => {
      clearTimeout(timer)
      child.off('message', hear).off('error', fail).off('exit', exit)
      resolve(outcome)
    }
    const hear = (message: unknown) => settle({ message: message as Message })
    const fail = (error: Error) => settle({ end: 'killed', reason: error.message })
    const exit = (code: number | null, signal: NodeJS.Signals | null) =>
      settle({
        end: signal === 'SIGKILL' ? 'killed' : 'crashed',
        reason: `It ended with ${signal ?? `status ${code}`}.`,
      })
    const timer = setTimeout(
      () => settle({ end: 'late', reason: `It took longer than ${timeout / 1_000} s.` }),
      timeout,
    )
    child.on('message', hear).on('error', fail).on('exit', exit)
    if (task) child.send(task, (error) => error && fail(error))
  })
}
