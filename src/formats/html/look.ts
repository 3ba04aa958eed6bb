import { z } from 'zod'
import { oneOf, readParameters } from '../parameters.ts'
import { THEMES, type Theme } from './document.ts'
import { type Html, html } from './html.ts'

/** How a list is laid out: rows with small pictures, cards with large ones, or two lines for each paper. */
export const LAYOUTS = ['list', 'cards', 'compact'] as const
export type Layout = (typeof LAYOUTS)[number]

/** How a list of papers looks on our own pages. */
export interface ListLook {
  layout: Layout
  /** Whether it has pictures: thumbnails and avatars. */
  images: 'on' | 'off'
}

/** How a page in a frame looks. */
export interface Look extends ListLook {
  theme: Theme
}

export const LIST_LOOK_PARAMETERS = z.object({
  layout: oneOf('layout', LAYOUTS).default('list'),
  images: oneOf('images', ['on', 'off']).default('on'),
})
export const LOOK_PARAMETERS = z
  .object({ theme: oneOf('theme', THEMES).default('auto') })
  .extend(LIST_LOOK_PARAMETERS.shape)

/**
 * The look that an address of ours asks for, whatever else it has.
 *
 * @throws BadUserInput
 */
export function readListLook(parameters: URLSearchParams): ListLook {
  const given = [...parameters].filter(([name, text]) => Object.hasOwn(LIST_LOOK_PARAMETERS.shape, name) && text !== '')
  return readParameters(new URLSearchParams(given), LIST_LOOK_PARAMETERS)
}

export const USUAL_LIST_LOOK: ListLook = { layout: 'list', images: 'on' }
export const USUAL_LOOK: Look = { theme: 'auto', ...USUAL_LIST_LOOK }

/** An address with the parameters of a look that are not the usual ones, always in the same order. */
export function withLook(address: string, look: ListLook & Partial<Look>): string {
  const { theme = 'auto', layout, images } = look
  const parameters = [
    theme === USUAL_LOOK.theme ? '' : `theme=${theme}`,
    layout === USUAL_LOOK.layout ? '' : `layout=${layout}`,
    images === USUAL_LOOK.images ? '' : `images=${images}`,
  ].filter((part) => part !== '')
  if (parameters.length === 0) return address
  return `${address}${address.includes('?') ? '&' : '?'}${parameters.join('&')}`
}

const LAYOUT_NAMES: Record<Layout, string> = { list: 'List', cards: 'Cards', compact: 'Compact' }

/** Links to the same list in each layout. @param inLayout the address of the list in a layout */
export const layoutLinks = (layout: Layout, inLayout: (layout: Layout) => string): Html =>
  html`<nav class="tabs layouts" aria-label="Layout">${LAYOUTS.map(
    (one) =>
      html`<a href="${inLayout(one)}" rel="nofollow"${one === layout && html` aria-current="true"`}>${LAYOUT_NAMES[one]}</a>`,
  )}</nav>`
