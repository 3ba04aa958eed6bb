import { idOrNull, type NodeType } from '../../../schema/global-id.ts'
import { pictureAddress } from '../../formats/picture-addresses.ts'
import { PLACEHOLDERS } from '../../formats/placeholder.ts'
import { pictureSource } from '../../queries/picture-sources.ts'
import {
  isPictureSource,
  PICTURE_KINDS,
  PICTURE_SIZES,
  type PictureFormat,
  type PictureKind,
  type PictureSize,
  versionOf,
} from '../../values/pictures.ts'
import { plainText, type ResponseContent } from '../cache/response.ts'
import { INERT } from './html-response.ts'
import { type ImageRoute, KEPT_FOR_EVER, KEPT_SHORTLY } from './image-route.ts'

interface PictureRequest {
  kind: PictureKind
  id: string
  version: string
  width: number
  format: PictureFormat
}

const TYPES: Record<PictureFormat, string> = { webp: 'image/webp', jpg: 'image/jpeg' }
const OWNERS: Record<PictureKind, NodeType> = { papers: 'Paper', organizations: 'Organization', users: 'User' }

/** The picture of a paper, organization or user. No other address is ever fetched, so this is no open proxy. */
const picture: ImageRoute<PictureRequest> = {
  name: 'picture',
  path: new RegExp(`^/images/(${PICTURE_KINDS.join('|')})/([\\w-]{1,64})/([\\w-]{1,32})/(\\d{1,4})\\.(webp|jpg)$`),
  isImage: true,
  parse: ({ match: [, kind, id, version, width, format] }) =>
    ({ kind, id, version, width: Number(width), format }) as PictureRequest,
  show: async (request, parts, meter) => {
    const { kind, id, version, width, format } = request
    const sizes = PICTURE_SIZES[kind]
    const size = sizes.find((one) => one.width === width)
    const owner = idOrNull(id)
    if (size === undefined || owner?.typename !== OWNERS[kind]) return missing('There is no such picture here.')
    const source = await pictureSource(parts.db, kind, owner.key)
    if (!isPictureSource(source)) return missing('It has no picture.')
    if (version !== versionOf(source))
      return movedTo(pictureAddress(parts.publicUrl, { kind, id, source }, size, format))
    const files = await filesOf(source, sizes, parts, meter)
    const body = files?.[`${width}.${format}`]
    if (body === undefined) return placeholder(request)
    return { contentType: TYPES[format], body, headers: KEPT_FOR_EVER }
  },
  refuse: ({ status, message }) => plainText(message, status),
}

async function filesOf(
  source: string,
  sizes: readonly PictureSize[],
  { images }: Parameters<ImageRoute['show']>[1],
  meter: Parameters<ImageRoute['show']>[2],
): Promise<Awaited<ReturnType<NonNullable<typeof images>['picture']>>> {
  if (images === undefined) return null
  const stored = await images.stored(source, sizes)
  if (stored !== null) return stored
  await meter.charge(1)
  return images.picture(source, sizes)
}

const missing = (message: string): ResponseContent => plainText(message, 404)

const movedTo = (address: string): ResponseContent => ({
  ...plainText(`This picture is at ${address} now.`, 302),
  headers: { ...KEPT_SHORTLY, location: address },
})

/** Pages show a drawing. Programs that read JPEG, such as feed readers, do better without. */
const placeholder = ({ kind, format }: PictureRequest): ResponseContent =>
  format === 'jpg'
    ? missing('This picture cannot be had now.')
    : { contentType: 'image/svg+xml', body: PLACEHOLDERS[kind], headers: { ...INERT, ...KEPT_SHORTLY } }

export const IMAGE_ROUTES: readonly ImageRoute[] = [picture]
