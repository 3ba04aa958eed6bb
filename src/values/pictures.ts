import { hash } from 'node:crypto'

// The pictures that this server shows of others, in the sizes and formats in which it keeps them.

/** What can have a picture. */
export const PICTURE_KINDS = ['papers', 'organizations', 'users'] as const
export type PictureKind = (typeof PICTURE_KINDS)[number]

export interface PictureSize {
  width: number
  height: number
}

const THUMBNAIL = [
  { width: 320, height: 168 },
  { width: 640, height: 336 },
] as const
const AVATAR = [{ width: 64, height: 64 }] as const

/** The sizes of each kind, the smallest first. */
export const PICTURE_SIZES: Record<PictureKind, readonly PictureSize[]> = {
  papers: THUMBNAIL,
  organizations: AVATAR,
  users: AVATAR,
}

/** WebP for pages, JPEG for feed readers and whatever else reads an address. */
export const PICTURE_FORMATS = ['webp', 'jpg'] as const
export type PictureFormat = (typeof PICTURE_FORMATS)[number]

/** The size of a link card, which sites show for a link. */
export const LINK_CARD_SIZE: PictureSize = { width: 1200, height: 630 }

/**
 * Whether an address can be that of a picture: http or https, and not SVG, which can hold scripts and has no size. The avatars
 * that Hugging Face draws for people without one are SVG.
 */
export function isPictureSource(address: string | null | undefined): address is string {
  if (address === null || address === undefined) return false
  const url = URL.parse(address)
  return url !== null && /^https?:$/.test(url.protocol) && !/\.svgz?$/i.test(url.pathname)
}

/** What changes with the content: it is in the address of a picture, so that clients may keep that for ever. */
export const versionOf = (content: string): string => hash('sha256', content, 'base64url').slice(0, 10)
