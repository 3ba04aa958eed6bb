import { type CitedPaper, citationKey, citedAddress, citedDoi } from './citation.ts'
import { personalName } from './personal-name.ts'

/**
 * Papers as RIS, which EndNote, Zotero and Mendeley import. A line is a tag of two characters, two spaces, a hyphen, a space
 * and the value: https://en.wikipedia.org/wiki/RIS_(file_format)
 */
export const writeRis = (papers: readonly CitedPaper[]): string => papers.map(recordOf).join('\r\n')

function recordOf(paper: CitedPaper): string {
  const { arxivId } = paper
  const day = paper.publishedAt.slice(0, 10).replaceAll('-', '/')
  const lines: [string, string | null][] = [
    // An unpublished work; there is no type for preprints that all programs know.
    ['TY', arxivId === null ? 'GEN' : 'UNPB'],
    ['ID', citationKey(paper)],
    ['TI', paper.title],
    ...paper.authors.map((name): [string, string] => ['AU', nameOf(name)]),
    ['PY', day.slice(0, 4)],
    ['DA', day],
    ['PB', arxivId && 'arXiv'],
    ['M1', arxivId && `arXiv:${arxivId}`],
    ['DO', citedDoi(paper)],
    ['UR', citedAddress(paper)],
    ...[...paper.categories, ...paper.keywords].map((word): [string, string] => ['KW', word]),
    ['AB', paper.abstract],
    ['N1', paper.withdrawnAt && `Withdrawn on ${paper.withdrawnAt.slice(0, 10)}`],
  ]
  const text = lines.flatMap(([tag, value]) => (value === null ? [] : [`${tag}  - ${value.replace(/\s+/g, ' ')}\r\n`]))
  return `${text.join('')}ER  - \r\n`
}

/** Family name, given names, suffix. */
function nameOf(printed: string): string {
  const name = personalName(printed)
  if ('literal' in name) return name.literal
  const { given, particle, family, suffix } = name
  return [[particle, family].filter(Boolean).join(' '), given, suffix].filter(Boolean).join(', ')
}
