import type { PictureSize } from '../values/pictures.ts'
import type { PictureFiles } from './convert-picture.ts'

/** What the server asks of the process that converts pictures. */
export interface Task {
  file: Uint8Array
  sizes: readonly PictureSize[]
}

/** Its answer: `unavailable` if there is no sharp for this platform, `refused` if it is not a picture or costs too much. */
export type Answer = { status: 'done'; files: PictureFiles } | { status: 'unavailable' | 'refused'; reason: string }
