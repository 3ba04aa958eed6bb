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

/** Does tasks one after the other in a process of its own, which is there only while there are some. */
export class Converter {
  #process: ChildProcess | null = null
  #last: Promise<unknown> = Promise.resolve()
  #waiting = 0
  #idle: NodeJS.Timeout | undefined
  #isClosed = false
  readonly #timeout: number

  constructor(timeout = TIMEOUT) {
    this.#timeout = timeout
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
    if (this.#isClosed) return { status: 'refused', reason: 'The server stops.' }
    clearTimeout(this.#idle)
    const isStarted = this.#process !== null
    this.#process ??= start()
    const child = this.#process
    const isReady = isStarted || (await told(child, START)) !== null
    const answer = isReady ? await told<Answer>(child, this.#timeout, task) : null
    if (answer === null) this.#end()
    else this.#idle = setTimeout(() => this.#end(), IDLE).unref()
    return answer ?? { status: 'refused', reason: `It was not converted within ${this.#timeout / 1_000} s.` }
  }

  #end(): void {
    clearTimeout(this.#idle)
    this.#process?.kill('SIGKILL')
    this.#process = null
  }
}

/** Without the settings of the server, which have passwords: what a picture makes of this process must not read them. */
function start(): ChildProcess {
  const child = fork(PROGRAM, [], {
    env: { MALLOC_ARENA_MAX: '2' },
    execArgv: ['--max-old-space-size=64', '--max-semi-space-size=2'],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  // It must not keep a program alive that has nothing else to do.
  child.unref()
  child.channel?.unref()
  return child
}

/** What the process says next, after it was told a task if there is one; null if it died, or took too long. */
function told<Message>(child: ChildProcess, timeout: number, task?: Task): Promise<Message | null> {
  return new Promise((resolve) => {
    const settle = (answer: Message | null) => {
      clearTimeout(timer)
      child.removeAllListeners()
      // An error of a process that is killed later has nobody else to hear it.
      child.on('error', () => {})
      resolve(answer)
    }
    const timer = setTimeout(() => settle(null), timeout)
    child.once('message', (answer) => settle(answer as Message))
    child.once('error', () => settle(null))
    child.once('exit', () => settle(null))
    if (task) child.send(task, (error) => error && settle(null))
  })
}
