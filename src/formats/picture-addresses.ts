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
  base: string,
  { kind, id, source }: { kind: PictureKind; id: string; source: string },
  { width }: PictureSize,
  format: PictureFormat,
): string => `${base}/images/${kind}/${id}/${versionOf(source)}/${width}.${format}`

export type AddressedPicture = PictureSize & { src: string }

/**
 * The picture of something, in all sizes, the smallest first; null if it has none.
 *
 * @param id the global id
 * @param format WebP for pages; JPEG for programs that may not know it
 */
export function shownPictures(
  base: string,
  kind: PictureKind,
  { id, source }: { id: string; source: string | null | undefined },
  format: PictureFormat = 'webp',
): AddressedPicture[] | null {
  if (!isPictureSource(source)) return null
  return PICTURE_SIZES[kind].map((size) => ({ ...size, src: pictureAddress(base, { kind, id, source }, size, format) }))
}
