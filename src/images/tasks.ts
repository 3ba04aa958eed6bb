import type { LinkCard } from '../values/link-card.ts'
import type { PictureSize } from '../values/pictures.ts'

/** The names of the files of one picture, such as `320.webp`, and their contents. */
export type PictureFiles = Record<string, Uint8Array>

/** The only file of a link card. */
export const CARD_FILE = 'card.png'

/** What the server asks of the process that converts and draws: a picture from elsewhere in several sizes, or a link card. */
export type Task = { file: Uint8Array; sizes: readonly PictureSize[] } | { card: LinkCard }

/** What it says first. */
export const READY = 'ready'

/**
 * The answer: `refused` if it is not a picture or costs too much, `unavailable` if sharp does not work on this platform,
 * `failed` for what may work later.
 */
export type Answer =
  | { status: 'done'; files: PictureFiles }
  | { status: 'refused' | 'unavailable' | 'failed'; reason: string }
