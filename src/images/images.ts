import { hash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { Logger } from 'pino'
import { FetchError } from '../fetching/fetch-error.ts'
import type { Fetcher } from '../fetching/fetcher.ts'
import type { LinkCard } from '../values/link-card.ts'
import type { PictureSize } from '../values/pictures.ts'
import { Converter } from './converter.ts'
import { DiskCache } from './disk-cache.ts'
import { sourceFormat } from './magic.ts'
import { CARD_FILE, type PictureFiles, type Task } from './tasks.ts'

/** Of a picture as it is elsewhere, and in milliseconds. */
const MAX_BYTES = 8 * 2 ** 20
const FETCH_TIMEOUT = 5_000
/** How many are fetched at the same time. A page has dozens, mostly from one site. */
const FETCHES = 4
const MAX_WAITING = 400
/** In milliseconds: how long a picture that is none counts as bad, and one whose site did not respond. */
const BAD_FOR = 6 * 3_600_000
const AWAY_FOR = 10 * 60_000
/** In milliseconds: for how long nothing is fetched from a site that failed, so that others need not wait for it. */
const SITE_AWAY_FOR = 60_000

export interface ImagesOptions {
  fetcher: Fetcher
  log: Logger
  /** Where converted pictures are kept, and how much of them. */
  directory: string
  megabytes: number
  /** In milliseconds; tests use less. */
  timeouts?: { fetch: number; convert: number }
  converter?: Converter
}

/** Pictures from elsewhere, fetched once, converted and kept on disk. README.md says what that costs at most. */
export class Images {
  readonly #fetcher: Fetcher
  readonly #log: Logger
  readonly #disk: DiskCache
  readonly #converter: Converter
  readonly #fetchTimeout: number
  /** Keys of pictures that are not fetched again for a while. */
  readonly #bad = new LRUCache<string, true>({ max: 20_000 })
  readonly #working = new Map<string, Promise<PictureFiles | null>>()
  #fetching = 0
  readonly #queue: (() => void)[] = []
  #isAvailable = true
  #wasFull = false

  constructor({ fetcher, log, directory, megabytes, timeouts, converter }: ImagesOptions) {
    this.#fetcher = fetcher
    this.#log = log
    this.#converter = converter ?? new Converter({ timeout: timeouts?.convert })
    this.#fetchTimeout = timeouts?.fetch ?? FETCH_TIMEOUT
    this.#disk = new DiskCache({ directory, megabytes })
  }

  /** The picture at an address, in these sizes, if it is on disk. */
  stored(source: string, sizes: readonly PictureSize[]): Promise<PictureFiles | null> {
    return this.#disk.get(keyOf(source, sizes))
  }

  /** The picture at an address, in these sizes; null if there is none, or it cannot be had now. */
  async picture(source: string, sizes: readonly PictureSize[]): Promise<PictureFiles | null> {
    const key = keyOf(source, sizes)
    const working = this.#working.get(key)
    if (working) return working
    if (!this.#isAvailable || this.#bad.has(key) || this.#bad.has(siteOf(source)) || !this.#converter.isFree)
      return null
    if (this.#queue.length >= MAX_WAITING) return null
    return this.#once(key, () => this.#make(key, source, sizes))
  }

  /** A link card as PNG, if it is on disk. */
  async storedCard(card: LinkCard): Promise<Uint8Array | null> {
    return (await this.#disk.get<PictureFiles>(cardKey(card)))?.[CARD_FILE] ?? null
  }

  /** A link card as PNG; null if none can be drawn now. */
  async card(card: LinkCard): Promise<Uint8Array | null> {
    const key = cardKey(card)
    const isRefused = !this.#isAvailable || this.#bad.has(key) || !this.#converter.isFree
    const files = this.#working.has(key) || !isRefused ? this.#once(key, () => this.#convert(key, { card }, '')) : null
    return (await files)?.[CARD_FILE] ?? null
  }

  /** Does work once for all that wait for it. */
  #once(key: string, make: () => Promise<PictureFiles | null>): Promise<PictureFiles | null> {
    const working = this.#working.get(key)
    if (working) return working
    const work = make().finally(() => this.#working.delete(key))
    this.#working.set(key, work)
    return work
  }

  close(): void {
    this.#converter.close()
  }

  async #make(key: string, source: string, sizes: readonly PictureSize[]): Promise<PictureFiles | null> {
    const file = await this.#fetch(source).catch((error) => {
      if (!(error instanceof FetchError)) throw error
      return this.#remember(key, { source, reason: error.message, isTemporary: error.isTemporary })
    })
    if (file === null) return null
    if (sourceFormat(file) === null)
      return this.#remember(key, { source, reason: 'It is not a JPEG, PNG, WebP or GIF.', isTemporary: false })
    return this.#convert(key, { file, sizes }, source)
  }

  async #convert(key: string, task: Task, source: string): Promise<PictureFiles | null> {
    const answer = await this.#converter.run(task)
    if (answer.status === 'done') {
      await this.#keep(key, answer.files)
      return answer.files
    }
    if (answer.status !== 'unavailable') {
      const { status, reason } = answer
      const isTemporary = status === 'failed'
      this.#bad.set(key, true, { ttl: isTemporary || 'card' in task ? AWAY_FOR : BAD_FOR })
      if ('card' in task) this.#log.warn({ reason, title: task.card.title }, 'a link card cannot be drawn')
      else this.#log.info({ source, reason, isTemporary }, 'a picture cannot be shown')
      return null
    }
    if (this.#isAvailable)
      this.#log.warn(
        { reason: answer.reason },
        'no pictures: sharp does not work on this platform, so pages have placeholders',
      )
    this.#isAvailable = false
    return null
  }

  /** @throws FetchError */
  async #fetch(source: string): Promise<Uint8Array> {
    if (this.#fetching >= FETCHES) await new Promise<void>((resolve) => this.#queue.push(resolve))
    this.#fetching += 1
    try {
      if (this.#bad.has(siteOf(source))) throw new FetchError(source, 'Its site failed a moment ago.', true)
      const { status, body } = await this.#fetcher.get(source, {
        headers: { accept: 'image/webp,image/png,image/jpeg,image/gif' },
        maxBytes: MAX_BYTES,
        timeout: this.#fetchTimeout,
      })
      const chunks: Uint8Array[] = []
      for await (const chunk of body) chunks.push(chunk)
      const isTemporary = status >= 500 || status === 429 || status === 408
      if (status !== 200) throw new FetchError(source, `It has status ${status}.`, isTemporary)
      return Buffer.concat(chunks)
    } finally {
      this.#fetching -= 1
      this.#queue.shift()?.()
    }
  }

  #remember(key: string, { isTemporary, ...about }: { source: string; reason: string; isTemporary: boolean }): null {
    this.#bad.set(key, true, { ttl: isTemporary ? AWAY_FOR : BAD_FOR })
    if (isTemporary) this.#bad.set(siteOf(about.source), true, { ttl: SITE_AWAY_FOR })
    this.#log.info({ ...about, isTemporary }, 'a picture cannot be shown')
    return null
  }

  /** A picture that cannot be kept is shown all the same. */
  async #keep(key: string, files: PictureFiles): Promise<void> {
    try {
      await this.#disk.set(key, files)
      this.#wasFull = false
    } catch (error) {
      if (!this.#wasFull) this.#log.warn({ err: error }, 'pictures cannot be kept on disk, so they are fetched again')
      this.#wasFull = true
    }
  }
}

const siteOf = (source: string): string => new URL(source).origin

const cardKey = (card: LinkCard): string => hash('sha256', `card ${JSON.stringify(card)}`)

const keyOf = (source: string, sizes: readonly PictureSize[]): string =>
  hash('sha256', `${sizes.map(({ width, height }) => `${width}x${height}`)} ${source}`)
