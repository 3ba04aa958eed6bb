import { editionAddress } from './edition-name.ts'
import { linkAddress } from './html/html.ts'
import type { PaperView } from './html/paper-view.ts'
import { LINK_LABELS } from './link-labels.ts'

/**
 * A paper as CommonMark, for programs that read text. Markup in its texts, whether Markdown or HTML, is escaped.
 */
export function paperMarkdown(publicUrl: string, paper: PaperView): string {
  const { authors, organization, submittedBy, listedOn } = paper
  const more = authors.totalCount - authors.nodes.length
  const names = `${authors.nodes.map(({ name }) => escapeMarkdown(name)).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
  const edition = (day: string) => editionAddress(publicUrl, { period: 'DAY', startsOn: day, endsOn: day })
  const facts: [string, string | null][] = [
    ['Authors', names || null],
    ['Organization', organization && escapeMarkdown(organization.name)],
    ['Published', paper.publishedAt.slice(0, 10)],
    ['Revised', paper.updatedAt?.slice(0, 10) ?? null],
    ['Listed', listedOn && `[${listedOn}](${edition(listedOn)})`],
    ['Listed by', submittedBy && escapeMarkdown(submittedBy.name ?? submittedBy.handle)],
    ['arXiv', paper.arxivId],
    ['DOI', paper.doi && escapeMarkdown(paper.doi)],
    ['Votes', String(paper.voteCount)],
    ['Comments', String(paper.commentCount)],
    ['Topics', paper.topics.map(({ name }) => escapeMarkdown(name)).join(', ') || null],
    ['Page', `<${paper.url}>`],
  ]
  const links = paper.links.flatMap(({ kind, url, title }) => {
    const href = linkAddress(url)
    return href === null
      ? []
      : [`- [${title === null ? LINK_LABELS[kind] : escapeMarkdown(`${LINK_LABELS[kind]}: ${title}`)}](<${href}>)`]
  })
  return [
    `# ${escapeMarkdown(paper.title)}`,
    paper.summary && escapeMarkdown(paper.summary),
    facts.flatMap(([name, fact]) => (fact === null ? [] : [`- ${name}: ${fact}`])).join('\n'),
    paper.abstract && `## Abstract\n\n${escapeMarkdown(paper.abstract)}`,
    links.length > 0 && `## Links\n\n${links.join('\n')}`,
  ]
    .filter(Boolean)
    .join('\n\n')
    .concat('\n')
}

/**
 * Escapes a text so that CommonMark shows it unchanged. A backslash that escapes nothing is left alone, so that most LaTeX
 * stays as written; line breaks are kept.
 */
export function escapeMarkdown(text: string): string {
  return text
    .split(/\r\n|[\r\n]/)
    .map((line) =>
      line
        .trim()
        .replace(/\\(?=[!-/:-@[-`{-~]|$)|[`*_[\]<>]|&(?=#|[a-z][a-z0-9]*;)|~(?=~)/gi, '\\$&')
        // At the start of a line these begin a heading, a list, a rule or a code block.
        .replace(/^[#+=~-]/, '\\$&')
        .replace(/^(\d{1,9})([.)])(?=\s|$)/, '$1\\$2'),
    )
    .join('\n')
}
