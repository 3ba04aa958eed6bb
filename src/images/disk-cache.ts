import { randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { deserialize, serialize } from 'node:v8'
import { LRUCache } from 'lru-cache'

/** What a file takes at least, with its directory entry. */
const BLOCK = 4_096
/** In milliseconds: the time of a file says when it was last read, to an hour. */
const TOUCH_EVERY = 3_600_000
/** In milliseconds: how often who writes looks what other servers have written into the same directory. */
const LOOK_EVERY = 600_000
/** What a write that was cut off leaves. */
const TEMPORARY = '.tmp'

/**
 * Files by key, below a directory, up to a number of bytes; those that were not read for the longest time go first. Servers may
 * share a directory: each counts what it has seen, sees what others wrote every ten minutes, and a file that another one has
 * removed is simply missing.
 */
export class DiskCache {
  readonly #directory: string
  readonly #bytes: number
  #known: Promise<LRUCache<string, Known>> | null = null
  #lookedAt = 0

  constructor({ directory, megabytes }: { directory: string; megabytes: number }) {
    this.#directory = directory
    this.#bytes = megabytes * 2 ** 20
  }

  /** Null if there is none, or if it cannot be read. */
  async get<Value>(key: string): Promise<Value | null> {
    const known = await this.#open()
    try {
      const content = await readFile(join(this.#directory, key))
      const value = deserialize(content) as Value
      this.#note(known, key, content.length)
      return value
    } catch {
      known.delete(key)
      return null
    }
  }

  /** @throws what the file system throws: a full disk, missing rights */
  async set(key: string, value: unknown): Promise<void> {
    const known = await this.#open()
    const content = serialize(value)
    await mkdir(this.#directory, { recursive: true })
    const path = join(this.#directory, key)
    const temporary = `${path}.${randomUUID()}${TEMPORARY}`
    try {
      await writeFile(temporary, content)
      await rename(temporary, path)
    } catch (error) {
      await rm(temporary, { force: true })
      throw error
    }
    known.set(key, { size: content.length, touched: Date.now() })
    if (Date.now() - this.#lookedAt > LOOK_EVERY) {
      this.#known = null
      await this.#open()
    }
  }

  #note(known: LRUCache<string, Known>, key: string, size: number): void {
    const entry = known.get(key)
    if (entry === undefined) known.set(key, { size, touched: Date.now() })
    else if (Date.now() - entry.touched > TOUCH_EVERY) {
      entry.touched = Date.now()
      const now = new Date()
      utimes(join(this.#directory, key), now, now).catch(() => {})
    }
  }

  /** The files that are there, in the order in which they were read. */
  #open(): Promise<LRUCache<string, Known>> {
    if (this.#known === null) {
      this.#lookedAt = Date.now()
      this.#known = this.#read()
    }
    return this.#known
  }

  async #read(): Promise<LRUCache<string, Known>> {
    const known = new LRUCache<string, Known>({
      maxSize: this.#bytes,
      sizeCalculation: ({ size }) => Math.max(size, BLOCK),
      dispose: (_, key, reason) => {
        if (reason === 'evict') rm(join(this.#directory, key), { force: true }).catch(() => {})
      },
    })
    const names = await readdir(this.#directory).catch(() => [])
    const files = await Promise.all(
      names.map(async (name) => {
        const path = join(this.#directory, name)
        const { size, mtimeMs } = await stat(path).catch(() => ({ size: 0, mtimeMs: 0 }))
        if (name.endsWith(TEMPORARY) && mtimeMs < Date.now() - TOUCH_EVERY) await rm(path, { force: true })
        return { name, size, touched: mtimeMs }
      }),
    )
    for (const { name, ...file } of files.sort((a, b) => a.touched - b.touched))
      if (!name.endsWith(TEMPORARY)) known.set(name, file)
    return known
  }
}

interface Known {
  size: number
  /** In milliseconds. */
  touched: number
}
