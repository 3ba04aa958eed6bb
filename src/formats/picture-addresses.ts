import {
  isPictureSource,
  PICTURE_SIZES,
  type PictureFormat,
  type PictureKind,
  type PictureSize,
  versionOf,
} from '../values/pictures.ts'

/** The address at which this server shows a picture from elsewhere. It changes when the picture has another address there. */
export const pictureAddress = (
  publicUrl: string,
  { kind, id, source }: { kind: PictureKind; id: string; source: string },
  { width }: PictureSize,
  format: PictureFormat,
): string => `${publicUrl}/images/${kind}/${id}/${versionOf(source)}/${width}.${format}`

/** A picture as its smallest size, with larger ones for screens that have more pixels. */
export interface ShownPicture extends PictureSize {
  src: string
  /** For the attribute of the same name; null if there is one size only. */
  srcset: string | null
}

/**
 * The picture of something on a page; null if it has none.
 *
 * @param id the global id
 */
export function shownPicture(
  publicUrl: string,
  kind: PictureKind,
  { id, source }: { id: string; source: string | null | undefined },
): ShownPicture | null {
  if (!isPictureSource(source)) return null
  const [smallest, ...larger] = PICTURE_SIZES[kind].map((size) => ({
    ...size,
    src: pictureAddress(publicUrl, { kind, id, source }, size, 'webp'),
  }))
  if (smallest === undefined) return null
  return { ...smallest, srcset: larger.map(({ src, width }) => `${src} ${width / smallest.width}x`).join(', ') || null }
}

/** The picture of something for programs, in its largest size; null if it has none. */
export function largestPicture(
  publicUrl: string,
  kind: PictureKind,
  { id, source }: { id: string; source: string | null | undefined },
): (PictureSize & { src: string }) | null {
  const size = PICTURE_SIZES[kind].at(-1)
  if (!isPictureSource(source) || size === undefined) return null
  return { ...size, src: pictureAddress(publicUrl, { kind, id, source }, size, 'jpg') }
}
