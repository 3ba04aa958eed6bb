import type { PictureKind } from '../values/pictures.ts'

// What is drawn in place of a picture that cannot be had. It is gray and half transparent, for light and dark pages.

const svg = (width: number, height: number, content: string): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"><g fill="#8a8178">${content}</g></svg>`

/** A title and lines of text, as the stylesheets draw it where a paper has no thumbnail. */
const SHEET = svg(320, 168, '<path fill-opacity=".4" d="M106 51h108v27H106zm0 46h108v7H106zm0 14h108v7H106z"/>')
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
