import type { Period } from '../../values/editions.ts'
import { type Html, html, linkAddress } from '../html/html.ts'
import { OFTEN } from '../mailed-list.ts'
import { headerLine, mailDocument, type RenderedMail, STYLES, wrapped } from './mail-document.ts'

export interface ConfirmationMail {
  publicUrl: string
  listTitle: string
  period: Period
  /** The page with the button that confirms. */
  links: { confirm: string }
  /** In hours: how long the link works. */
  hours: number
}

/** The mail that asks whether the address wants a digest. */
export function renderConfirmationMail(mail: ConfirmationMail): RenderedMail {
  const { period, links, hours } = mail
  const host = new URL(mail.publicUrl).host
  const list = harmless(mail.listTitle)
  const subject = headerLine(`Confirm your subscription at ${host}`)
  const asked = `Somebody asked ${host} to send ${list === null ? 'a list of papers' : `“${list}”`} to this address ${OFTEN[period]}. We hope that it was you.`
  const unless = `The link works for ${hours} hours. If you did not ask for this, do nothing: no further mail is sent.`
  const content: Html = html`<h1 class="text" style="${STYLES.title}">Papers by mail?</h1>
<p class="text" style="${STYLES.paragraph}">${asked}</p>
<p style="margin:24px 0 0"><a class="button" href="${linkAddress(links.confirm)}" style="${STYLES.button}">Confirm the subscription</a></p>
<p class="muted" style="${STYLES.small};margin-top:24px">${unless}</p>`
  const text = `${[wrapped(asked), `Confirm it here:\n${links.confirm}`, wrapped(unless)].join('\n\n')}\n`
  return { subject, html: mailDocument({ title: subject, preview: asked }, content), text }
}

/** Slugs of arXiv's categories, which look like the names of hosts. */
const CATEGORIES = /\b[a-z-]{2,8}\.[a-z-]{2,15}(?= |$)/gi
const ADDRESS = /:\/|www\.|@|[\p{L}\p{N}-]\.[\p{L}]{2,}/iu
const CATEGORY = /^(?:astro-ph|cond-mat|cs|econ|eess|math|nlin|physics|q-bio|q-fin|stat)\./i

/**
 * What a list is called, if it is short and has no address in it: null otherwise. Anyone can have this mail sent to anyone, and
 * choose a filter with words of their own.
 */
function harmless(listTitle: string): string | null {
  const line = headerLine(listTitle, 1_000)
  const rest = line.replaceAll(CATEGORIES, (slug) => (CATEGORY.test(slug) ? '' : slug))
  return line.length > 100 || ADDRESS.test(rest) ? null : line
}
