import { AccountSuspended } from '../../values/errors.ts'
import { BadToken } from '../auth/refusals.ts'
import type { SignedIn } from '../auth.ts'
import type { ServerParts } from '../parts.ts'

/** The longest time that a timer of Node can wait, in milliseconds. */
const LONGEST_TIMER = 2 ** 31 - 1
/** In milliseconds: how long after the end of a token it is checked again, if the clock of the database is behind. */
const CLOCK_DIFFERENCE = 1_000

interface OpenStream {
  userId: number
  authorization: string
  /** Ends the stream with the reason. */
  end: (reason: unknown) => void
}

/**
 * The open event streams of signed-in users. A stream ends when its token is revoked or expires, or its user is suspended or
 * removed, on whichever server that is done.
 */
export class StreamAccess {
  readonly #authenticate: ServerParts['authenticate']
  readonly #now: () => Date
  readonly #streams = new Set<OpenStream>()
  #version = 0

  constructor({ authenticate, live, clock }: Pick<ServerParts, 'authenticate' | 'live' | 'clock'>) {
    this.#authenticate = authenticate
    this.#now = clock.now
    live.onAccess((userIds) => {
      this.#version += 1
      const affected = userIds && new Set(userIds)
      for (const stream of this.#streams) if (affected === null || affected.has(stream.userId)) void this.#check(stream)
    })
  }

  /** Changes when something is taken away from anyone: read before the user is authenticated, and passed to `watch`. */
  get version(): number {
    return this.#version
  }

  /** Calls `end` once, when the user may no longer read the stream. Returns a function that stops watching. */
  watch({ user, expiresAt }: SignedIn, authorization: string, version: number, end: OpenStream['end']): () => void {
    let timer: NodeJS.Timeout | undefined
    const stop = () => {
      clearTimeout(timer)
      this.#streams.delete(stream)
    }
    const stream: OpenStream = {
      userId: user.id,
      authorization,
      end: (reason) => {
        stop()
        end(reason)
      },
    }
    const checkAt = (time: number) => {
      timer = setTimeout(
        async () => {
          await this.#check(stream)
          if (this.#streams.has(stream)) checkAt(Math.max(time, this.#now().getTime() + CLOCK_DIFFERENCE))
        },
        Math.min(Math.max(0, time - this.#now().getTime()), LONGEST_TIMER),
      ).unref()
    }
    this.#streams.add(stream)
    if (expiresAt !== null) checkAt(expiresAt.getTime())
    // Something may have been taken away while the subscription began.
    if (version !== this.#version) void this.#check(stream)
    return stop
  }

  async #check(stream: OpenStream): Promise<void> {
    try {
      await this.#authenticate(stream.authorization)
    } catch (error) {
      // An error of the database or of the provider's keys says nothing about the token: later checks will tell.
      if (this.#streams.has(stream) && isRefusal(error)) stream.end(error)
    }
  }
}

const isRefusal = (error: unknown): boolean => error instanceof BadToken || error instanceof AccountSuspended
