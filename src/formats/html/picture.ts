import type { PictureKind } from '../../values/pictures.ts'
import { shownPictures } from '../picture-addresses.ts'
import { formPath } from './document.ts'
import { type Html, html } from './html.ts'

/** Pages name pictures by their path: their policy allows those of the very server that a browser knows. */
const baseOf = (publicUrl: string): string => formPath(publicUrl, '')

/** Whatever has a picture elsewhere. */
export interface Pictured {
  id: string
  avatarUrl: string | null
}

/**
 * The thumbnail of a paper as an image; null if it has none.
 *
 * @param size which of the sizes, the smallest of which is sharp enough for a list
 */
export function thumbnail(
  publicUrl: string,
  { id, thumbnailUrl }: { id: string; thumbnailUrl: string | null },
  size: 'small' | 'large',
): Html | null {
  const picture = shownPictures(baseOf(publicUrl), 'papers', { id, source: thumbnailUrl })?.at(
    size === 'small' ? 0 : -1,
  )
  if (picture === undefined) return null
  const { src, width, height } = picture
  return html`<img src="${src}" width="${width}" height="${height}" alt="" loading="lazy" decoding="async">`
}

/** An avatar or logo, followed by a space; null if there is none. The name stands beside it, so it needs no other. */
export function avatar(publicUrl: string, kind: Exclude<PictureKind, 'papers'>, of: Pictured): Html | null {
  const picture = shownPictures(baseOf(publicUrl), kind, { id: of.id, source: of.avatarUrl })?.[0]
  return (
    (picture &&
      html`<img class="${kind === 'users' ? 'avatar' : 'logo'}" src="${picture.src}" width="20" height="20" alt="" loading="lazy" decoding="async"> `) ??
    null
  )
}
