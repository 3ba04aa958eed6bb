import { readFileSync } from 'node:fs'
import opentype, { type Font, type Glyph, type PathCommand } from 'opentype.js'

// Text as paths. A bare machine has no fonts, and draws boxes. Source Serif 4 (SIL Open Font License) comes in one file for each
// script; what it lacks in all of them, such as Chinese, is left out.

const SCRIPTS = ['latin', 'latin-ext', 'greek', 'cyrillic', 'cyrillic-ext', 'vietnamese']
export type Weight = 400 | 600

const read = (weight: Weight): Font[] =>
  SCRIPTS.map((script) => {
    const name = `@fontsource/source-serif-4/files/source-serif-4-${script}-${weight}-normal.woff`
    const { buffer, byteOffset, byteLength } = readFileSync(new URL(import.meta.resolve(name)))
    return opentype.parse(buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer)
  })

const loaded = new Map<Weight, Font[]>()

function fontsOf(weight: Weight): Font[] {
  const fonts = loaded.get(weight) ?? read(weight)
  loaded.set(weight, fonts)
  return fonts
}

interface DrawnGlyph {
  font: Font
  glyph: Glyph
}

function glyphOf(character: string, weight: Weight): DrawnGlyph | null {
  for (const font of fontsOf(weight))
    if (font.charToGlyphIndex(character) > 0) return { font, glyph: font.charToGlyph(character) }
  return null
}

/** Letters of formulas, of which the font has the plain form: 𝛼 is α, ﬁ is fi. */
const plain = (character: string): string => character.normalize('NFKD').replace(/\p{M}/gu, '')

function glyphsOf(text: string, weight: Weight): DrawnGlyph[] {
  const glyphs: DrawnGlyph[] = []
  for (const character of text.normalize('NFC')) {
    const whole = glyphOf(character, weight)
    const found = whole ? [whole] : [...plain(character)].map((part) => glyphOf(part, weight))
    for (const glyph of found) if (glyph) glyphs.push(glyph)
  }
  return glyphs
}

export interface TextStyle {
  size: number
  weight: Weight
}

export function widthOf(text: string, { size, weight }: TextStyle): number {
  let width = 0
  let before: DrawnGlyph | null = null
  for (const drawn of glyphsOf(text, weight)) {
    width += advance(drawn, before) * size
    before = drawn
  }
  return width
}

/** In units of the font size, with the kerning to the glyph before. */
function advance({ font, glyph }: DrawnGlyph, before: DrawnGlyph | null): number {
  const kerning = before?.font === font ? font.getKerningValue(before.glyph, glyph) : 0
  return ((glyph.advanceWidth ?? 0) + kerning) / font.unitsPerEm
}

/** A line of text as the data of an SVG path. @param y the base line */
export function pathOf(text: string, x: number, y: number, { size, weight }: TextStyle): string {
  let data = ''
  let at = x
  let before: DrawnGlyph | null = null
  for (const drawn of glyphsOf(text, weight)) {
    const { font, glyph } = drawn
    const kerning = before?.font === font ? (font.getKerningValue(before.glyph, glyph) / font.unitsPerEm) * size : 0
    at += kerning
    data += glyph.getPath(at, y, size).commands.map(write).join('')
    at += ((glyph.advanceWidth ?? 0) / font.unitsPerEm) * size
    before = drawn
  }
  return data
}

function write({ type, ...to }: PathCommand): string {
  const points = [to.x1, to.y1, to.x2, to.y2, to.x, to.y].filter((value) => value !== undefined)
  return type + points.map((value) => value.toFixed(1)).join(' ')
}

/** Whether most of a text can be drawn. Of a title in Chinese, what is left would be nonsense. */
export function isDrawable(text: string): boolean {
  const characters = [...text.normalize('NFC')].filter((character) => /[\p{L}\p{N}]/u.test(character))
  const known = characters.filter((one) => glyphOf(one, 600) !== null || glyphsOf(plain(one), 600).length > 0)
  return known.length >= characters.length * 0.7
}
