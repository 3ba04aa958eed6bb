import type { PictureKind } from '../values/pictures.ts'

// What is drawn in place of a picture that cannot be had. It is gray and half transparent, for light and dark pages.

const svg = (width: number, height: number, content: string): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"><g fill="#8a8178">${content}</g></svg>`

/** A sheet with a figure and lines of text. */
const SHEET = svg(
  320,
  168,
  '<path fill-opacity=".12" d="M0 0h320v168H0z"/><path fill-opacity=".3" d="M124 28h52l20 20v92h-72z"/><path fill-opacity=".45" d="M176 28v20h20zM134 58h52v24h-52zM134 92h52v5h-52zm0 12h52v5h-52zm0 12h34v5h-34z"/>',
)
/** Head and shoulders. */
const PERSON = svg(
  64,
  64,
  '<path fill-opacity=".2" d="M0 0h64v64H0z"/><g fill-opacity=".5"><circle cx="32" cy="25" r="11"/><path d="M10 60c0-13 10-20 22-20s22 7 22 20v4H10z"/></g>',
)
/** A house with columns. */
const HOUSE = svg(
  64,
  64,
  '<path fill-opacity=".2" d="M0 0h64v64H0z"/><path fill-opacity=".5" d="M32 12 54 25H10zM14 29h6v17h-6zm15 0h6v17h-6zm15 0h6v17h-6zM10 48h44v5H10z"/>',
)

export const PLACEHOLDERS: Record<PictureKind, string> = { papers: SHEET, organizations: HOUSE, users: PERSON }
