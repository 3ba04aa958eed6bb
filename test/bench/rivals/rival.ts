import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { atEnd } from '../ending.ts'

/** What a rival indexes of a paper. */
export interface RivalText {
  id: number
  title: string
  abstract: string
}

export interface RivalProgram {
  name: string
  command: string
  args: string[]
  /** Whether the index is in the memory of the process alone, and is made again in each run. */
  inMemory: boolean
}

const PYTHON = '/usr/bin/python3'
const beside = (file: string) => join(import.meta.dirname, file)

/** Whether Debian's python3-xapian is installed. */
export const hasXapian = existsSync('/usr/lib/python3/dist-packages/xapian')

export const RIVALS: readonly RivalProgram[] = [
  { name: 'SQLite FTS5', command: process.execPath, args: [beside('sqlite.ts')], inMemory: false },
  {
    name: 'MiniSearch',
    command: process.execPath,
    args: ['--expose-gc', '--max-old-space-size=24000', beside('minisearch.ts')],
    inMemory: true,
  },
  ...(hasXapian ? [{ name: 'Xapian', command: PYTHON, args: [beside('xapian-index.py')], inMemory: false }] : []),
]

/**
 * A rival in a process of its own, so that its processor time and memory can be read. It is asked by a line of JSON, and
 * answers by one; `serve-lines.ts` and `xapian-index.py` say which.
 */
export class Rival {
  readonly pid: number
  readonly #child: ChildProcess
  readonly #answers: AsyncIterator<string>

  /** @param path where the index is kept; the rival decides whether it is a file or a directory */
  constructor({ command, args }: RivalProgram, path: string) {
    this.#child = spawn(command, [...args, path], { stdio: ['pipe', 'pipe', 'inherit'] })
    this.pid = this.#child.pid as number
    atEnd(() => this.#child.kill('SIGKILL'))
    if (!this.#child.stdout) throw new Error('The rival has no output.')
    this.#answers = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]()
  }

  async #ask<Answer>(question: object): Promise<Answer> {
    this.#child.stdin?.write(`${JSON.stringify(question)}\n`)
    const { value, done } = await this.#answers.next()
    if (done) throw new Error(`A rival ended at ${JSON.stringify(question).slice(0, 200)}.`)
    return JSON.parse(value)
  }

  /** Indexes papers and commits. */
  add = (papers: readonly RivalText[]) => this.#ask<{ added: number }>({ add: papers })
  /** The best papers that have any of the words, and how many there are. */
  search = (query: string, limit: number) => this.#ask<{ ids: number[]; total: number }>({ search: query, limit })
  /** How large the index is, on disk or in memory. */
  size = () => this.#ask<{ papers: number; bytes: number }>({ size: true })

  async stop(): Promise<void> {
    this.#child.stdin?.end()
    await once(this.#child, 'close')
  }
}
