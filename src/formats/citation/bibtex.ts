import { type CitedPaper, citationKey, citedAddress, citedYear } from './citation.ts'
import { personalName } from './personal-name.ts'
import { mapFormulas, plainTextToTex } from './text-to-tex.ts'

/**
 * Papers as BibTeX, with the fields of arXiv's own export. `archivePrefix`, `eprint` and `primaryClass` are what BibTeX styles
 * and biblatex read: https://info.arxiv.org/help/hypertex/bibstyles.html
 */
export const writeBibtex = (papers: readonly CitedPaper[]): string => papers.map(entryOf).join('\n')

function entryOf(paper: CitedPaper): string {
  const { arxivId, doi, withdrawnAt, authors, categories } = paper
  const fields: [string, string | null][] = [
    ['title', titleToTex(paper.title)],
    ['author', authors.length === 0 ? null : authors.map(nameToTex).join(' and ')],
    ['year', String(citedYear(paper))],
    ['eprint', arxivId],
    ['archivePrefix', arxivId && 'arXiv'],
    ['primaryClass', arxivId && (categories[0] ?? null)],
    ['doi', doi && verbatim(doi)],
    ['url', verbatim(citedAddress(paper))],
    ['note', withdrawnAt && `Withdrawn on ${withdrawnAt.slice(0, 10)}`],
  ]
  const lines = fields.flatMap(([name, value]) => (value === null ? [] : [`  ${name} = {${value}},\n`]))
  return `@misc{${citationKey(paper)},\n${lines.join('')}}\n`
}

/** Fields that LaTeX prints as they are. A brace in them would end the field. */
const verbatim = (text: string): string => text.replace(/[{}]/g, encodeURIComponent)

/** Styles write titles in lower case. What is in braces keeps its case: formulas, and words such as `BERT`, `3D` and `V-net`. */
const titleToTex = (title: string): string =>
  mapFormulas(
    title,
    (text) =>
      text
        .split(/(\s+)/)
        .map((word) =>
          word !== 'A' && word.split('-').some(isAbbreviation) ? `{${plainTextToTex(word)}}` : plainTextToTex(word),
        )
        .join(''),
    (formula) => `{${formula}}`,
  )

/** Whether a part of a word has a capital inside, or is nothing else: `Fine-Tuning` is two words of a title. */
const isAbbreviation = (part: string): boolean => /^(?:.+\p{Lu}|\p{Lu}$)/u.test(part)

/**
 * Family name first. Behind the given names BibTeX would take each part in lower case for a particle, hyphens separating
 * parts: `Wen-tau Yih` would be sorted as Mr tau Yih. To biber, a name that is all in lower case is a particle.
 */
function nameToTex(printed: string): string {
  const name = personalName(printed)
  if ('literal' in name)
    // To BibTeX, `others` alone is et al.
    return /[\s,]|^others$/i.test(name.literal) ? `{${plainTextToTex(name.literal)}}` : plainTextToTex(name.literal)
  const { given, particle, family, suffix } = name
  const last = /^\p{Ll}|-\p{Ll}/u.test(family) ? `{${plainTextToTex(family)}}` : plainTextToTex(family)
  return [particle === '' ? last : `${plainTextToTex(particle)} ${last}`, suffix, plainTextToTex(given)]
    .filter(Boolean)
    .join(', ')
}
