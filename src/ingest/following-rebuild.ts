import type { Db } from '../db/client.ts'
import { rebuildIndex } from '../search/index/rebuild.ts'

/** The rebuild reads new papers when there are at least so many. */
const LEAST = 2_000

/**
 * A rebuild of the search index that follows an import: it adds papers while the import saves the next ones, and so is done soon
 * after it.
 */
export class FollowingRebuild {
  readonly #db: Db
  readonly #stopping = new AbortController()
  #rebuilt: Promise<number | null> | null = null
  #added = 0
  #read = 0
  #isLast = false
  #wake = () => {}
  #onProgress: ((done: number, of: number) => void) | undefined

  constructor(db: Db) {
    this.#db = db
  }

  /** Starts it, if it has not started yet. */
  start(): void {
    if (this.#rebuilt !== null) return
    this.#rebuilt = rebuildIndex(this.#db, {
      signal: this.#stopping.signal,
      morePapers: () => this.#more(),
      onProgress: (done, atBegin) => this.#onProgress?.(done, Math.max(done, atBegin + this.#added)),
    })
    // `complete` throws the error.
    this.#rebuilt.catch(() => {})
  }

  /** Notes that the import has committed so many more papers. */
  add(papers: number): void {
    this.#added += this.#rebuilt === null ? 0 : papers
    this.#wake()
  }

  /** Notes that the import has committed its last papers. */
  end(): void {
    this.#isLast = true
    this.#wake()
  }

  /**
   * Waits until all papers are in the index. Returns false if they are not, because it was not started, or another process was
   * rebuilding the index.
   */
  async complete(
    onProgress: ((done: number, of: number) => void) | undefined,
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    const stop = () => this.#stopping.abort(signal?.reason)
    this.#onProgress = onProgress
    signal?.addEventListener('abort', stop)
    try {
      return (await this.#rebuilt) !== null
    } finally {
      signal?.removeEventListener('abort', stop)
    }
  }

  /** Stops it, unless it is complete: the old index stays in use. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    this.#wake()
    await this.#rebuilt?.catch(() => {})
  }

  /** Waits for more papers, and returns false if none come any more. */
  async #more(): Promise<boolean> {
    while (!this.#isLast && this.#added - this.#read < LEAST && !this.#stopping.signal.aborted)
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    const isMore = this.#added > this.#read
    this.#read = this.#added
    return isMore
  }
}
