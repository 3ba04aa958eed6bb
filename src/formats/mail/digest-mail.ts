import type { EditionSpan } from '../../values/editions.ts'
import { editionTitle } from '../edition-name.ts'
import { shortened } from '../html/document.ts'
import { type Html, html, linkAddress } from '../html/html.ts'
import { counted, joined, numeral } from '../html/paper-card.ts'
import { headerLine, mailDocument, type RenderedMail, STYLES, wrapped } from './mail-document.ts'

/** A paper of a digest. */
export interface DigestPaper {
  title: string
  url: string
  /** The first authors. */
  authors: readonly string[]
  authorCount: number
  organization: string | null
  voteCount: number
  summary: string | null
}

/** The papers of a filter in an edition: the same for everyone who has that filter. */
export interface DigestContent {
  publicUrl: string
  /** What the list is called: by its filter, or by who saved it. */
  listTitle: string
  edition: EditionSpan
  /** In order of votes, at most DIGEST_PAPERS. */
  papers: readonly DigestPaper[]
  /** How many there are in all. */
  totalCount: number
  /** The same list as a page, and the filter as a feed. */
  links: { page: string; feed: string }
}

/** A digest as one subscriber gets it. */
export interface DigestMail extends DigestContent {
  links: DigestContent['links'] & { unsubscribe: string; manage: string }
  /** A sentence that says why one gets it. */
  why: string
}

/** How many papers a mail shows: with them it stays well below the 102 KB after which Gmail cuts a mail off. */
export const DIGEST_PAPERS = 30

const LONGEST_SUMMARY = 300

export function renderDigestMail(mail: DigestMail): RenderedMail {
  const { listTitle, edition } = mail
  const papers = papersOf(mail)
  const subject = headerLine(`${listTitle}: ${editionTitle(edition)}`)
  return {
    subject,
    html: mailDocument({ title: subject, preview: papers.preview }, content(mail, papers)),
    text: plainText(mail, papers),
  }
}

/** The papers in both forms, which are most of a mail. */
interface RenderedPapers {
  preview: string
  rows: Html
  lines: readonly string[]
}

function papersOf({ papers }: DigestContent): RenderedPapers {
  const width = String(papers.length).length + 2
  return {
    preview: shortened(papers.map(({ title }) => title).join(' · '), 200),
    rows: html`${papers.map(row)}`,
    lines: papers.map((paper, place) => plainPaper(paper, `${place + 1}.`.padEnd(width))),
  }
}

const leadOf = ({ edition, totalCount }: DigestMail): string =>
  `${editionTitle(edition)} · ${counted(totalCount, 'paper')}, most votes first`

const remaining = ({ papers, totalCount }: DigestMail): number => totalCount - papers.length

const moreOf = (mail: DigestMail): string => `And ${numeral(remaining(mail))} more`

function content(mail: DigestMail, { rows }: RenderedPapers): Html {
  const { listTitle, links, why, publicUrl } = mail
  return html`<h1 class="text" dir="auto" style="${STYLES.title}">${listTitle}</h1>
<p class="muted" style="${STYLES.lead}">${leadOf(mail)}</p>
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="margin-top:20px">
${rows}
</table>
${remaining(mail) > 0 && html`<p class="line" style="margin:0;padding:16px 0 0;${STYLES.line};font-size:16px;line-height:24px">${link(links.page, `${moreOf(mail)} →`)}</p>`}
<div class="line" style="margin-top:24px;padding-top:12px;${STYLES.line}">
<p class="muted" style="${STYLES.small}">${link(links.page, 'This list as a page')} · ${link(links.feed, 'As a feed')} · ${link(`${publicUrl}/`, 'Daily Papers')}</p>
<p class="muted" style="${STYLES.small}">${why}</p>
<p class="muted" style="${STYLES.small}">${link(links.manage, 'Less often, or a pause')} · ${link(links.unsubscribe, 'Unsubscribe')}</p>
</div>`
}

const link = (address: string, label: string): Html =>
  html`<a class="accent" href="${linkAddress(address)}" style="${STYLES.accent}">${label}</a>`

function row({ title, url, voteCount, summary, ...paper }: DigestPaper): Html {
  return html`<tr>
<td class="line" valign="top" align="center" width="48" style="width:48px;padding:14px 12px 14px 0;${STYLES.line};font-size:16px;line-height:22px"><span class="accent" aria-hidden="true" style="${STYLES.accent};font-size:11px;line-height:14px">▲</span><br><strong>${numeral(voteCount)}</strong></td>
<td class="line" valign="top" style="padding:14px 0;${STYLES.line}">
<a class="text" dir="auto" href="${linkAddress(url)}" style="display:block;text-decoration:none;${STYLES.titleOfPaper}">${title}</a>
<p class="muted" dir="auto" style="${STYLES.authors}">${joined([authorsOf(paper), paper.organization])}</p>
${summary !== null && html`<p class="text" dir="auto" style="${STYLES.summary}">${shortened(summary, LONGEST_SUMMARY)}</p>`}
</td>
</tr>
`
}

function authorsOf({ authors, authorCount }: Pick<DigestPaper, 'authors' | 'authorCount'>): string {
  const more = authorCount - authors.length
  return `${authors.join(', ')}${more > 0 ? ` and ${numeral(more)} more` : ''}`
}

function plainText(mail: DigestMail, { lines }: RenderedPapers): string {
  const { listTitle, links, why } = mail
  return `${[
    `${wrapped(listTitle)}\n${leadOf(mail)}`,
    ...lines,
    ...(remaining(mail) > 0 ? [`${moreOf(mail)}:\n${links.page}`] : []),
    `${'-'.repeat(40)}\n${wrapped(why)}`,
    `This list as a page:\n${links.page}`,
    `As a feed:\n${links.feed}`,
    `Less often, or a pause:\n${links.manage}`,
    `Unsubscribe:\n${links.unsubscribe}`,
  ].join('\n\n')}\n`
}

function plainPaper({ title, url, voteCount, summary, organization, ...paper }: DigestPaper, number: string): string {
  const indent = ' '.repeat(number.length)
  const facts = [counted(voteCount, 'vote'), authorsOf(paper), organization].filter(Boolean).join(' · ')
  return [
    number + wrapped(title, indent).trimStart(),
    wrapped(facts, indent),
    ...(summary === null ? [] : [wrapped(shortened(summary, LONGEST_SUMMARY), indent)]),
    indent + url,
  ].join('\n')
}
