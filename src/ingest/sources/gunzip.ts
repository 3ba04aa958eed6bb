import { createGunzip } from 'node:zlib'

/** In bytes. A piece with a fault is read byte by byte, so it must not be long. */
const PIECE = 1_024

/**
 * Decompresses gzip, of one or more members, with zeros between and after them as on tapes. From data that is cut off or
 * damaged it yields everything before the fault, and then throws.
 *
 * @throws Error of node:zlib, whose code begins with `Z_`
 */
export async function* gunzip(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  let reader: Reader | null = null
  try {
    for await (const chunk of source) {
      for (let at = 0; at < chunk.length; ) {
        if (reader === null && chunk[at] === 0) {
          at += 1
          continue
        }
        reader ??= new Reader()
        const piece = chunk.subarray(at, at + PIECE)
        at += piece.length
        yield* reader.read(piece)
        if (reader.unread === 0) continue
        // Zeros follow the last member.
        at -= reader.unread
        reader.close()
        reader = null
      }
    }
    if (reader) yield* reader.end()
  } finally {
    reader?.close()
  }
}

/**
 * Node's decompressor loses the last output before an error. So a scout, whose output is not used, reads each piece first.
 * If it fails, the other one reads this piece byte by byte.
 */
class Reader {
  #scout = new Decompressor()
  #decompressor = new Decompressor()

  /** The number of bytes that were given and not read, because the last member ended before them. */
  get unread(): number {
    return this.#decompressor.unread
  }

  async *read(piece: Uint8Array): AsyncGenerator<Uint8Array> {
    const isSound = await this.#scout.write(piece).then(
      () => true,
      () => false,
    )
    if (isSound) yield* await this.#decompressor.write(piece)
    else for (const byte of piece) yield* await this.#decompressor.write(Buffer.of(byte))
  }

  /** Throws if the data is cut off. */
  async *end(): AsyncGenerator<Uint8Array> {
    yield* await this.#decompressor.end()
  }

  close(): void {
    this.#scout.close()
    this.#decompressor.close()
  }
}

/** Node's decompressor as a function from pieces to their output. */
class Decompressor {
  #stream = createGunzip()
  #given = 0
  #output: Uint8Array[] = []
  #failed: Promise<never>

  constructor() {
    this.#stream.on('data', (output: Uint8Array) => this.#output.push(output))
    this.#failed = new Promise((_, reject) => this.#stream.once('error', reject))
    // A rejected promise that nothing waits for would end the process.
    this.#failed.catch(() => {})
  }

  get unread(): number {
    return this.#given - this.#stream.bytesWritten
  }

  write(piece: Uint8Array): Promise<Uint8Array[]> {
    this.#given += piece.length
    return this.#outputOf((done) => this.#stream.write(piece, done))
  }

  end(): Promise<Uint8Array[]> {
    return this.#outputOf((done) => this.#stream.once('end', done).end())
  }

  close(): void {
    this.#stream.destroy()
  }

  async #outputOf(feed: (done: () => void) => void): Promise<Uint8Array[]> {
    await Promise.race([this.#failed, new Promise<void>((resolve) => feed(resolve))])
    const output = this.#output
    this.#output = []
    return output
  }
}
